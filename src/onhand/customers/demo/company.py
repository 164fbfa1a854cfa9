"""
The demo company's customers: invented people and organisations in several countries and languages, with households, numbers they
share, notes, flags and consents, of any number.

What lies far back is written as rows only, without a record of an act each: it tells of a time before the product was there. The last
weeks of some files are acts that were really done, with their records.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from onhand.customers.access import WORK_WITHOUT_CONTACT
from onhand.customers.demo.loading import Progress, load_company
from onhand.customers.demo.people import address, company_name, email_of, family_name, land_of, number_like, person_name
from onhand.customers.demo.places import HOSTS, Land
from onhand.customers.demo.sources import (
    BLOCK,
    DemoBlock,
    DemoCustomer,
    DemoPerson,
    DemoSource,
    DemoTable,
    register_demo,
)
from onhand.customers.demo.texts import FLAG_REASONS, PROOFS, notes_in
from onhand.customers.finding.words import search_text_of
from onhand.customers.models import Address, Consent, Customer, Flag, Household, Identity, Note, Relation
from onhand.kernel.actor import Actor, Via, system_actor
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from onhand.kernel.references import reference_code
from onhand.staff.queries import actor_for, representatives_with_places

SEED = 1912
COUNT = 240  # customers of the company a stranger finds
ACTS = 90
ORGANISATIONS = 0.09
HOUSEHOLDS = 0.24  # of people who live with the one before
KNOWN = 90  # days for which contact points are on file at least, so that one-time codes may go there

CUSTOMERS = DemoTable(
    Customer,
    (
        *(
            "reference",
            "kind",
            "name",
            "search_text",
            "language",
            "time_zone",
            "born_on",
            "address_lines",
            "postal_code",
        ),
        *(
            "city",
            "region",
            "country",
            "site_id",
            "team_id",
            "owner_id",
            "household_id",
            "customer_since",
            "created_at",
        ),
        *("preferred_channel", "accessibility_needs"),
    ),
    BLOCK,
)
HOMES = DemoTable(Household, ("name", "created_at"), BLOCK)
IDENTITIES = DemoTable(
    Identity,
    ("customer_id", "kind", "network", "value", "source", "confidence", "is_shared", "valid_from", "created_at"),
    6 * BLOCK,
)
ADDRESSES = DemoTable(
    Address,
    ("customer_id", "kind", "address_lines", "postal_code", "city", "region", "country", "valid_from", "ended_at"),
    BLOCK,
)
NOTES = DemoTable(Note, ("customer_id", "text", "author_id", "author_name", "created_at"), 12 * BLOCK)
FLAGS = DemoTable(Flag, ("customer_id", "kind", "reason", "set_by_id", "set_by_name", "set_at", "until"), BLOCK)
CONSENTS = DemoTable(
    Consent, ("customer_id", "purpose", "channel", "answer", "proof", "at", "taken_by_name"), 4 * BLOCK
)
RELATIONS = DemoTable(
    Relation,
    (
        "customer_id",
        "other_id",
        "kind",
        "function",
        "may_be_told",
        "may_do",
        "proof",
        "valid_from",
        "set_by_id",
        "set_by_name",
    ),
    BLOCK,
)
TABLES = (HOMES, CUSTOMERS, IDENTITIES, ADDRESSES, NOTES, FLAGS, CONSENTS, RELATIONS)
_NULL = "\\N"


@dataclass(slots=True)
class _Home:
    """What those who live together share. `more` is how many are still to come."""

    land: Land
    family: str
    place: tuple[str, str, str, str]
    telephone: str
    id: int
    more: int


def make_customers(block: DemoBlock) -> None:
    """One block of customers with everything on their files but what other apps add."""
    maker = _Maker(block)
    for number in range(block.size):
        maker.add(number)


class _Maker:
    """Makes the customers of one block, who may live with the one before."""

    def __init__(self, block: DemoBlock) -> None:
        self.block, self.chance, self.calendar = block, block.chance, block.calendar
        self.ids = {table.name: block.ids(table) for table in TABLES}
        self.lines = {table.name: block.rows(table) for table in TABLES}
        self.first_reference = block.company.references["customers_reference"] + block.number * BLOCK
        self.home: _Home | None = None
        self.teams: dict[str, list[tuple[int, int, str]]] = {}

    def row(self, table: DemoTable, *values: object, pk: int | None = None) -> int:
        """Add a line; its id."""
        number = next(self.ids[table.name]) if pk is None else pk
        self.lines[table.name].append(f"{number}\t" + "\t".join(map(_written, values)) + table.rest)
        return number

    def add(self, number: int) -> None:
        """Add one customer."""
        chance, index = self.chance, self.block.number * BLOCK + number
        home = self.home
        is_organisation = home is None and chance.random() < ORGANISATIONS
        land = home.land if home else land_of(chance)
        family = home.family if home else family_name(chance, land)
        name = company_name(chance, land, family) if is_organisation else person_name(chance, land, family)
        place = home.place if home else address(chance, land) if chance.random() > 0.06 else ("", "", "", "")
        since = self.calendar.day(chance, 0, self.calendar.count - KNOWN)
        zone = land.time_zone
        joined = self.calendar.write(since, self.calendar.second(chance, is_call=True), zone)
        team, site, staff = self._team(land)
        pk = next(self.ids[CUSTOMERS.name])
        telephone = home.telephone if home else self._number(land, index)
        if home:
            home.more -= 1
            self.home = home if home.more else None
        elif not is_organisation and number + 1 < self.block.size and chance.random() < HOUSEHOLDS:
            shared = self.row(HOMES, family, joined)
            home = self.home = _Home(land, family, place, telephone, shared, chance.choice((1, 1, 2, 3)))
        text = search_text_of(
            Customer(name=name, address_lines=place[0], postal_code=place[1], city=place[2], region=place[3])
        )
        self.row(
            CUSTOMERS,
            *(
                reference_code(self.first_reference + number),
                "organisation" if is_organisation else "person",
                name,
                text,
            ),
            *(
                land.language,
                zone,
                None if is_organisation else self._birth(),
                *place,
                land.country if place[2] else "",
            ),
            *(
                site,
                team,
                chance.choice(staff).id if staff and chance.random() < 0.3 else None,
                home.id if home else None,
            ),
            *(self.calendar.days[since], joined, chance.choice(("", "", "", "email", "telephone"))),
            '["hard_of_hearing"]' if chance.random() < 0.01 else "[]",
            pk=pk,
        )
        email = self._identities(
            pk, land, name, index, telephone, joined, is_shared=home is not None, is_company=is_organisation
        )
        customer = DemoCustomer(pk, land.language, zone, is_organisation, since, staff, telephone, email)
        self._care(customer, land, place, joined)
        self.block.customers.append(customer)

    def _team(self, land: Land) -> tuple[int | None, int | None, Sequence[DemoPerson]]:
        company = self.block.company
        serving = self.teams.get(land.team)
        if serving is None:
            serving = [one for one in company.teams if land.team in one[2]] or list(company.teams)
            self.teams[land.team] = serving
        if not serving:
            return None, None, ()
        team, site, _name = self.chance.choice(serving)
        return team, site, company.staff.get(team, ())

    def _birth(self) -> str | None:
        if self.chance.random() < 0.3:
            return None
        days = int(self.chance.triangular(18, 92, 44) * 365.25)
        return (self.block.company.at.date() - timedelta(days=days)).isoformat()

    def _number(self, land: Land, index: int) -> str:
        """A number of the fiction's ranges in a small company, else one nobody else in it has."""
        if self.chance.random() < 0.08:
            return ""
        if self.block.company.is_small:
            return number_like(land.fiction, index)
        return number_like(land.mobile if self.chance.random() < 0.8 else land.fixed, index)

    def _identities(
        self,
        pk: int,
        land: Land,
        name: str,
        index: int,
        telephone: str,
        joined: str,
        *,
        is_shared: bool,
        is_company: bool,
    ) -> str:
        chance = self.chance
        email = ""
        if chance.random() < 0.86:
            email = email_of(chance, name, index % 9973, is_organisation=is_company)
            self._identity(pk, "email", email, joined)
        if telephone:
            self._identity(pk, "telephone", telephone, joined, is_shared=is_shared)
        if telephone and chance.random() < 0.14:
            second = number_like(land.fiction if self.block.company.is_small else land.mobile, index + 5_000_011)
            if second != telephone:
                self._identity(pk, "telephone", second, joined)
        if chance.random() < 0.05:
            self._identity(pk, "handle", f"@{name.split(maxsplit=1)[0].lower()}{index}", joined, network="mastodon")
        if chance.random() < 0.2:
            self._identity(pk, "customer_number", f"{10_000_000 + index}", joined, source="issued", confidence=3)
        if chance.random() < 0.15:
            number = f"{(index + 1) * 7_919_333 % 10**12:012d}"
            self._identity(pk, "account_number", number, joined, source="issued", confidence=3)
        return email

    def _identity(
        self,
        pk: int,
        kind: str,
        value: str,
        since: str,
        *,
        network: str = "",
        source: str = "stated",
        confidence: int = 2,
        is_shared: bool = False,
    ) -> None:
        self.row(IDENTITIES, pk, kind, network, value, source, confidence, is_shared, since, since)

    def _care(self, customer: DemoCustomer, land: Land, place: tuple[str, str, str, str], joined: str) -> None:
        """Notes, flags, consents, further addresses, and who speaks for whom."""
        chance, pk = self.chance, customer.id
        for _ in range(chance.choices((0, 1, 2, 3, 5), (46, 30, 14, 7, 3))[0]):
            author = chance.choice(customer.staff) if customer.staff else None
            day = self.calendar.day(chance, customer.since)
            at = self.calendar.write(day, self.calendar.second(chance, is_call=True), customer.time_zone)
            text = chance.choice(notes_in(customer.language))
            self.row(NOTES, pk, text, author.id if author else None, author.name if author else "", at)
        author = chance.choice(customer.staff) if customer.staff else None
        by = (author.id, author.name) if author else (None, "")
        if chance.random() < 0.02:
            kind = chance.choices(("vulnerable", "abusive", "deceased", "fraud_alert"), (60, 15, 8, 17))[0]
            self.row(FLAGS, pk, kind, chance.choice(FLAG_REASONS[kind]), *by, self._lately(customer), None)
        if chance.random() < 0.35:
            for purpose in chance.sample(("marketing", "surveys", "recording"), chance.randrange(1, 3)):
                answer = chance.choices(("given", "refused", "withdrawn"), (55, 37, 8))[0]
                self.row(CONSENTS, pk, purpose, "", answer, chance.choice(PROOFS), joined, by[1])
        if place[2] and chance.random() < 0.05:
            kind = chance.choice(("delivery", "billing", "work", "former"))
            ended = self._lately(customer) if kind == "former" else None
            self.row(ADDRESSES, pk, kind, *address(chance, land), land.country, joined, ended)
        others = self.block.customers[-20:]
        if others and customer.is_organisation and chance.random() < 0.5:
            other = next((one for one in reversed(others) if not one.is_organisation), None)
            if other:
                told = '["orders", "bills"]'
                terms = ("company_contact", chance.choice(("Purchasing", "Bookkeeping", "Owner")), told, '["orders"]')
                self.row(RELATIONS, pk, other.id, *terms, "Named by the company", joined, *by)

    def _lately(self, customer: DemoCustomer) -> str:
        day = self.calendar.day(self.chance, max(customer.since, self.calendar.count - 200))
        return self.calendar.write(day, self.calendar.second(self.chance, is_call=True), customer.time_zone)


