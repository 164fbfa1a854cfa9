from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("classifying", "0001_suggestions")]
    operations = [
        migrations.RunSQL(
            "insert into classifying_suggestionrules (version, is_on, team_sure, reason_sure) values (1, true, 70, 70)",
            "delete from classifying_suggestionrules",
        )
    ]
