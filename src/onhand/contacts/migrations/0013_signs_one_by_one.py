"""
Texts of plain letters are folded by replacing each sign by itself, which takes a fourteenth of the time `translate` takes: that looks
at every sign for every letter. What comes of it is the same, so no row is written again.
"""

from importlib import import_module

from django.db import migrations

_before = import_module("onhand.contacts.migrations.0009_found_by_words")
_THIS = "translate(lower(written), '{signs}', repeat(' ', 32))"


def _replaced() -> str:
    made = "lower(written)"
    for sign in _before._SIGNS.replace("''", "'"):
        made = f"replace({made}, '{sign.replace(chr(39), chr(39) * 2)}', ' ')"
    return made


FOLDED = _before.FOLDED.replace("create function", "create or replace function").replace(
    _THIS.format(signs=_before._SIGNS), _replaced()
)
BACK = _before.FOLDED.replace("create function", "create or replace function")


class Migration(migrations.Migration):
    dependencies = [("contacts", "0012_rules_of_the_department")]

    operations = [migrations.RunSQL(FOLDED, BACK)]
