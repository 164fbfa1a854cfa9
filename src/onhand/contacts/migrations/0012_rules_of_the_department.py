from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0011_attachments_to_scan")]

    operations = [
        migrations.CreateModel(
            name="ContactRules",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("undo_seconds", models.PositiveSmallIntegerField(default=10)),
                ("needs_reason", models.BooleanField(default=True)),
                ("answer_urgent_minutes", models.PositiveIntegerField(default=120)),
                ("answer_high_minutes", models.PositiveIntegerField(default=240)),
                ("answer_normal_minutes", models.PositiveIntegerField(default=480)),
                ("answer_low_minutes", models.PositiveIntegerField(default=1440)),
                ("raw_mail_days", models.PositiveSmallIntegerField(default=90)),
                ("unknown_contacts_months", models.PositiveSmallIntegerField(default=24)),
            ],
            options={"abstract": False},
        ),
        migrations.AddField(
            model_name="contact",
            name="emptied_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="connected_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(
                    ("customer__isnull", True), ("emptied_at__isnull", True), ("ended_at__isnull", False)
                ),
                fields=["ended_at", "id"],
                name="contact_to_empty",
            ),
        ),
        migrations.RunSQL(
            """insert into contacts_contactrules (version, undo_seconds, needs_reason, answer_urgent_minutes, answer_high_minutes,
              answer_normal_minutes, answer_low_minutes, raw_mail_days, unknown_contacts_months)
            values (1, 10, true, 120, 240, 480, 1440, 90, 24)""",
            migrations.RunSQL.noop,
        ),
    ]
