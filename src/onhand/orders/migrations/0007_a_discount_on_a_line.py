"""A discount on one line is a change of its own."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("orders", "0006_days_to_pay"),
    ]

    operations: ClassVar = [
        migrations.AlterField(
            model_name="orderchange",
            name="kind",
            field=models.CharField(
                choices=[
                    ("placed", "Placed"),
                    ("paid", "Paid"),
                    ("payment_failed", "Payment failed"),
                    ("cancelled", "Cancelled"),
                    ("rest_cancelled", "Rest cancelled"),
                    ("address", "Address changed"),
                    ("method", "Payment method changed"),
                    ("lines", "Lines changed"),
                    ("options", "Options changed"),
                    ("discount", "Discount given"),
                    ("shipped", "Shipped"),
                    ("scanned", "Seen on its way"),
                    ("delivered", "Delivered"),
                    ("return", "Return agreed"),
                    ("exchange", "Exchange agreed"),
                    ("claim", "Warranty claimed"),
                    ("return_received", "Return arrived"),
                    ("return_inspected", "Return inspected"),
                    ("return_withdrawn", "Return called off"),
                    ("goodwill", "Goodwill given"),
                    ("completed", "Completed"),
                ],
                max_length=20,
            ),
        ),
    ]
