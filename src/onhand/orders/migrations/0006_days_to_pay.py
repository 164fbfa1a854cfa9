"""One row of rules of orders, and what is cancelled since nobody paid it."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("orders", "0005_the_rest_cancelled"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="OrderRules",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("days_to_pay", models.PositiveSmallIntegerField(default=7)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AlterField(
            model_name="order",
            name="cancel_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("no_longer_wanted", "No longer wanted"),
                    ("ordered_by_mistake", "Ordered by mistake"),
                    ("too_late", "Takes too long"),
                    ("cheaper_elsewhere", "Cheaper elsewhere"),
                    ("not_paid", "Not paid in time"),
                    ("not_available", "Not available"),
                    ("fraud", "Suspected fraud"),
                    ("other", "Another reason"),
                ],
                default="",
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(condition=models.Q(("state", "pending")), fields=["placed_at"], name="order_to_be_paid"),
        ),
        migrations.RunSQL("insert into orders_orderrules (version, days_to_pay) values (1, 7)", migrations.RunSQL.noop),
    ]
