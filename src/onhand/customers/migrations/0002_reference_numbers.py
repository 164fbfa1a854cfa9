"""The numbers behind customers' reference codes: a sequence of their own, so that no code is ever given twice."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.RunSQL("create sequence customers_reference", "drop sequence customers_reference"),
    ]
