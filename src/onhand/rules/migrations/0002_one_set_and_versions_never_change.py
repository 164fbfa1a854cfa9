"""The one set of rules; and versions stay as they were published: the database itself refuses to change or take them out."""

from django.db import migrations

FORWARD = """
create trigger rules_rulesetversion_never_changed before update or delete on rules_rulesetversion
  for each row execute function kernel_refuse_change();
create trigger rules_rulesetversion_never_emptied before truncate on rules_rulesetversion
  for each statement execute function kernel_refuse_change();
insert into rules_ruleset (version, draft, published, changed_by_name) values (1, '[]', 0, '');
"""
BACK = """
drop trigger rules_rulesetversion_never_changed on rules_rulesetversion;
drop trigger rules_rulesetversion_never_emptied on rules_rulesetversion;
delete from rules_ruleset;
"""


class Migration(migrations.Migration):
    dependencies = [("rules", "0001_rules_and_trials"), ("kernel", "0002_append_only")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
