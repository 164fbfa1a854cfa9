"""Acts that need a licence: refused without one of that kind, there and then, with a reason people understand."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from onhand.customers.models import Customer
from onhand.kernel.actor import system_actor
from onhand.kernel.acts import Run, act, forget_act
from onhand.kernel.errors import LicenceNeeded
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from onhand.staff.models import LicenceKind, Representative
from onhand.web.api.acts import offered_acts
from tests.factories import NOON, make_customer
from tests.factories.staff import actor_of, make_person

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


@pytest.fixture(autouse=True)
def acts() -> Iterator[None]:
    @act(name="tests.sell", subject="customer", permission="customers.view", label="Sell", licence="life")
    def sell(customer: Customer, *, run: Run) -> None:
        """Sell a policy, wherever."""

    @act(
        name="tests.sell_there",
        subject="customer",
        permission="customers.view",
        label="Sell",
        licence="life",
        jurisdiction=lambda _customer, country: country,
    )
    def sell_there(customer: Customer, *, run: Run, country: str) -> None:
        """Sell a policy in one country."""

    yield
    forget_act("tests.sell")
    forget_act("tests.sell_there")


def sell(who: Representative, country: str = "", **changes: Any) -> None:
    name, arguments = ("tests.sell_there", {"country": country}) if country else ("tests.sell", {})
    given = {"actor": actor_of(who), "subject_id": make_customer().pk, "arguments": arguments, "at": NOON} | changes
    perform(name, **given)


def license(who: Representative, **changes: Any) -> None:
    kind, _made = LicenceKind.objects.get_or_create(key="life", defaults={"name": "Life assurance"})
    given = {"licence_kind": kind.pk, "jurisdiction": "ES", "number": "J-1"} | changes
    perform(
        "staff.record_licence",
        actor=actor_of(make_person("administrator")),
        subject_id=who.pk,
        arguments=given,
        at=NOON,
    )


def refusal(who: Representative, country: str = "", **changes: Any) -> str:
    records = ActRecord.objects.count()
    with pytest.raises(LicenceNeeded) as refused:
        sell(who, country, **changes)
    assert ActRecord.objects.count() == records
    return refused.value.message


def test_a_licence_opens_what_needs_it_where_it_is_valid() -> None:
    ana = make_person("administrator")
    assert refusal(ana) == "This needs a valid licence: life. None is recorded for you."
    license(ana)
    sell(ana)
    sell(ana, "ES")
    assert refusal(ana, "GB") == (
        "This needs a valid licence: Life assurance, United Kingdom. Yours is valid for Spain only."
    )
    assert refusal(ana, "GB", preview=True)
    license(ana, jurisdiction="GB")
    sell(ana, "GB")


def test_it_closes_with_the_last_day() -> None:
    ana = make_person("administrator")
    license(ana, valid_until=TODAY)
    sell(ana, "ES")
    assert "ran out on 21 Nov 2026" in refusal(ana, "ES", at=NOON + timedelta(days=1))
    license(ana, number="J-2", valid_from=TODAY + timedelta(days=3))
    assert "valid from 24 Nov 2026" in refusal(ana, "ES", at=NOON + timedelta(days=1))
    sell(ana, "ES", at=NOON + timedelta(days=3))


def test_neither_the_product_itself_nor_a_retired_kind_opens_it() -> None:
    ana = make_person("administrator")
    license(ana)
    assert refusal(ana, actor=system_actor("rules"))
    LicenceKind.objects.update(is_active=False)
    assert "not in use" in refusal(ana)


def test_programs_are_offered_what_they_are_licensed_for() -> None:
    ana = make_person("administrator")
    assert "tests.sell" not in {one.name for one in offered_acts(actor_of(ana))}
    license(ana)
    assert "tests.sell" in {one.name for one in offered_acts(actor_of(ana))}
