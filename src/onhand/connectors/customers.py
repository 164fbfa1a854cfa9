"""Whose an order of a shop is: known by the shop's number for them, by a verified e-mail address, or new."""

from datetime import datetime

from django.utils.translation import gettext as _

from onhand.connectors.models import OutsideShop
from onhand.connectors.port import Buyer, ShopOrder
from onhand.customers.contact_points import InvalidContactPoint, read_email, read_name, read_telephone
from onhand.customers.enums import Confidence, IdentityKind
from onhand.customers.intake.reading import Incoming
from onhand.customers.intake.upsert import OnMatch, bring_in
from onhand.customers.models import Customer, Identity, OutsideId
from onhand.kernel.actor import Actor
from onhand.kernel.errors import NotPossible


def outside_number(said: ShopOrder) -> str:
    """
    What the shop calls the buyer. A guest is who ordered with the same address before; without one, who ordered this. None of these can
    be a number the shop gives.
    """
    if said.buyer.outside_id:
        return said.buyer.outside_id
    email = _email(said.buyer)
    return f"guest {email.lower()}"[:200] if email else f"guest of order {said.outside_id}"


def customer_of(said: ShopOrder, shop: OutsideShop, *, actor: Actor, at: datetime) -> int:
    """
    The id of the customer an order belongs to, locked; a new one is made, with its record. Runs in the transaction of its caller.

    :raises NotPossible: it is nobody who may be kept, such as somebody erased.
    """
    outside = (shop.name, outside_number(said))
    row = Incoming(outside=outside, country=said.buyer.country)
    if not OutsideId.objects.filter(system=outside[0], value=outside[1]).exists():
        row.reference = _reference_by_email(_email(said.buyer))
        if not row.reference:
            row.values, row.identities = {"name": _name(said, shop)}, _identities(said.buyer)
    (found,) = bring_in([row], actor=actor, at=at, on_match=OnMatch.FILL)
    if found.problems or found.customer_id is None:
        raise NotPossible(found.problems[0].message if found.problems else _("Nobody knows whose order this is."))
    return found.customer_id


def _reference_by_email(email: str) -> str:
    """The reference of the one customer this address was verified to be of; empty without one, or with several."""
    if not email:
        return ""
    held = Identity.objects.filter(
        kind=IdentityKind.EMAIL,
        match_key=email.lower(),
        withdrawn_at=None,
        confidence=Confidence.VERIFIED,
        is_shared=False,
    )
    roots = {root or pk for pk, root in held.values_list("customer_id", "customer__merged_into")}
    found = Customer.objects.filter(pk__in=roots, erased_at=None).values_list("reference", flat=True)[:2]
    return found[0] if len(found) == 1 else ""


def _email(buyer: Buyer) -> str:
    try:
        return read_email(buyer.email) if buyer.email else ""
    except InvalidContactPoint:
        return ""


def _name(said: ShopOrder, shop: OutsideShop) -> str:
    try:
        return read_name(said.buyer.name)
    except InvalidContactPoint:
        return _("Guest of %(shop)s") % {"shop": shop.name}


def _identities(buyer: Buyer) -> list[tuple[IdentityKind, str]]:
    found = []
    if email := _email(buyer):
        found.append((IdentityKind.EMAIL, email))
    try:
        if buyer.telephone:
            found.append((IdentityKind.TELEPHONE, read_telephone(buyer.telephone, buyer.country)))
    except InvalidContactPoint:
        pass
    return found
