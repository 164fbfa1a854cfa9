"""Every field of every act through REST: naughty texts, huge numbers and wrong kinds are told at the field, never an error of ours."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from onhand.customers.enums import CustomerKind
from onhand.customers.models import Customer
from onhand.kernel.acts import Act, Run, act, all_acts, forget_act, get_act
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from tests.factories import make_customer
from tests.factories.callers import Caller

TEXTS = [
    *("", " ", "\0", "a\0b", "\ud800", "a\udfff", "\x1b[2J", "\x7f", "\ufeff", "\u202etxet\u202c", "\u2028", "\uffff"),
    *("x" * 10_001, "💩" * 300, "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢", "'; drop table x; --", "<script>alert(1)</script>", "{{ 7*7 }}", "%s%n%d"),
    *("../../etc/passwd", "undefined", "null", "NaN", "1e309", "-1", "0x10", "१२३", "١٢٣", "１２３", "ﷺ", "ß", "İ"),
    *(
        "2026-02-30",
        "0000-01-01",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "10000-01-01",
        "EUR",
        "EUR 1e5",
    ),
    *(
        "EUR 9999999999999999999999",
        "XXX 1",
        "eur 1,5",
        "en",
        "es",
        "ES",
        "a@b",
        "a@b.c" * 60,
        "+34600000000",
        "+" + "9" * 39,
    ),
]
NUMBERS = [0, -1, 1, 2**31, 2**63 - 1, 2**63, -(2**63), 2**64, 10**400, 0.5, -0.0, 1e308, 1.0]
VALUES = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(NUMBERS),
    st.text(max_size=40),
    st.sampled_from([None, True, False, [], {}, [None], [[]], {"minor": 10**30, "currency": "EUR"}, ["x"] * 501]),
    st.fixed_dictionaries(
        {"minor": st.integers(), "currency": st.sampled_from(["EUR", "", "\0", "\ud800", "ZZZ", "x" * 99])}
    ),
    st.lists(st.sampled_from([*TEXTS, *NUMBERS, None]), max_size=3),
)


@pytest.fixture
def act_of_every_kind() -> Iterator[None]:
    """An act with an argument of every kind there is."""

    @act(name="tests.take_anything", subject="customer", permission="customers.view", label="Take anything")
    def take_anything(
        customer: Customer,
        *,
        run: Run,
        line: str | None = None,
        text: Annotated[str | None, Field(widget="textarea")] = None,
        number: int | None = None,
        choice: CustomerKind | None = None,
        amount: Money | None = None,
        euros: Annotated[Money | None, Field(currency="EUR")] = None,
        day: date | None = None,
        moment: datetime | None = None,
        flag: bool = False,
        words: list[str] | None = None,
        kinds: list[CustomerKind] | None = None,
        refers: Annotated[int | None, Field(reference="customers.email")] = None,
    ) -> None:
        """Take an argument of every kind."""
        for name, value in locals().copy().items():
            if name not in ("customer", "run"):
                run.changed(name, after=value)

    yield
    forget_act("tests.take_anything")


def filled(one: Act, name: str, value: Any) -> dict[str, Any]:
    """Arguments with one naughty value, the others as good as a stranger could guess them."""
    good = {
        "boolean": True,
        "number": 1,
        "reference": 1,
        "date": "2026-12-31",
        "money": {"minor": 1, "currency": "EUR"},
    }
    arguments = {}
    for field in one.fields:
        if field.required:
            options = field.offered()
            arguments[field.name] = options[0][0] if options else good.get(field.widget, "a")
    return arguments | {name: value}


@pytest.fixture
def customer(db: None) -> Customer:
    return make_customer()


@settings(
    max_examples=500,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_naughty_values_in_every_field(
    act_of_every_kind: None, caller: Caller, customer: Customer, unlimited: None, data: DataObject
) -> None:
    of_every_kind = get_act("tests.take_anything")
    one = data.draw(
        st.one_of(st.just(of_every_kind), st.sampled_from([a for a in all_acts() if a.fields])), label="act"
    )
    field = data.draw(st.sampled_from(one.fields), label="field")
    value = data.draw(VALUES, label="value")
    subject = None if one.creates else customer.pk if one.subject == "customer" else data.draw(st.integers(1, 9))
    asked = json.dumps({"subject_id": subject, "arguments": filled(one, field.name, value)})
    response = caller.post(f"acts/{one.name}/preview", asked.encode())
    assert response.status_code in {200, 403, 404, 409, 422}, (response.content, asked)
    told = response.json()
    if response.status_code == 422:
        assert told["message"]
        assert set(told["fields"]) <= {f.name for f in one.fields}, told
        assert one is not of_every_kind or set(told["fields"]) == {field.name}, told
    assert "\0" not in json.dumps(told, ensure_ascii=False)


@pytest.fixture
def unlimited(settings: Any) -> None:
    settings.API_PER_MINUTE = 1_000_000


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-01-01T00:00:00", "x"]
)
def test_moments_outside_the_calendar(act_of_every_kind: None, caller: Caller, moment: str) -> None:
    asked = {"subject_id": make_customer().pk, "arguments": {"moment": moment}}
    response = caller.post("acts/tests.take_anything", asked)
    assert (response.status_code, list(response.json()["fields"])) == (422, ["moment"])
