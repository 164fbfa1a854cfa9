from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0010_closing_notice")]

    operations = [
        migrations.AddIndex(
            model_name="attachment",
            index=models.Index(
                condition=models.Q(("scan", "not_scanned"), ("scan_result", "")),
                fields=["-id"],
                name="attachment_to_scan",
            ),
        ),
    ]
