"""The one row that counts what is in force; and versions the database refuses to change."""

from django.db import migrations

FORWARD = """
insert into guidelines_guidelinebook (number) values (1);
create function guidelines_version_stays() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.withdrawn_at is null
       and to_jsonb(new) - 'withdrawn_at' = to_jsonb(old) - 'withdrawn_at' then
        return new;
    end if;
    raise exception 'a published guideline is never changed' using errcode = 'integrity_constraint_violation';
end $$;
create trigger guidelines_version_stays before update or delete on guidelines_guidelineversion
    for each row execute function guidelines_version_stays();
create trigger guidelines_versions_stay before truncate on guidelines_guidelineversion
    for each statement execute function guidelines_version_stays();
create trigger guidelines_given_stays before update or delete on guidelines_given
    for each row execute function kernel_refuse_change();
"""
BACK = """
drop trigger guidelines_given_stays on guidelines_given;
drop trigger guidelines_versions_stay on guidelines_guidelineversion;
drop trigger guidelines_version_stays on guidelines_guidelineversion;
drop function guidelines_version_stays();
delete from guidelines_guidelinebook;
"""


class Migration(migrations.Migration):
    dependencies = [("guidelines", "0001_guidelines_and_limits"), ("kernel", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
