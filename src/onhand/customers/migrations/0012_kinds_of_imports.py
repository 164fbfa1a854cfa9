"""Other things than customers come in as files too, and are known by what other systems call them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0011_beginnings_of_names")]

    operations = [
        migrations.AddField("customerimport", "kind", models.CharField(default="customers", max_length=40)),
        migrations.CreateModel(
            name="OutsideObject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                ("system", models.CharField(max_length=60)),
                ("value", models.CharField(max_length=200)),
                ("object_id", models.BigIntegerField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "system", "value"), name="outside_object_once"),
                    models.UniqueConstraint(fields=("kind", "object_id", "system"), name="outside_object_one_number"),
                ],
            },
        ),
    ]
