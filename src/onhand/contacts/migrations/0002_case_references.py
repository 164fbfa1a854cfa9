"""The numbers behind cases' reference codes: a sequence of their own, so that no code is ever given twice."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]

    operations = [
        migrations.RunSQL("create sequence contacts_reference", "drop sequence contacts_reference"),
    ]
