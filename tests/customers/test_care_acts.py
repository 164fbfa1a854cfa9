"""Flags, consent, preferences and needs; and the one question before a customer is approached."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from onhand.customers.care_queries import current_flags, may_contact
from onhand.customers.enums import ChannelKind, ConsentPurpose
from onhand.customers.models import Consent, Customer, Flag
from onhand.kernel.errors import ArgumentsInvalid, NotPermitted, NotPossible, SubjectNotFound
from tests.customers.acting import do
from tests.factories import NOON, make_actor, make_customer

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=5)


def test_set_flag_and_lift_flag_with_reasons() -> None:
    ana, ben = make_customer("Ana"), make_customer("Ben")
    outcome = do("set_flag", ana, flag="vulnerable", reason="Lost her husband in May.", until="2027-03-31")
    (recorded,) = outcome.after["flags"]
    assert (recorded["flag"], recorded["reason"]) == ("vulnerable", "Lost her husband in May.")
    with pytest.raises(NotPossible):
        do("set_flag", ana, flag="vulnerable", reason="again")
    flag = Flag.objects.get()
    assert (flag.set_by_name, flag.set_at) == ("Ana Prieto", NOON)
    assert list(current_flags([ana.pk, ben.pk], NOON)) == [ana.pk]
    with pytest.raises(NotPossible):
        do("lift_flag", ben, flag=flag.pk, reason="x")
    lifted = do("lift_flag", ana, flag=flag.pk, reason="She says she is well.")
    assert lifted.after == {"flags": [], "reason": "She says she is well."}
    with pytest.raises(NotPossible):
        do("lift_flag", ana, flag=flag.pk, reason="x")
    assert current_flags([ana.pk], NOON) == {}
    do("set_flag", ana, flag="vulnerable", reason="again")


def test_a_flag_that_has_run_out_makes_way() -> None:
    ana = make_customer("Ana")
    do("set_flag", ana, flag="abusive", reason="shouted", until="2026-11-21")
    flag = Flag.objects.get()
    assert current_flags([ana.pk], LATER) == {}
    with pytest.raises(NotPossible):
        do("lift_flag", ana, flag=flag.pk, reason="x", at=LATER)
    do("set_flag", ana, flag="abusive", reason="again", at=LATER)
    flag.refresh_from_db()
    assert flag.lifted_at == flag.until
    with pytest.raises(NotPossible) as refused:
        do("set_flag", ana, flag="deceased", reason="x", until="2020-01-01")
    assert list(refused.value.fields) == ["until"]
    twin = make_customer("A.", merged_into=ana)
    twin.flags.create(kind="fraud_alert", reason="x", set_by_name="R", set_at=NOON)
    assert [one.kind for one in current_flags([ana.pk], LATER)[ana.pk]] == ["abusive", "fraud_alert"]
    with pytest.raises(NotPossible):
        do("set_flag", ana, flag="fraud_alert", reason="x")


def test_setting_and_lifting_are_rights_of_their_own() -> None:
    ana = make_customer("Ana")
    setter = make_actor(permissions=frozenset({"customers.view", "customers.set_flags"}))
    do("set_flag", ana, flag="abusive", reason="x", actor=setter)
    with pytest.raises(NotPermitted):
        do("lift_flag", ana, flag=Flag.objects.get().pk, reason="x", actor=setter)


def answer(customer: Customer, said: str, channel: str | None = None, **more: Any) -> Any:
    given = {"purpose": "marketing", "answer": said, "proof": "on the telephone", "channel": channel}
    return do("record_consent", customer, **given | more)


def asked(customer: Customer, channel: ChannelKind = ChannelKind.EMAIL, at: datetime = LATER) -> tuple[bool, str]:
    return may_contact(customer.pk, ConsentPurpose.MARKETING, channel, at)


def test_record_consent_adds_and_the_newest_holds() -> None:
    ana = make_customer("Ana")
    assert asked(ana) == (False, "The customer was never asked.")
    outcome = answer(ana, "given", contact=9)
    assert outcome.after["consents"][0]["answer"] == "given"
    assert asked(ana) == (True, "The customer agreed.")
    answer(ana, "objected", "email", at=NOON + timedelta(minutes=1))
    assert asked(ana) == (False, "The customer objected.")
    assert asked(ana, ChannelKind.LETTER)[0]
    answer(ana, "given", "email", at=NOON + timedelta(minutes=2), until="2026-11-22")
    assert asked(ana, at=NOON + timedelta(minutes=3))[0]
    assert asked(ana) == (False, "The customer's consent has run out.")
    answer(ana, "withdrawn", at=NOON + timedelta(minutes=4))
    for channel in ChannelKind:
        assert asked(ana, channel) == (False, "The customer took their consent back.")
    assert [one.answer for one in Consent.objects.order_by("pk")] == ["given", "objected", "given", "withdrawn"]
    assert Consent.objects.order_by("pk")[0].contact_id == 9
    assert not may_contact(ana.pk, ConsentPurpose.SURVEYS, ChannelKind.EMAIL, LATER).allowed
    with pytest.raises(ArgumentsInvalid):
        answer(ana, "given", proof="")


def test_consent_of_a_merged_row_counts_for_the_file() -> None:
    ana = make_customer("Ana")
    twin = make_customer("A.", merged_into=ana)
    answer(ana, "given")
    twin.consents.create(purpose="marketing", answer="refused", at=NOON + timedelta(minutes=1), taken_by_name="R")
    for one in (ana, twin):
        assert asked(one) == (False, "The customer refused.")


def test_serving_needs_no_consent_but_somebody_to_serve() -> None:
    ana = make_customer("Ana")
    assert may_contact(ana.pk, None, ChannelKind.TELEPHONE, NOON).allowed
    do("set_flag", ana, flag="deceased", reason="told by her son")
    assert may_contact(ana.pk, None, ChannelKind.LETTER, NOON) == (False, "The customer has died.")
    gone = make_customer("—", erased_at=NOON)
    assert not may_contact(gone.pk, None, ChannelKind.LETTER, NOON).allowed
    with pytest.raises(SubjectNotFound):
        may_contact(424242, None, ChannelKind.LETTER, NOON)


@pytest.mark.parametrize(
    ("hours", "at", "allowed"),
    [
        (("09:00", "17:00"), "2026-11-21T08:30:00+00:00", True),  # half past nine in Madrid
        (("09:00", "17:00"), "2026-11-21T07:59:00+00:00", False),
        (("09:00", "17:00"), "2026-11-21T16:00:00+00:00", False),
        (("20:00", "02:00"), "2026-11-21T23:30:00+00:00", True),
        (("20:00", "02:00"), "2026-11-21T12:00:00+00:00", False),
    ],
)
def test_change_preferences_says_when_and_how(hours: tuple[str, str], at: str, allowed: bool) -> None:
    ana = make_customer("Ana", time_zone="Europe/Madrid")
    given = {"preferred_channel": "letter", "reach_from": hours[0], "reach_until": hours[1]}
    recorded = given | {"reach_from": f"{hours[0]}:00", "reach_until": f"{hours[1]}:00"}
    assert do("change_preferences", ana, **given).after == recorded
    moment = datetime.fromisoformat(at)
    assert may_contact(ana.pk, None, ChannelKind.TELEPHONE, moment).allowed == allowed
    assert may_contact(ana.pk, None, ChannelKind.EMAIL, moment).allowed
    assert do("change_preferences", ana).after == {"preferred_channel": "", "reach_from": "", "reach_until": ""}
    assert may_contact(ana.pk, None, ChannelKind.TELEPHONE, moment).allowed


def test_hours_are_both_or_none() -> None:
    ana = make_customer("Ana")
    for wrong, field in (
        ({"reach_from": "09:00"}, "reach_until"),
        ({"reach_until": "09:00"}, "reach_from"),
        ({"reach_from": "09:00", "reach_until": "09:00"}, "reach_until"),
    ):
        with pytest.raises(NotPossible) as refused:
            do("change_preferences", ana, **wrong)
        assert list(refused.value.fields) == [field]


def test_change_accessibility_needs_keeps_each_once_in_order() -> None:
    ana = make_customer("Ana")
    needs = ["more_time", "deaf", "deaf"]
    assert do("change_accessibility_needs", ana, accessibility_needs=needs).after == {
        "accessibility_needs": ["deaf", "more_time"]
    }
    ana.refresh_from_db()
    assert ana.accessibility_needs == ["deaf", "more_time"]
    assert may_contact(ana.pk, None, ChannelKind.TELEPHONE, NOON) == (False, "The customer is deaf: no calls.")
    assert do("change_accessibility_needs", ana, accessibility_needs=[]).before == {
        "accessibility_needs": ["deaf", "more_time"]
    }
    with pytest.raises(ArgumentsInvalid):
        do("change_accessibility_needs", ana, accessibility_needs=["wings"])
