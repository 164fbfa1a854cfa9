"""
Customers are found by the words of their names and addresses, also with typing errors, and by the ends of their numbers. Needs no
extension.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from onhand.customers.finding.vocabulary import rebuild_vocabulary
from onhand.customers.finding.words import search_text_of

# The words of a customer as the index holds them, with who may see them as words too. Its cost keeps the planner from reading
# the whole table in the hope of meeting enough rows soon.
WORDS = """
create function customers_words(search_text text, site_id bigint, team_id bigint, owner_id bigint) returns tsvector
language plpgsql immutable parallel safe cost 10000 as $$
begin
  return array_to_tsvector(array_remove(string_to_array(search_text, ' ') || array[coalesce('site=' || site_id, ''),
    coalesce('team=' || team_id, ''), coalesce('owner=' || owner_id, '')], ''));
end
$$
"""
INDEX = """
create index customer_by_words on customers_customer using gin (customers_words(search_text, site_id, team_id, owner_id))
with (fastupdate = off)
"""
BEFORE = "array_to_tsvector(array_remove(string_to_array(search_text, ' '), ''))"


def write_search_texts(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    """Words of other spellings and of addresses are new."""
    customer = apps.get_model("customers", "Customer")
    batch = []
    for one in customer.objects.iterator(chunk_size=2000):
        one.search_text = search_text_of(one)
        batch.append(one)
        if len(batch) == 2000:
            customer.objects.bulk_update(batch, ["search_text"])
            batch.clear()
    customer.objects.bulk_update(batch, ["search_text"])
    rebuild_vocabulary()


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_identification_rules_and_codes")]

    operations = [
        migrations.CreateModel(
            name="Word",
            fields=[
                ("word", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("keys", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
                ("customers", models.IntegerField(default=1)),
            ],
            options={"indexes": [django.contrib.postgres.indexes.GinIndex(fields=["keys"], name="word_by_keys")]},
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["born_on"], condition=models.Q(born_on__isnull=False), name="customer_by_birth"),
        ),
        migrations.RemoveIndex(model_name="identity", name="identity_by_match_key"),
        migrations.AddIndex(
            model_name="identity",
            index=models.Index(
                fields=["match_key", "kind"],
                name="identity_by_match_key",
                opclasses=["varchar_pattern_ops", "varchar_pattern_ops"],
            ),
        ),
        migrations.RunSQL(
            "create index identity_by_last_signs on customers_identity (reverse(match_key) text_pattern_ops)"
            " where withdrawn_at is null",
            "drop index identity_by_last_signs",
        ),
        migrations.RunSQL(
            "drop index customer_by_words", f"create index customer_by_words on customers_customer using gin ({BEFORE})"
        ),
        migrations.RunPython(write_search_texts, migrations.RunPython.noop, elidable=True),
        migrations.RunSQL("set constraints all immediate", migrations.RunSQL.noop),
        migrations.RunSQL([WORDS, INDEX], ["drop index customer_by_words", "drop function customers_words"]),
    ]
