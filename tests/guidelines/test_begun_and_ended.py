"""The life of guidelines and limits: begun, given up, withdrawn; limits set, changed, ended."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.guidelines.models import Guideline, Limit
from onhand.kernel.actor import system_actor
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.kernel.perform import perform
from tests.factories import NOON
from tests.guidelines.company import document, publish

pytestmark = pytest.mark.django_db
GOODWILL = "invoicing.give_goodwill"


def do(act: str, pk: int | None = None, **arguments: Any) -> int:
    outcome = perform(act, actor=system_actor("tests"), arguments=arguments, at=NOON, subject_id=pk)
    return outcome.subject_id or 0


def test_a_draft_is_begun_and_given_up() -> None:
    pk = do("guidelines.add_guideline", name="Returns")
    with pytest.raises(NotPossible, match="of this name already"):
        do("guidelines.add_guideline", name="returns")
    with pytest.raises(NotPossible, match="no JSON"):
        do("guidelines.add_guideline", name="Other", document="[")
    do("guidelines.give_up_draft", pk)
    assert Guideline.objects.get(pk=pk).draft is None
    with pytest.raises(NotPossible, match="no draft"):
        do("guidelines.give_up_draft", pk)


def test_only_a_version_to_come_is_withdrawn() -> None:
    one = publish("Now", document([GOODWILL], [], [('"allow"', "", "", "")]))
    with pytest.raises(NotPossible, match="still to come"):
        do("guidelines.withdraw_version", one.pk, number=1)
    later = publish("Later", document([GOODWILL], [], [('"allow"', "", "", "")]), at=NOON + timedelta(days=1))
    do("guidelines.withdraw_version", later.pk, number=1)
    assert later.versions.get().withdrawn_at == NOON
    with pytest.raises(NotPossible):
        do("guidelines.withdraw_version", later.pk, number=1)


def test_a_limit_is_set_changed_and_ended() -> None:
    most = Money(10_000, "EUR").as_json()
    pk = do("guidelines.add_limit", name="A day", per="representative", most=most)
    do("guidelines.limit_currency", pk, most=Money(5_000, "CHF").as_json())
    do("guidelines.change_limit", pk, name="A week", per="customer", period="week", most=Money(1, "EUR").as_json())
    limit = Limit.objects.get(pk=pk)
    assert (limit.name, limit.per, limit.most) == ("A week", "customer", {"EUR": 1, "CHF": 5_000})
    with pytest.raises(NotPossible, match="how much"):
        do("guidelines.change_limit", pk, name="A week", per="customer")
    do("guidelines.end_limit", pk)
    with pytest.raises(NotPossible, match="not in force"):
        do("guidelines.end_limit", pk)
    assert not Limit.objects.get(pk=pk).is_active
