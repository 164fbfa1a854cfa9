"""
What the database refuses: to change a published notice, or to take back a receipt. And roles the company made itself may read notices, as
those that come along may from this version on.
"""

from django.db import migrations

FORWARD = """
create function receipts_notice_stays() returns trigger language plpgsql as $$
declare loose text[] := '{state,version,withdrawn_at,withdrawn_by_name,why_withdrawn}';
begin
    if tg_op = 'UPDATE' and old.state = 'draft' then
        return new;
    end if;
    if tg_op = 'UPDATE' and old.state = 'published' and new.state in ('published', 'withdrawn')
       and to_jsonb(new) - loose = to_jsonb(old) - loose then
        return new;
    end if;
    raise exception 'a published notice is never changed' using errcode = 'integrity_constraint_violation';
end $$;
create trigger receipts_notice_stays before update or delete on receipts_notice
    for each row execute function receipts_notice_stays();
create trigger receipts_notices_stay before truncate on receipts_notice
    for each statement execute function receipts_notice_stays();
create function receipts_receipt_stays() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.passed_at is null and new.notice_id = old.notice_id
       and new.representative_id = old.representative_id and new.read_at = old.read_at and new.tries >= old.tries then
        return new;
    end if;
    raise exception 'a receipt is never taken back' using errcode = 'integrity_constraint_violation';
end $$;
create trigger receipts_receipt_stays before update or delete on receipts_receipt
    for each row execute function receipts_receipt_stays();
create trigger receipts_receipts_stay before truncate on receipts_receipt
    for each statement execute function receipts_receipt_stays();
update staff_role set permissions = permissions || '["receipts.read"]'::jsonb
    where not is_builtin and not permissions @> '["receipts.read"]'::jsonb;
"""
BACK = """
drop trigger receipts_receipts_stay on receipts_receipt;
drop trigger receipts_receipt_stays on receipts_receipt;
drop function receipts_receipt_stays();
drop trigger receipts_notices_stay on receipts_notice;
drop trigger receipts_notice_stays on receipts_notice;
drop function receipts_notice_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("receipts", "0001_notices_and_receipts"), ("staff", "0004_what_people_can_and_may")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
