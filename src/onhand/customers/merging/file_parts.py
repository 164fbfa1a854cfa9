"""What hangs on a customer's file, counted: an app that keeps rows for customers names them here once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy as _

from onhand.customers.protection import open_to_all
from onhand.customers.subjects import CHANGE_LABELS

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class FilePart:
    """Rows of one table that belong to a customer by `column`, and what they are called together."""

    key: str
    label: "_StrOrPromise"
    table: str
    column: str = "customer_id"


_parts: dict[str, FilePart] = {}


def register_part(part: FilePart) -> None:
    """Let these rows count when files are brought together."""
    _parts[part.key] = part
    CHANGE_LABELS[f"joined_{part.key}"] = part.label
    open_to_all(f"joined_{part.key}")  # numbers of rows


def count_parts(customer_ids: Sequence[int]) -> dict[str, int]:
    """How many rows of each part these customers have; parts without any are left out. One statement."""
    counts = " union all ".join(
        f"select '{part.key}', count(*) from {part.table} where {part.column} = any(%(ids)s)"  # noqa: S608  (names are ours)
        for part in _parts.values()
    )
    with connection.cursor() as cursor:
        cursor.execute(counts, {"ids": list(customer_ids)})
        return {key: count for key, count in cursor.fetchall() if count}


for _key, _label, _table in (
    ("identities", _("E-mail addresses, numbers and handles"), "customers_identity"),
    ("notes", _("Notes"), "customers_note"),
    ("addresses", _("Further addresses"), "customers_address"),
    ("flags", _("Flags"), "customers_flag"),
    ("consents", _("Consents"), "customers_consent"),
    ("relations", _("Authorised persons"), "customers_relation"),
    ("outside_ids", _("Ids in other systems"), "customers_outsideid"),
):
    register_part(FilePart(_key, _label, _table))
