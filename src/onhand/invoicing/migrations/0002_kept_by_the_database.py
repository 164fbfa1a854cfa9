"""What documents promise whatever a program does: written whole, never changed, countered by no more than they were."""

from typing import ClassVar

from django.db import migrations

# Lines and rates come with their document: its transaction is in its row.
WRITTEN = """
create function invoicing_document_written() returns trigger language plpgsql as $$
begin
  new.xact := pg_current_xact_id()::text::bigint;
  new.credited_minor := 0;
  return new;
end $$;
create trigger invoicing_document_written before insert on invoicing_document
  for each row execute function invoicing_document_written();
create function invoicing_parts_written() returns trigger language plpgsql as $$
begin
  if exists (select from added p join invoicing_document d on d.id = p.document_id
    where d.xact <> pg_current_xact_id()::text::bigint)
  then
    raise exception 'lines are written with their document' using errcode = 'restrict_violation';
  end if;
  return null;
end $$;
create trigger invoicing_rates_written after insert on invoicing_raterow
  referencing new table as added for each statement execute function invoicing_parts_written();
create trigger invoicing_lines_written after insert on invoicing_documentline
  referencing new table as added for each statement execute function invoicing_parts_written();
"""
TOTALS = """
create function invoicing_document_adds_up() returns trigger language plpgsql as $$
declare net bigint; tax bigint;
begin
  select sum(net_minor), sum(tax_minor) into net, tax from invoicing_documentline where document_id = new.id;
  if net is distinct from new.net_minor or tax is distinct from new.tax_minor then
    raise exception 'invoicing_document_adds_up: the lines of document % are not its totals', new.id using errcode = 'check_violation';
  end if;
  select sum(net_minor), sum(tax_minor) into net, tax from invoicing_raterow where document_id = new.id;
  if net is distinct from new.net_minor or tax is distinct from new.tax_minor then
    raise exception 'invoicing_document_adds_up: the rates of document % are not its totals', new.id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger invoicing_document_adds_up after insert on invoicing_document
  deferrable initially deferred for each row execute function invoicing_document_adds_up();
"""
# What was credited is kept on the invoice and its lines, whose checks refuse more than there was.
CREDITED = """
create function invoicing_document_countered() returns trigger language plpgsql as $$
begin
  if exists (select from added c join invoicing_document i on i.id = c.counters_id
    where i.kind <> 'invoice' or i.currency <> c.currency)
  then
    raise exception 'invoicing_document_countered: only an invoice of the same currency is credited' using errcode = 'check_violation';
  end if;
  update invoicing_document i set credited_minor = i.credited_minor + s.gross
    from (select counters_id, sum(gross_minor)::bigint as gross from added where counters_id is not null group by 1) s
    where i.id = s.counters_id;
  return null;
end $$;
create trigger invoicing_document_countered after insert on invoicing_document
  referencing new table as added for each statement execute function invoicing_document_countered();
create function invoicing_lines_countered() returns trigger language plpgsql as $$
begin
  if exists (select from added c join invoicing_document d on d.id = c.document_id
    join invoicing_documentline i on i.id = c.counters_id where i.document_id is distinct from d.counters_id)
  then
    raise exception 'invoicing_lines_countered: the line is of another invoice' using errcode = 'check_violation';
  end if;
  update invoicing_documentline i set credited_net = i.credited_net + s.net, credited_tax = i.credited_tax + s.tax
    from (select counters_id, sum(net_minor)::bigint as net, sum(tax_minor)::bigint as tax
      from added where counters_id is not null group by 1) s
    where i.id = s.counters_id;
  return null;
end $$;
create trigger invoicing_lines_countered after insert on invoicing_documentline
  referencing new table as added for each statement execute function invoicing_lines_countered();
"""
# Of a document only the version and what was credited change, the latter by the triggers above alone.
NEVER_CHANGED = """
create function invoicing_only_credited() returns trigger language plpgsql as $$
declare kept text[] := array['version'];
begin
  if pg_trigger_depth() > 1 then
    kept := array['credited_minor', 'credited_net', 'credited_tax'];
  end if;
  if to_jsonb(old) - kept <> to_jsonb(new) - kept then
    raise exception '% is append-only: what was issued is countered, never changed', tg_table_name
      using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger invoicing_document_unchanged before update on invoicing_document
  for each row execute function invoicing_only_credited();
create trigger invoicing_documentline_unchanged before update on invoicing_documentline
  for each row execute function invoicing_only_credited();
"""
KEPT = ("invoicing_document", "invoicing_documentline")
WHOLE = ("invoicing_raterow", "invoicing_seller")
REFUSED = "".join(
    f"create trigger {table}_never_deleted before delete on {table} for each row execute function kernel_refuse_change();"
    for table in KEPT
) + "".join(
    f"create trigger {table}_append_only before update or delete on {table} for each row execute function kernel_refuse_change();"
    for table in WHOLE
)
REFUSED += "".join(
    f"create trigger {table}_never_emptied before truncate on {table} for each statement execute function kernel_refuse_change();"
    for table in (*KEPT, *WHOLE)
)
BACK = """
drop trigger invoicing_document_written on invoicing_document;
drop function invoicing_document_written();
drop trigger invoicing_rates_written on invoicing_raterow;
drop trigger invoicing_lines_written on invoicing_documentline;
drop function invoicing_parts_written();
drop trigger invoicing_document_adds_up on invoicing_document;
drop function invoicing_document_adds_up();
drop trigger invoicing_document_countered on invoicing_document;
drop function invoicing_document_countered();
drop trigger invoicing_lines_countered on invoicing_documentline;
drop function invoicing_lines_countered();
drop trigger invoicing_document_unchanged on invoicing_document;
drop trigger invoicing_documentline_unchanged on invoicing_documentline;
drop function invoicing_only_credited();
""" + "".join(
    [f"drop trigger {table}_never_deleted on {table};" for table in KEPT]
    + [f"drop trigger {table}_append_only on {table};" for table in WHOLE]
    + [f"drop trigger {table}_never_emptied on {table};" for table in (*KEPT, *WHOLE)]
)
FIRST = """
insert into invoicing_numberseries (version, kind, prefix, by_year, digits) values
  (1, 'invoice', 'INV-', true, 5), (1, 'credit_note', 'CN-', true, 5);
insert into invoicing_companydetails (version, name, address_lines, postal_code, city, country, tax_number, registration, email,
  telephone, website, iban, bic, footer, due_days) values (1, '', '', '', '', '', '', '', '', '', '', '', '', '', 14);
insert into invoicing_seller (details, since) values ('{}', now());
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("invoicing", "0001_invoices_and_credit_notes"), ("kernel", "0002_append_only")]
    operations: ClassVar = [
        migrations.RunSQL(FIRST, migrations.RunSQL.noop),
        migrations.RunSQL(WRITTEN + TOTALS + CREDITED + NEVER_CHANGED + REFUSED, BACK),
    ]
