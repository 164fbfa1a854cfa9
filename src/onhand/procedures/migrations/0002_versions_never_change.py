"""Versions of procedures that the database refuses to change."""

from django.db import migrations

FORWARD = """
create trigger procedures_version_stays before update or delete on procedures_procedureversion
    for each row execute function guidelines_version_stays();
create trigger procedures_versions_stay before truncate on procedures_procedureversion
    for each statement execute function guidelines_version_stays();
"""
BACK = """
drop trigger procedures_versions_stay on procedures_procedureversion;
drop trigger procedures_version_stays on procedures_procedureversion;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("procedures", "0001_procedures_and_their_runs"),
        ("guidelines", "0002_one_book_and_versions_that_never_change"),
    ]
    operations = [migrations.RunSQL(FORWARD, BACK)]
