"""Rules as pure values: total, deterministic, bounded; and what was meant by words and addresses."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onhand.kernel.errors import ArgumentsInvalid
from onhand.rules.actions import offered_actions
from onhand.rules.conditions import Condition
from onhand.rules.definitions import LONGEST_DEFINITION, parse_rule, read_rule, trusted_rules
from onhand.rules.enums import GroupHow, How, Moment
from onhand.rules.phrases import address_fits, haystack, read_phrase
from onhand.rules.planning import plan
from onhand.rules.qualities import HOWS, Kind, all_qualities
from onhand.rules.situations import Course, Known, Situation
from tests.rules.made import condition, definition

MONDAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
TEXTS = st.text(max_size=60)
PRIORITIES = st.sampled_from(["-1", "0", "1", "2"])


def values_of(kind: Kind) -> st.SearchStrategy[Any]:
    words = st.lists(
        st.text(alphabet="abcé ñ日", min_size=1, max_size=8).filter(lambda t: bool(t.strip())), min_size=1, max_size=4
    )
    return {
        Kind.WORDS: words,
        Kind.ADDRESSES: st.lists(
            st.sampled_from(["a@b.example", "b.example", "*@b.example", "*"]), min_size=1, max_size=3
        ),
        Kind.CHOICE: st.lists(st.sampled_from(["0", "1", "2", "none", "es", "en"]), min_size=1, max_size=3),
        Kind.NUMBER: st.integers(0, 100),
        Kind.YES_NO: st.none(),
        Kind.CLOCK: st.sampled_from(["8:00-18:00", "22:00-6:00", "0:00-24:00"]),
    }[kind]


@st.composite
def conditions(draw: Any) -> dict[str, Any]:
    quality = draw(st.sampled_from(all_qualities()))
    how = draw(st.sampled_from(HOWS[quality.kind]))
    return condition(quality.key, how.value, draw(values_of(quality.kind)))


@st.composite
def rules(draw: Any) -> dict[str, Any]:
    groups = draw(
        st.lists(
            st.fixed_dictionaries(
                {"how": st.sampled_from(GroupHow.values), "conditions": st.lists(conditions(), min_size=1, max_size=3)}
            ),
            max_size=3,
        )
    )
    return definition("R") | {
        "groups": groups,
        "joined": draw(st.sampled_from(["all", "any"])),
        "when": draw(st.sampled_from(["new_contact", "message"])),
        "stops": draw(st.booleans()),
        "actions": [{"do": "set_priority", "with": {"priority": draw(PRIORITIES)}}],
    }


situations = st.builds(
    Situation,
    message_id=st.just(1),
    contact_id=st.just(1),
    at=st.datetimes(timezones=st.just(UTC)),
    sender=st.sampled_from(["", "a@b.example", "c@d.b.example", "kein"]),
    recipients=st.lists(TEXTS, max_size=2).map(tuple),
    subject=TEXTS,
    text=TEXTS,
    attachments=st.lists(TEXTS, max_size=2).map(tuple),
    automatic=st.sampled_from(["", "list"]),
    known=st.builds(
        Known,
        is_new=st.booleans(),
        language=st.sampled_from(["", "es", "en"]),
        priority=st.integers(-1, 2),
        team=st.none() | st.integers(1, 2),
    ),
)


@given(st.lists(rules(), max_size=4), situations)
@settings(max_examples=150, deadline=None)
def test_every_rule_has_an_answer_and_always_the_same(written: list[dict[str, Any]], situation: Situation) -> None:
    read = [read_rule(one) for one in written]
    first = [match.as_json() for match in plan(read, situation, lambda _address: None)]
    again = trusted_rules([json.loads(json.dumps(one.as_json())) for one in read])
    assert [match.as_json() for match in plan(again, situation, lambda _address: None)] == first
    stopping = [place for place, match in enumerate(first) if next(r for r in read if r.key == match["rule"]).stops]
    assert not stopping or stopping == [len(first) - 1]


@given(conditions(), situations)
@settings(max_examples=150, deadline=None)
def test_a_condition_and_its_opposite_never_agree(written: dict[str, Any], situation: Situation) -> None:
    opposites = {
        How.HAS_ANY: How.HAS_NONE,
        How.HAS_NONE: How.HAS_ANY,
        How.IS_ANY: How.IS_NONE,
        How.IS_NONE: How.IS_ANY,
        How.YES: How.NO,
        How.NO: How.YES,
        How.BETWEEN: How.OUTSIDE,
        How.OUTSIDE: How.BETWEEN,
    }
    rule = read_rule(definition("R", written))
    one = rule.groups[0].conditions[0]
    if one.how in opposites:
        other = Condition(one.what, opposites[one.how], one.value)
        course = Course.at_first(situation.known)
        assert (one.holds(situation, course) is None) != (other.holds(situation, course) is None)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["name", "when", "groups", "conditions", "actions", "how", "what", "value", "do", "with", "joined"]
                ),
                inner,
                max_size=6,
            )
        ),
        max_leaves=25,
    )
)
@settings(max_examples=200, deadline=None)
def test_any_json_is_a_rule_or_is_refused(given_json: Any) -> None:
    try:
        rule = read_rule(given_json)
    except ArgumentsInvalid as refused:
        assert refused.fields
    else:
        assert rule.actions


@pytest.mark.parametrize(
    "hostile",
    [
        "[" * 50_000,
        '{"a":' * 20_000,
        "x" * (LONGEST_DEFINITION + 1),
        json.dumps(definition("R", *[condition("subject", "has_any", ["a"])] * 5_000)),
        json.dumps(definition("R") | {"groups": [{"how": "all", "conditions": []}] * 5_000}),
        json.dumps(definition("R") | {"actions": [{"do": "set_priority", "with": {"priority": "1"}}] * 5_000}),
        json.dumps(definition("R", condition("subject", "has_any", [f"w{n}" for n in range(5_000)]))),
        json.dumps(definition("R", condition("subject", "has_any", ["*" * 1_000]))),
        json.dumps(definition("R", condition("earlier", "at_least", 10**400))),
        "NaN",
        '"text"',
    ],
)
def test_huge_and_deep_rules_are_refused_at_once(hostile: str) -> None:
    begun = time.process_time()
    with pytest.raises(ArgumentsInvalid):
        parse_rule(hostile)
    assert time.process_time() - begun < 30  # of work: without a bound it is minutes


def test_no_pattern_and_no_text_makes_it_slow() -> None:
    begun = time.process_time()
    assert not address_fits("*a" * 49, "a" * 100_000 + "b")
    long = Situation(1, 1, MONDAY, subject="a " * 500_000, text="äß" * 1_000_000)
    rule = read_rule(
        definition("R", *[condition("text", "has_any", [f"*{n}*" for n in range(100)])] * 20, when="message")
    )
    assert plan([rule] * 20, long, lambda _address: None) == []
    assert time.process_time() - begun < 30


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("invoice", "My INVOICE, please", True),
        ("invoice", "invoices", False),
        ("invoice*", "invoices", True),
        ("*rechnung", "Die Stromrechnung fehlt", True),
        ("late delivery", "a late\n  delivery!", True),
        ("late delivery", "late and delivery", False),
        ("avería", "Tengo una AVERIA", True),
        ("E-Mail", "per e mail", True),
        ("返品", "商品を返品したい", True),
        ("a", "", False),
    ],
)
def test_words_are_found_as_people_mean_them(phrase: str, text: str, found: bool) -> None:
    assert read_phrase(phrase).is_in(haystack(text)) is found


@pytest.mark.parametrize(
    ("pattern", "address", "fits"),
    [
        ("ana@shop.example", "Ana@Shop.example", True),
        ("ana@shop.example", "banana@shop.example", False),
        ("shop.example", "x@shop.example", True),
        ("@shop.example", "x@mail.shop.example", True),
        ("shop.example", "x@myshop.example", False),
        ("*@shop.example", "x@shop.example", True),
        ("billing*@*.example", "billing-2@a.example", True),
        ("*shop*", "a@webshop.example", True),
        ("", "a@b.example", False),
        ("b.example", "", False),
    ],
)
def test_addresses_fit_as_people_mean_them(pattern: str, address: str, fits: bool) -> None:
    assert address_fits(pattern, address) is fits


def test_a_night_goes_over_midnight() -> None:
    rule = read_rule(definition("R", condition("clock", "between", "22:00-6:00"), when="message"))
    hours = [0, 5, 6, 12, 21, 22, 23]
    asked = [
        plan([rule], Situation(1, 1, MONDAY.replace(hour=hour, minute=0)), lambda _a: None) != [] for hour in hours
    ]
    assert asked == [True, True, False, False, False, True, True]


def test_what_this_version_does_not_know_never_holds() -> None:
    stored = read_rule(definition("R", condition("subject", "has_none", ["x"]), how="none", when="message")).as_json()
    stored["groups"][0]["conditions"][0]["what"] = "mood"
    assert plan(trusted_rules([stored]), Situation(1, 1, MONDAY), lambda _a: None) == []


def test_waiting_rules_are_asked_only_after_their_time() -> None:
    rule = read_rule(definition("R", when="waiting", wait_minutes=60))
    waiting = [Situation(1, 1, MONDAY, Moment.WAITING, waited_minutes=minutes) for minutes in (59, 60)]
    assert [len(plan([rule], one, lambda _a: None)) for one in waiting] == [0, 1]
    assert plan([rule], Situation(1, 1, MONDAY), lambda _a: None) == []


def test_an_answer_waits_its_hours() -> None:
    from onhand.rules.planning import why_not_answered

    asked = Situation(1, 1, MONDAY, sender="a@b.example")
    course = Course.at_first(asked.known)
    for hours, why in ((23, "lately"), (24, "")):
        before = MONDAY - timedelta(hours=hours)
        assert why_not_answered(asked, course, lambda _a, at=before: at, hours=24) == why


def test_what_rules_do_are_acts_on_the_contact() -> None:
    named = {kind.act_name for kind in offered_actions()}
    assert {"contacts.hand_to_team", "contacts.set_contact_priority", "contacts.answer", "contacts.wrap_up"} <= named
    assert all(kind.act is not None and kind.act.subject == "contact" for kind in offered_actions())
