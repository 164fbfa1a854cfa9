"""Customers are found by the beginnings of words and listed by their folded names. Needs no extension."""

from django.db import migrations

WORDS = "array_to_tsvector(array_remove(string_to_array(search_text, ' '), ''))"


class Migration(migrations.Migration):
    dependencies = [("customers", "0002_reference_numbers")]

    operations = [
        migrations.RunSQL(
            [
                f"create index customer_by_words on customers_customer using gin ({WORDS})",
                "create index customer_in_order on customers_customer (left(search_text, 100), id)",
            ],
            ["drop index customer_by_words", "drop index customer_in_order"],
        ),
    ]
