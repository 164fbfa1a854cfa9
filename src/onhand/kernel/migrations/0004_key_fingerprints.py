"""Fingerprints of the installation's keys, so that a machine with another key is found before it writes anything."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0003_rate_buckets")]

    operations = [
        migrations.CreateModel(
            name="KeyFingerprint",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("fingerprint", models.CharField(max_length=64)),
                ("noted_at", models.DateTimeField()),
            ],
        ),
    ]