def _written(value: object) -> str:
    if value is None:
        return _NULL
    return ("t" if value else "f") if isinstance(value, bool) else str(value)


register_demo(
    DemoSource(
        name="customers", order=0, tables=lambda: TABLES, make=make_customers, references={"customers_reference": BLOCK}
    )
)


def create_demo_customers(*, at: datetime, count: int = COUNT, seed: int = SEED) -> int:
    """
    Make customers with all that every app adds to them, and for the last weeks acts of the staff; returns how many. The same ones every
    time. To be called outside of a transaction, after the demo staff, on a company that has no customers yet.
    """
    if Customer.objects.exists():
        return 0
    load_company(customers=count, seed=seed, at=at)
    make_histories(at=at, seed=seed)
    return count


def add_demo_customers(
    *, at: datetime, count: int, seed: int = SEED, progress: Progress | None = None
) -> dict[str, int]:
    """Add so many customers to whatever company there is; rows written by table. To be called outside of a transaction."""
    return load_company(customers=count, seed=seed, at=at, progress=progress)


@transaction.atomic
def make_histories(*, at: datetime, seed: int = SEED) -> None:
    """
    Acts of the last weeks on some files, oldest first, by the people of the customer's team: all of them or none, and only where nothing
    was done on a customer yet.
    """
    if ActRecord.objects.filter(subject_type="customer").exists():
        return
    chance = random.Random(f"{seed} histories")  # noqa: S311  (the same company everywhere)
    customers = list(Customer.objects.order_by("pk")[:COUNT])
    actors = _actors()
    chosen = customers[: max(1, len(customers) // 4)]
    moments = sorted(
        at - timedelta(minutes=chance.randrange(20, 60 * 24 * 28)) for _ in range(min(ACTS, 2 * len(customers)))
    )
    for number, moment in enumerate(moments, 1):
        customer = chance.choice(chosen)
        act, arguments = _something(chance, customer, number)
        actor = chance.choice(actors.get(customer.team_id) or [system_actor("demo company", Via.COMMAND)])
        perform(act, actor=actor, subject_id=customer.pk, arguments=arguments, at=moment, as_part=True)


def _actors() -> dict[int | None, list[Actor]]:
    by_team: dict[int | None, list[Actor]] = {}
    needed = {"customers.add_note", "customers.change_contact_points"}
    for person in representatives_with_places().filter(is_active=True, kind="person"):
        # Their past is told without the contacts it happened on.
        actor = actor_for(person)
        actor = replace(actor, permissions=actor.permissions | {WORK_WITHOUT_CONTACT})
        if needed <= actor.permissions:
            for team in actor.team_ids:
                by_team.setdefault(team, []).append(actor)
    return by_team


def _something(chance: random.Random, customer: Customer, number: int) -> tuple[str, dict[str, Any]]:
    """An act that is possible on this customer whatever came before."""
    kind = chance.choices(("note", "address", "email"), (72, 20, 8))[0]
    if kind == "address" and customer.country == "ES":
        return "customers.change_address", {
            "address_lines": f"Calle Nueva {number}",
            "postal_code": f"280{chance.randrange(10, 55)}",
            "city": "Madrid",
            "region": "Madrid",
            "country": "ES",
        }
    if kind == "email":
        return "customers.add_email", {
            "email": f"{customer.reference.replace('-', '').lower()}{number}@{chance.choice(HOSTS)}"
        }
    return "customers.add_note", {"text": chance.choice(notes_in(customer.language))}
