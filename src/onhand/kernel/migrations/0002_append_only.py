"""The database itself refuses to change or take out records, events, access records and seals."""

from django.db import migrations

TABLES = ("kernel_actrecord", "kernel_eventrecord", "kernel_accessrecord", "kernel_seal")

FUNCTION = """
create function kernel_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: % is refused', tg_table_name, lower(tg_op)
    using errcode = 'restrict_violation';
end $$;
"""
TRIGGERS = "".join(
    f"""
create trigger {table}_append_only before update or delete on {table}
  for each row execute function kernel_refuse_change();
create trigger {table}_never_emptied before truncate on {table}
  for each statement execute function kernel_refuse_change();
"""
    for table in TABLES
)
UNDO = "".join(
    f"drop trigger {table}_append_only on {table}; drop trigger {table}_never_emptied on {table};" for table in TABLES
)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0001_initial")]

    operations = [
        migrations.RunSQL(FUNCTION + TRIGGERS, UNDO + "drop function kernel_refuse_change();"),
    ]
