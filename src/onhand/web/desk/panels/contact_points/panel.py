"""Contact points and addresses as people of the customer's country write them, with what can be done about each."""

from typing import Any

from django.utils.translation import gettext as _

from onhand.customers.contact_points import country_name, show_telephone
from onhand.customers.enums import AddressKind, Confidence, IdentityKind
from onhand.customers.file_queries import CustomerFile, FurtherAddress, Identification
from onhand.customers.masks import HIDDEN
from onhand.customers.panels import Reading
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import acts_on
from onhand.web.addresses import address_of
from onhand.web.templating import show_date

REGION_BEFORE_CODE = frozenset({"US", "CA", "AU"})
CODE_LAST = frozenset({"GB", "IE", "NZ", "IN", "ZA"})


def view(content: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """The lines of the panel."""
    file: CustomerFile = content["file"]
    may = {act.name for act in acts_on(CUSTOMER, reading.actor)}
    return {
        "personal": _personal(file, may),
        "points": [_point(file.id, one, may) for one in file.identities],
        "addresses": [*_main_address(file, may), *(_further(one) for one in file.addresses)],
    }


def _point(customer_id: int, one: Identification, may: set[str]) -> dict[str, Any]:
    act = f"customers.remove_{one.kind}"
    short = {IdentityKind.TELEPHONE.value: _("Telephone"), IdentityKind.EMAIL.value: _("E-mail")}
    badges = [{"words": _("shared"), "tone": ""}] if one.is_shared else []
    if one.confidence == Confidence.VERIFIED:
        badges.append({"words": _("verified"), "tone": "good"})
    acts = []
    if one.is_masked and one.kind == IdentityKind.ACCOUNT_NUMBER:
        acts = _reveal(customer_id, "account_numbers", may)
    elif act in may:
        acts = [{"label": _("Remove"), "url": f"{_address_of(customer_id, act)}?{one.kind}={one.id}"}]
    return {
        "id": one.id,
        "icon": one.kind if one.kind in short else "person",
        "kind_label": one.label or short.get(one.kind) or one.network or IdentityKind(one.kind).label,
        "value": show_telephone(one.value) if one.kind == IdentityKind.TELEPHONE else one.value,
        "badges": badges,
        "acts": acts,
    }


def _personal(file: CustomerFile, may: set[str]) -> list[dict[str, Any]]:
    """Date of birth and tax number: masked until somebody asks for them in full, which is recorded."""
    held = (
        ("born_on", _("Date of birth"), show_date(file.born_on) if file.born_on else ""),
        ("tax_number", _("Tax number"), file.tax_number),
    )
    return [
        {
            "id": name,
            "label": label,
            "value": value or HIDDEN,
            "acts": _reveal(file.id, name, may) if name in file.masked else [],
        }
        for name, label, value in held
        if value or name in file.masked
    ]


def _reveal(customer_id: int, what: str, may: set[str]) -> list[dict[str, str]]:
    act = "customers.reveal"
    return [{"label": _("Show in full"), "url": f"{_address_of(customer_id, act)}?what={what}"}] if act in may else []


def _main_address(file: CustomerFile, may: set[str]) -> list[dict[str, Any]]:
    lines = envelope_lines(file)
    act = "customers.change_address"
    acts = [{"label": _("Change"), "url": _address_of(file.id, act)}] if act in may else []
    return [{"id": "main", "kind_label": _("Address"), "lines": lines, "acts": acts}] if lines else []


def _further(one: FurtherAddress) -> dict[str, Any]:
    label = AddressKind(one.kind).label if one.kind in AddressKind else one.kind
    return {"id": one.id, "kind_label": label, "lines": envelope_lines(one), "acts": []}


def envelope_lines(of: CustomerFile | FurtherAddress) -> list[str]:
    """The lines of an address as an envelope of that country has them."""
    country = country_name(of.country) if of.country else ""
    return [line for line in (*of.address_lines.split("\n"), *_place_lines(of), country) if line]


def _place_lines(of: CustomerFile | FurtherAddress) -> list[str]:
    """City, region and postal code in the order of that country."""
    if of.country in REGION_BEFORE_CODE:
        code = " ".join(part for part in (of.region, of.postal_code) if part)
        return [", ".join(part for part in (of.city, code) if part)]
    if of.country in CODE_LAST:
        return [of.city, of.region, of.postal_code]
    region = "" if of.region == of.city else of.region
    return [" ".join(part for part in (of.postal_code, of.city) if part), region]


def _address_of(customer_id: int, act: str) -> str:
    return address_of("desk:customer_act", customer_id, act)
