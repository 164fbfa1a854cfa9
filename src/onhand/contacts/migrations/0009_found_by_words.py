"""
The words messages, contacts and cases are found by: columns the database makes itself, and their indexes.

They stand beside the models, not in them: nothing but the search reads them, and no row is loaded with them.
"""

from django.db import migrations

# Letters that have no accent to take off, and what they are read as. What becomes two letters is replaced one by one.
_LIKE = ("łøđħıςŁØĐĦ", "lodhiσlodh")
_SIGNS = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~"

FOLDED = rf"""
create function contacts_folded(written text) returns text language sql immutable strict parallel safe
return case when octet_length(written) = char_length(written) then translate(lower(written), '{_SIGNS}', repeat(' ', 32))
  else regexp_replace(regexp_replace(
    replace(replace(replace(replace(
      translate(lower(regexp_replace(normalize(written, NFKD), '[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u3099\u309a]+', '', 'g')),
        '{_LIKE[0]}', '{_LIKE[1]}'),
      'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
    '([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])', ' \1 ', 'g'),
    '[^[:alnum:]]+', ' ', 'g') end
"""
DAYS = """
create function contacts_days(at timestamptz) returns tsvector language sql immutable strict parallel safe
return array_to_tsvector(array[
  '@d' || floor(extract(epoch from at) / 86400)::bigint, '@p' || floor(extract(epoch from at) / 2419200)::bigint])
"""
# The words of one field once more, each marked with the field it stands in: so that the index alone answers `from:`.
MARKED = """
create function contacts_marked(mark text, folded text) returns tsvector language sql immutable strict parallel safe
return (select coalesce(array_to_tsvector(array_agg(distinct mark || left(word, 200))), ''::tsvector)
  from unnest(string_to_array(folded, ' ')) word where word <> '')
"""
MESSAGE = """
create function contacts_message_words(
  subject text, sender_name text, sender_address text, recipients jsonb, written text, quoted_from integer, at timestamptz
) returns tsvector language sql immutable parallel safe
return setweight(to_tsvector('pg_catalog.simple', contacts_folded(subject)), 'A')
  || setweight(to_tsvector('pg_catalog.simple', contacts_folded(sender_name || ' ' || sender_address)), 'B')
  || setweight(to_tsvector('pg_catalog.simple', contacts_folded(
    jsonb_path_query_array(recipients, '$[*].name')::text || jsonb_path_query_array(recipients, '$[*].address')::text)), 'C')
  || to_tsvector('pg_catalog.simple', contacts_folded(left(written, least(coalesce(quoted_from, 100000), 100000))))
  || contacts_marked('@s', contacts_folded(subject))
  || contacts_marked('@f', contacts_folded(sender_name || ' ' || sender_address))
  || contacts_marked('@t', contacts_folded(
    jsonb_path_query_array(recipients, '$[*].name')::text || jsonb_path_query_array(recipients, '$[*].address')::text))
  || contacts_days(at)
"""
CONTACT = """
create function contacts_contact_words(subject text, summary text, outside_address text, at timestamptz)
returns tsvector language sql immutable parallel safe
return setweight(to_tsvector('pg_catalog.simple', contacts_folded(subject)), 'A')
  || setweight(to_tsvector('pg_catalog.simple', contacts_folded(outside_address)), 'B')
  || to_tsvector('pg_catalog.simple', contacts_folded(left(summary, 100000)))
  || contacts_marked('@s', contacts_folded(subject)) || contacts_marked('@f', contacts_folded(outside_address)) || contacts_days(at)
"""
CASE = """
create function contacts_case_words(reference text, subject text, outcome text, own_fields jsonb, at timestamptz)
returns tsvector language sql immutable parallel safe
return setweight(to_tsvector('pg_catalog.simple', contacts_folded(subject)), 'A')
  || setweight(to_tsvector('pg_catalog.simple', contacts_folded(reference)), 'B')
  || to_tsvector('pg_catalog.simple', contacts_folded(
    left(outcome, 50000) || ' ' || left(jsonb_path_query_array(own_fields, '$.*')::text, 50000)))
  || contacts_marked('@s', contacts_folded(subject))
  || contacts_days(at)
"""
MADE = {
    "message": "contacts_message_words(subject, sender_name, sender_address, recipients, text, quoted_from, at)",
    "contact": "contacts_contact_words(subject, summary, outside_address, started_at)",
    "case": "contacts_case_words(reference, subject, outcome, own_fields, opened_at)",
}
FUNCTIONS = [FOLDED, DAYS, MARKED, MESSAGE, CONTACT, CASE]
COLUMNS = [
    f"alter table contacts_{name} add words tsvector generated always as ({made}) stored" for name, made in MADE.items()
]
# A short list of what is not yet in the index: it is read with every search, and put in by whoever fills it.
INDEXES = [
    f"create index {name}_by_words on contacts_{name} using gin (words) with (gin_pending_list_limit = 1024)"
    for name in MADE
]
BACK = [f"alter table contacts_{name} drop column words" for name in MADE] + [
    "drop function contacts_message_words, contacts_contact_words, contacts_case_words",
    "drop function contacts_days, contacts_marked, contacts_folded",
]


class Migration(migrations.Migration):
    dependencies = [("contacts", "0008_further_customers")]

    operations = [
        # Rows written in the same transaction may have checks still to come, which alter table does not wait for.
        migrations.RunSQL("set constraints all immediate", migrations.RunSQL.noop),
        migrations.RunSQL([*FUNCTIONS, *COLUMNS, *INDEXES], BACK),
    ]
