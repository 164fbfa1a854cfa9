"""Versions stay as they were written: the database itself refuses to change or take them out."""

from django.db import migrations

TABLES = ("knowledge_articleversion", "knowledge_responseversion")
TRIGGERS = "".join(
    f"""
create trigger {table}_never_changed before update or delete on {table}
  for each row execute function kernel_refuse_change();
create trigger {table}_never_emptied before truncate on {table}
  for each statement execute function kernel_refuse_change();
"""
    for table in TABLES
)
UNDO = "".join(
    f"drop trigger {table}_never_changed on {table}; drop trigger {table}_never_emptied on {table};" for table in TABLES
)


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0001_articles_and_responses"), ("kernel", "0002_append_only")]

    operations = [migrations.RunSQL(TRIGGERS, UNDO)]
