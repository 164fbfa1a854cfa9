import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0005_days_and_warnings"),
        ("customers", "0011_beginnings_of_names"),
        ("staff", "0003_panels_kept_open"),
    ]

    operations = [
        migrations.CreateModel(
            name="ContactReason",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("name", models.CharField(max_length=100)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("is_active", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="TeamSignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("language", models.CharField(blank=True, default="", max_length=10)),
                ("text", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=32, unique=True)),
                ("representative_id", models.BigIntegerField(null=True)),
                ("name", models.CharField(max_length=255)),
                ("claimed_type", models.CharField(blank=True, default="", max_length=100)),
                ("media_type", models.CharField(max_length=100)),
                ("size", models.PositiveBigIntegerField()),
                ("uploaded_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveIndex(
            model_name="contact",
            name="contact_of_person",
        ),
        migrations.RemoveIndex(
            model_name="contact",
            name="contact_of_team",
        ),
        migrations.AddField(
            model_name="contact",
            name="due_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="contact",
            name="products",
            field=models.JSONField(db_default=models.Value([], models.JSONField()), default=list),
        ),
        migrations.AddField(
            model_name="contact",
            name="split_from",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="split_off",
                to="contacts.contact",
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="waiting_for",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="message",
            name="afterwards",
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.AddField(
            model_name="message",
            name="released_by_name",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(condition=models.Q(("state", "held")), fields=["at", "id"], name="message_held"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(condition=models.Q(("raw_id__isnull", False)), fields=["raw_id"], name="message_raw"),
        ),
        migrations.AddField(
            model_name="contactreason",
            name="parent",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="children",
                to="contacts.contactreason",
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="reason",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contacts",
                to="contacts.contactreason",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(
                    ("ended_at__isnull", True),
                    ("last_message_at__isnull", False),
                    ("needs_answer", True),
                    ("waiting_until__isnull", True),
                ),
                fields=["representative_id", "priority", "last_message_at", "id"],
                name="contact_of_person",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(
                    ("ended_at__isnull", True),
                    ("last_message_at__isnull", False),
                    ("needs_answer", True),
                    ("waiting_until__isnull", True),
                ),
                fields=["team", "priority", "last_message_at", "id"],
                name="contact_of_team",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(
                    ("ended_at__isnull", True),
                    ("last_message_at__isnull", False),
                    ("needs_answer", True),
                    ("waiting_until__isnull", True),
                    ("representative_id__isnull", True),
                ),
                fields=["team", "priority", "last_message_at", "id"],
                name="contact_of_nobody",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(
                    ("ended_at__isnull", True),
                    ("last_message_at__isnull", False),
                    ("needs_answer", True),
                    ("waiting_until__isnull", True),
                    ("due_at__isnull", False),
                ),
                fields=["representative_id", "due_at", "id"],
                name="contact_due_of_person",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(
                    ("ended_at__isnull", True),
                    ("last_message_at__isnull", False),
                    ("needs_answer", True),
                    ("waiting_until__isnull", True),
                    ("due_at__isnull", False),
                ),
                fields=["team", "due_at", "id"],
                name="contact_due_of_team",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(
                    ("ended_at__isnull", True),
                    ("last_message_at__isnull", False),
                    models.Q(("needs_answer", False), ("waiting_until__isnull", False), _connector="OR"),
                ),
                fields=["representative_id", "last_message_at", "id"],
                name="contact_put_by",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True), ("waiting_until__isnull", False)),
                fields=["waiting_until", "id"],
                name="contact_coming_back",
            ),
        ),
        migrations.AddField(
            model_name="teamsignature",
            name="team",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="signatures", to="staff.team"
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="contact",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="uploads", to="contacts.contact"
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="file",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="uploads", to="contacts.storedfile"
            ),
        ),
        migrations.AddConstraint(
            model_name="contactreason",
            constraint=models.UniqueConstraint(
                models.F("parent"),
                django.db.models.functions.text.Lower("name"),
                name="contact_reason_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="teamsignature",
            constraint=models.UniqueConstraint(fields=("team", "language"), name="signature_once"),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["uploaded_at"], name="upload_in_time"),
        ),
    ]
