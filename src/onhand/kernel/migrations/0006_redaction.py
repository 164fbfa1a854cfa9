"""Redactions: the one change the append-only tables let through, in named columns and beside its own row of proof."""

from django.db import migrations, models

REDACTABLE = {
    "kernel_actrecord": "arguments,facts,before,after",
    "kernel_eventrecord": "payload",
    "kernel_accessrecord": "reason",
}

FUNCTION = """
create function kernel_only_redaction() returns trigger language plpgsql as $$
declare
  redacted text[];
begin
  if tg_op = 'UPDATE' then
    select array_agg(distinct c.name) into redacted
    from kernel_redaction r, jsonb_array_elements_text(r.columns) as c(name)
    where r.stream = tg_table_name and r.row_id = old.id
      and r.transaction_number = pg_current_xact_id()::text::bigint;
    if redacted <@ string_to_array(tg_argv[0], ',') and to_jsonb(new) - redacted = to_jsonb(old) - redacted then
      return new;
    end if;
  end if;
  raise exception '% is append-only: % is refused', tg_table_name, lower(tg_op)
    using errcode = 'restrict_violation';
end $$;
"""
TRIGGERS = "".join(
    f"""
drop trigger {table}_append_only on {table};
create trigger {table}_append_only before update or delete on {table}
  for each row execute function kernel_only_redaction('{columns}');
"""
    for table, columns in REDACTABLE.items()
)
OWN = """
create trigger kernel_redaction_append_only before update or delete on kernel_redaction
  for each row execute function kernel_refuse_change();
create trigger kernel_redaction_never_emptied before truncate on kernel_redaction
  for each statement execute function kernel_refuse_change();
"""
UNDO = "".join(
    f"""
drop trigger {table}_append_only on {table};
create trigger {table}_append_only before update or delete on {table}
  for each row execute function kernel_refuse_change();
"""
    for table in REDACTABLE
)


class Migration(migrations.Migration):
    dependencies = [("kernel", "0005_acts_in_time")]

    operations = [
        migrations.CreateModel(
            name="Redaction",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("stream", models.CharField(max_length=30)),
                ("row_id", models.BigIntegerField()),
                ("columns", models.JSONField()),
                ("at", models.DateTimeField()),
                ("record_id", models.BigIntegerField(null=True)),
                ("transaction_number", models.BigIntegerField()),
                ("mac", models.BinaryField()),
            ],
            options={"indexes": [models.Index(fields=["stream", "row_id"], name="redaction_of_row")]},
        ),
        migrations.RunSQL(FUNCTION + TRIGGERS + OWN, UNDO + "drop function kernel_only_redaction();"),
    ]
