from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("customers", "0010_failed_identity_checks")]

    operations = [
        migrations.RunSQL(
            # Names by their beginnings, whatever the order of words is in the server's language.
            "create index customer_by_beginning on customers_customer (left(search_text, 100) text_pattern_ops)"
            " where merged_into_id is null and erased_at is null",
            "drop index customer_by_beginning",
        ),
    ]
