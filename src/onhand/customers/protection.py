"""
What a reader may see of a file: everything that leaves the query functions passes here, so that pages, API, MCP, search and exports
inherit it.

A name stands for the same thing wherever it occurs: as a field of the file, as an argument of an act, or as a key of what a record
says changed. A name that is neither protected nor open is taken for protected: whoever adds one says here which it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.utils.translation import gettext_lazy as _

from onhand.customers import scopes
from onhand.customers.enums import IdentityKind
from onhand.customers.identification.level import IDENTIFIED, STRONG, Reached, reached_by_default
from onhand.customers.masks import HIDDEN, mask_email, mask_number, mask_telephone, mask_wholly
from onhand.customers.membership import member_ids
from onhand.customers.models import Customer, Identity
from onhand.kernel.actor import Actor

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from onhand.customers.file_queries import CustomerFile, Identification
    from onhand.customers.timeline import Entry

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Protected:
    """
    Something shown only from a level on, and to who may be told of its scope. What `is_sealed` stays masked even then, until the act
    that shows it in full is done.
    """

    level: int
    scope: str
    mask: Callable[[Any], str]
    is_sealed: bool = False

    def is_open_to(self, reader: Reached) -> bool:
        """Whether this reader sees it in full without asking."""
        return not self.is_sealed and reader.may_be_told(self.scope, self.level)


_EMAIL = Protected(IDENTIFIED, scopes.CONTACT_DETAILS, mask_email)
_TELEPHONE = Protected(IDENTIFIED, scopes.CONTACT_DETAILS, mask_telephone)
_HANDLE = Protected(IDENTIFIED, scopes.CONTACT_DETAILS, mask_number)
_ADDRESS = Protected(IDENTIFIED, scopes.CONTACT_DETAILS, mask_wholly)
_NUMBER = Protected(IDENTIFIED, scopes.ACCOUNTS, mask_number)
_ANY_IDENTITY = Protected(STRONG, scopes.CONTACT_DETAILS, mask_wholly)
_RELATION = Protected(IDENTIFIED, scopes.RELATIONS, mask_wholly)
_BIRTH = Protected(STRONG, scopes.PERSONAL_DATA, mask_wholly, is_sealed=True)
_TAX = Protected(STRONG, scopes.PERSONAL_DATA, mask_number, is_sealed=True)
_ACCOUNT = Protected(STRONG, scopes.ACCOUNTS, mask_number, is_sealed=True)
UNKNOWN = Protected(STRONG, "", mask_wholly)

PROTECTED: dict[str, Protected] = {
    **dict.fromkeys(("email", "emails"), _EMAIL),
    **dict.fromkeys(("telephone", "telephones"), _TELEPHONE),
    **dict.fromkeys(("handle", "handles"), _HANDLE),
    **dict.fromkeys(("customer_number", "customer_numbers"), _NUMBER),
    **dict.fromkeys(("account_number", "account_numbers"), _ACCOUNT),
    **dict.fromkeys(("address_lines", "postal_code", "region", "addresses", "further_addresses"), _ADDRESS),
    **dict.fromkeys(("household", "represented_by", "represents"), _RELATION),
    **dict.fromkeys(("verified", "shared", "labels"), _ANY_IDENTITY),
    "born_on": _BIRTH,
    "tax_number": _TAX,
}
IDENTITIES: dict[str, Protected] = {
    IdentityKind.EMAIL: _EMAIL,
    IdentityKind.TELEPHONE: _TELEPHONE,
    IdentityKind.HANDLE: _HANDLE,
    IdentityKind.CUSTOMER_NUMBER: _NUMBER,
    IdentityKind.ACCOUNT_NUMBER: _ACCOUNT,
}
SEALED = {name: PROTECTED[name] for name in ("born_on", "tax_number", "account_numbers")}
_OPEN = {
    *("name", "customer_name", "form_of_address", "kind", "language", "time_zone", "city", "country", "reference"),
    *("customer_since", "created_at", "site", "team", "owner", "note", "text", "reason", "what", "code_sent"),
    *("identification", "tries_left", "lockout", "first_question", "second_question", "third_question", "person"),
    *("flag", "flags", "until", "accessibility_needs", "preferred_channel", "reach_from", "reach_until"),
    *("consent", "consents", "purpose", "channel", "answer", "proof", "merged", "unmerged"),
}


def protect(name: str, rule: Protected) -> None:
    """Say how a field, argument or recorded key of that name is protected."""
    PROTECTED[name] = rule
    _OPEN.discard(name)


def open_to_all(*names: str) -> None:
    """Say that fields, arguments or recorded keys of these names hold nothing personal that needs identification."""
    _OPEN.update(name for name in names if name not in PROTECTED)


def sealed_options() -> "list[tuple[str, _StrOrPromise]]":
    """(name, label) of what is shown in full only on request."""
    return [("born_on", _("Date of birth")), ("tax_number", _("Tax number")), ("account_numbers", _("Account numbers"))]


def read_sealed(customer: Customer, what: str) -> list[str]:
    """What a file holds of one sealed thing, in full. `customer` is not merged itself."""
    members = member_ids(customer.pk)
    if what == "account_numbers":
        found = Identity.objects.filter(
            customer__in=members, kind=IdentityKind.ACCOUNT_NUMBER, withdrawn_at__isnull=True
        )
        return list(found.order_by("pk").values_list("value", flat=True))
    values = [getattr(customer, what), *Customer.objects.filter(pk__in=members[1:]).values_list(what, flat=True)]
    return list(dict.fromkeys(str(value) for value in values if value))


def is_open(name: str, reader: Reached) -> bool:
    """Whether what goes by that name is shown to this reader in full."""
    return name in _OPEN or PROTECTED.get(name, UNKNOWN).is_open_to(reader)


def protect_values(values: Mapping[str, Any], reader: Reached) -> dict[str, Any]:
    """Values by name (arguments of an act, what a record says changed, facts) as this reader may see them."""
    return {name: _protect_value(name, value, reader) for name, value in values.items()}


def _protect_value(name: str, value: Any, reader: Reached) -> Any:
    if isinstance(value, str) and value.startswith(HIDDEN):
        return HIDDEN  # the keyed hash of a secret argument
    if is_open(name, reader):
        return value
    return _masked(value, PROTECTED.get(name, UNKNOWN).mask)


def _masked(value: Any, mask: Callable[[Any], str]) -> Any:
    match value:
        case None | "" | bool():
            return value
        case int():  # the id of a thing of the file, as acts refer to it
            return value
        case list() | tuple():
            return [_masked(one, mask) for one in value]
        case dict():
            return {_masked_key(key): _masked(inner, mask) for key, inner in value.items()}
    return mask(str(value))


# Names of parts inside what is recorded; any other key may itself be somebody's number or address.
_PARTS = frozenset(
    {
        *(
            "of",
            "value",
            "network",
            "label",
            "shared",
            "verified",
            "function",
            "proof",
            "other",
            "may_be_told",
            "may_do",
        ),
        *("valid_until", "relation_kind", "address_kind", "household_name"),
    }
)


def _masked_key(key: str) -> str:
    return key if key in _PARTS or key in PROTECTED or key in _OPEN else mask_wholly(key)


def protect_identity(one: "Identification", reader: Reached) -> "Identification":
    """An identity as this reader may see it."""
    rule = IDENTITIES.get(one.kind, UNKNOWN)
    return one if rule.is_open_to(reader) else replace(one, value=rule.mask(one.value), label="", is_masked=True)


def protect_file(file: "CustomerFile", reader: Reached) -> "CustomerFile":
    """
    The file as this reader may see it: texts masked, other things (dates, lists) taken out. `masked` names what was, as far as the
    file holds it.
    """
    masked: set[str] = set()
    changes: dict[str, Any] = {}
    for one in fields(file):
        value = getattr(file, one.name)
        if one.name == "identities":
            changes[one.name] = [protect_identity(identity, reader) for identity in value]
        elif one.name in PROTECTED and value and not is_open(one.name, reader):
            masked.add(one.name)
            changes[one.name] = _without(one.name, value, reader)
    return replace(file, reached=reader, masked=frozenset(masked), **changes)


def _without(name: str, value: Any, reader: Reached) -> Any:
    if isinstance(value, str):
        return PROTECTED[name].mask(value)
    if name == "addresses" and all(is_dataclass(one) and not isinstance(one, type) for one in value):
        return [_protect_parts(one, reader) for one in value]
    return type(value)() if isinstance(value, list | tuple | dict) else None


def _protect_parts(thing: T, reader: Reached) -> T:
    """A part of the file (an address) with its own texts protected by their names."""
    texts = {one.name: getattr(thing, one.name) for one in fields(thing)}  # type: ignore[arg-type]
    hidden = {name: PROTECTED[name].mask(text) for name, text in texts.items() if text and _hides(name, text, reader)}
    return replace(thing, **hidden)  # type: ignore[type-var]


def _hides(name: str, value: Any, reader: Reached) -> bool:
    return name in PROTECTED and isinstance(value, str) and not is_open(name, reader)


def protect_entry(entry: "Entry", reader: Reached) -> "Entry":
    """
    An entry of the timeline as this reader may see it: what a record says changed is protected by its names; what another source gives
    under `private`, with the scope of business it belongs to, is for who is identified.
    """
    if entry.kind != "act":
        private = entry.data.get("private")
        if private is None or reader.may_be_told(str(private["scope"]), IDENTIFIED):
            return entry
        return replace(entry, data={key: value for key, value in entry.data.items() if key != "private"})
    changes = {key: protect_values(entry.data.get(key) or {}, reader) for key in ("before", "after")}
    is_masked = any(changes[key] != (entry.data.get(key) or {}) for key in changes)
    return replace(entry, data={**entry.data, **changes, "is_masked": is_masked})


class Shield:
    """What one actor may see of several files, each looked at once: for lists of records."""

    def __init__(self, actor: Actor, at: datetime, contact_id: int | None = None) -> None:
        self._actor, self._at, self._contact_id = actor, at, contact_id
        self._known: dict[int, Reached] = {}

    def reader_of(self, customer_id: int) -> Reached:
        """What this actor may go by on that file."""
        if customer_id not in self._known:
            self._known[customer_id] = reached_by_default(self._actor, customer_id, self._at, self._contact_id)
        return self._known[customer_id]

    def values(self, subject_type: str, subject_id: int | None, values: Mapping[str, Any]) -> dict[str, Any]:
        """What a record holds about a subject, as this actor may see it; of other things than customers all of it."""
        if subject_type != "customer" or subject_id is None:
            return dict(values)
        return protect_values(values, self.reader_of(subject_id))
