"""What arguments of acts may refer to: things on the customer's own file, other customers, households."""

from collections.abc import Callable, Iterable

from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone

from onhand.customers.access import visible_customers
from onhand.customers.addresses import PostalAddress, address_on_lines
from onhand.customers.contact_points import show_telephone
from onhand.customers.enums import FlagKind, IdentityKind, RelationKind
from onhand.customers.finding.find import search_customers
from onhand.customers.identification.level import Reached, reached_by_default
from onhand.customers.membership import of_file
from onhand.customers.models import Address, Customer, Flag, Household, Identity, Relation
from onhand.customers.protection import IDENTITIES, is_open
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, register_reference

MOST = 20


def _register(name: str, options: Callable[[Actor, int | None, str], list[Option]], *, is_short: bool) -> str:
    register_reference(ReferenceType(name=name, options=options, is_short=is_short))
    return name


def _reader(actor: Actor, customer_id: int | None) -> Reached:
    return reached_by_default(actor, customer_id or 0, timezone.now())


def _may_see(actor: Actor, customer_id: int | None) -> bool:
    return customer_id is not None and visible_customers(actor).filter(pk=customer_id).exists()


def _matching(options: Iterable[Option], typed: str) -> list[Option]:
    wanted = typed.casefold()
    return [option for option in options if wanted in option.label.casefold()][:MOST]


def _shown(identity: Identity) -> str:
    value = show_telephone(identity.value) if identity.kind == IdentityKind.TELEPHONE else identity.value
    named = f"{identity.network}: {value}" if identity.network else value
    return f"{named} ({identity.label})" if identity.label else named


def _identities(*kinds: IdentityKind) -> Callable[[Actor, int | None, str], list[Option]]:
    def options(actor: Actor, customer_id: int | None, typed: str) -> list[Option]:
        if not _may_see(actor, customer_id):
            return []
        reader = _reader(actor, customer_id)
        found = Identity.objects.filter(of_file(customer_id), kind__in=kinds, withdrawn_at__isnull=True).order_by("pk")
        # To whoever does not see it, what is typed must not say whether it fits.
        seen = [(one, IDENTITIES[one.kind].is_open_to(reader)) for one in found]
        fitting = [(one, is_open) for one, is_open in seen if not is_open or typed.casefold() in _shown(one).casefold()]
        return [
            Option(one.pk, _shown(one) if is_open else IDENTITIES[one.kind].mask(one.value))
            for one, is_open in fitting[:MOST]
        ]

    return options


IDENTITY = _register("customers.identity", _identities(*IdentityKind), is_short=True)
IDENTITY_OF = {kind: _register(f"customers.{kind.value}", _identities(kind), is_short=True) for kind in IdentityKind}


def _relation_options(actor: Actor, customer_id: int | None, typed: str) -> list[Option]:
    if not (_may_see(actor, customer_id) and is_open("represented_by", _reader(actor, customer_id))):
        return []
    found = Relation.objects.filter(of_file(customer_id), ended_at__isnull=True).select_related("other")
    return _matching([Option(one.pk, f"{one.other.name}: {RelationKind(one.kind).label}") for one in found], typed)


def _flag_options(actor: Actor, customer_id: int | None, typed: str) -> list[Option]:
    if not _may_see(actor, customer_id):
        return []
    holds = Q(until__isnull=True) | Q(until__gt=Now())
    found = Flag.objects.filter(of_file(customer_id), holds, lifted_at__isnull=True).order_by("pk")
    return _matching([Option(one.pk, str(FlagKind(one.kind).label)) for one in found], typed)


def _address_options(actor: Actor, customer_id: int | None, typed: str) -> list[Option]:
    if not (_may_see(actor, customer_id) and is_open("addresses", _reader(actor, customer_id))):
        return []
    found = Address.objects.filter(of_file(customer_id), ended_at__isnull=True).order_by("pk")
    return _matching([Option(one.pk, ", ".join(address_on_lines(_postal(one)))) for one in found], typed)


def _postal(one: Address) -> PostalAddress:
    return PostalAddress(one.address_lines, one.postal_code, one.city, one.region, one.country)


RELATION = _register("customers.relation", _relation_options, is_short=True)
FLAG = _register("customers.flag", _flag_options, is_short=True)
FURTHER_ADDRESS = _register("customers.address", _address_options, is_short=True)


def _other_customers(actor: Actor, customer_id: int | None, typed: str) -> list[Option]:
    if not typed.strip():
        return []
    found = search_customers(actor, typed, limit=MOST)
    return [Option(one.id, f"{one.name} ({one.reference})") for one in found if one.id != customer_id]


def _households(actor: Actor, customer_id: int | None, typed: str) -> list[Option]:
    """
    Households by who lives there: those of the customers found. Only for who may tell the customer about their own: that somebody
    lives with others is told to nobody else.
    """
    if not typed.strip() or not is_open("household", _reader(actor, customer_id)):
        return []
    ids = [one.id for one in search_customers(actor, typed, limit=MOST)]
    members: QuerySet[Customer] = visible_customers(actor).filter(merged_into__isnull=True)
    homes = members.filter(pk__in=ids, household__isnull=False).values("household")
    named: dict[int, list[str]] = {}
    for home, name in members.filter(household__in=homes).order_by("pk").values_list("household", "name"):
        named.setdefault(home or 0, []).append(name)
    found = Household.objects.filter(pk__in=named).order_by("name", "pk")
    return [Option(one.pk, f"{one.name}: {', '.join(named[one.pk])}") for one in found[:MOST]]


OTHER_CUSTOMER = _register("customers.other", _other_customers, is_short=False)
HOUSEHOLD = _register("customers.household", _households, is_short=False)
