"""Buckets of rates, kept out of the database's log: they change with every request and may be lost in a crash."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_append_only")]

    operations = [
        migrations.CreateModel(
            name="RateBucket",
            fields=[
                ("key", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("level", models.FloatField()),
                ("filled_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL("alter table kernel_ratebucket set unlogged", "alter table kernel_ratebucket set logged"),
    ]
