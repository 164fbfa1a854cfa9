from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0012_rules_of_the_department"), ("email", "0001_mailboxes_and_raw_mail")]

    operations = [
        migrations.AddField(
            model_name="rawmail",
            name="emptied_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="rawmail",
            index=models.Index(
                condition=models.Q(("emptied_at__isnull", True), ("state", "done")),
                fields=["done_at", "id"],
                name="raw_mail_to_empty",
            ),
        ),
    ]
