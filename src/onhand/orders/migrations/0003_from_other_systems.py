"""Orders brought in from other systems say which."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("orders", "0002_kept_by_the_database"), ("customers", "0012_kinds_of_imports")]
    operations: ClassVar = [
        migrations.AddField("order", "from_system", models.CharField(blank=True, default="", max_length=60)),
    ]
