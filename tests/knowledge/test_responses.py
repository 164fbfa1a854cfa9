"""Standard responses: kept in several languages, offered where they fit, filled, with acts that are checked when they are saved."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.perform import perform
from onhand.knowledge.access import visible_responses
from onhand.knowledge.attached_acts import attachable_acts, offered_acts, read_acts, written_acts
from onhand.knowledge.models import StandardResponse
from onhand.knowledge.operations import note_use
from onhand.knowledge.queries import FoundResponse, fill_response, find_responses
from onhand.knowledge.response_fields import Circumstances, response_fields, values_for
from tests.factories import NOON, make_customer
from tests.factories.staff import make_team
from tests.factories.statements import statements
from tests.knowledge.writing import AUTHOR, make_response, reader, without

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 21)


def change(response: StandardResponse, act: str, **arguments: Any) -> StandardResponse:
    perform(f"knowledge.{act}", actor=AUTHOR, subject_id=response.pk, arguments=arguments, at=NOON + timedelta(hours=1))
    return StandardResponse.objects.get(pk=response.pk)


def find(
    typed: str = "", language: str = "en", channel: str = "email", teams: tuple[int, ...] = ()
) -> list[FoundResponse]:
    return find_responses(reader(), typed, language=language, channel=channel, team_ids=teams, today=TODAY)


def test_add_response_and_write_response_text_keep_versions() -> None:
    response = make_response(channels=["email", "chat"])
    response = change(response, "write_response_text", language="es", text="Hola {customer.name}")
    response = change(response, "change_response", name="Label", shortcut="lab", teams=[make_team(name="Returns").pk])
    assert (response.newest, response.texts["es"]) == (3, "Hola {customer.name}")
    versions = list(response.versions.order_by("number"))
    assert [(one.shortcut, sorted(one.texts), one.channels, one.team_names) for one in versions] == [
        ("label", ["en"], ["email", "chat"], []),
        ("label", ["en", "es"], ["email", "chat"], []),
        ("lab", ["en", "es"], [], ["Returns"]),
    ]
    response = change(response, "remove_response_text", language="en")
    for language in ("en", "es"):
        with pytest.raises(NotPossible):
            change(response, "remove_response_text", language=language)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update knowledge_responseversion set name = 'x'")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"shortcut": "Label"}, "shortcut"),
        ({"shortcut": "a b"}, "shortcut"),
        ({"shortcut": "taken"}, "shortcut"),
        ({"text": "Dear {customer.shoe_size}"}, "text"),
        ({"text": "Dear ⟦Name⟧"}, "text"),
        ({"language": "xx"}, "language"),
        ({"teams": [424242]}, "teams"),
        ({"acts": "customers.fly"}, "acts"),
    ],
)
def test_add_response_says_which_field_is_at_fault(given: dict[str, Any], field: str) -> None:
    make_response(shortcut="taken")
    with pytest.raises(NotPossible) as error:
        make_response(**given)
    assert field in error.value.fields


def test_only_who_may_writes_them() -> None:
    with pytest.raises(NotPermitted):
        perform(
            "knowledge.add_response",
            actor=without(AUTHOR, "knowledge.manage_responses"),
            arguments={"name": "x", "shortcut": "x", "language": "en", "text": "x"},
            at=NOON,
        )


def test_withdraw_response_and_take_up_response() -> None:
    response = change(make_response(), "withdraw_response")
    assert not find("label")
    assert not visible_responses(reader()).exists()
    assert list(visible_responses(AUTHOR)) == [response]
    with pytest.raises(NotPossible):
        change(response, "withdraw_response")
    response = change(response, "take_up_response")
    assert [one.id for one in find("label")] == [response.pk]
    with pytest.raises(NotPossible):
        change(response, "take_up_response")


def test_responses_are_offered_where_they_fit() -> None:
    returns, orders = make_team(name="Returns").pk, make_team(name="Orders").pk
    make_response("Everywhere", "all")
    make_response("By mail", "mail", channels=["email"])
    make_response("Of returns", "returns", teams=[returns])
    assert [one.shortcut for one in find()] == ["mail", "all"]
    assert [one.shortcut for one in find(channel="chat")] == ["all"]
    assert [one.shortcut for one in find(channel="")] == ["mail", "all"]
    assert [one.shortcut for one in find(channel="chat", teams=(returns, orders))] == ["all", "returns"]
    assert [one.shortcut for one in find(channel="chat", teams=(orders,))] == ["all"]
    assert (
        find_responses(without(reader(), "knowledge.read"), "", language="en", channel="", team_ids=(), today=TODAY)
        == []
    )


def test_the_shortcut_comes_first_then_the_language_then_use() -> None:
    make_response("Refund sent", "refund", text="The label is not needed.")
    named = make_response("Label for returns", "zz", text="Print it.")
    short = make_response("Parcel", "label", text="Print it.")
    spanish = make_response("Etiqueta label", "etiqueta", text="Imprima.", language="es")
    assert [one.shortcut for one in find("label")] == ["label", "zz", "refund", "etiqueta"]
    assert [one.shortcut for one in find("label", language="es")] == ["etiqueta", "label", "zz", "refund"]
    assert [one.shortcut for one in find("PRI lab")] == ["zz"]
    assert find("nothing") == find("%") == find("label\0x") == []
    found = find("etiqueta", language="en")[0]
    assert (found.id, found.language, found.text) == (spanish.pk, "es", "Imprima.")
    for _time in range(3):
        note_use(named.pk, language="en", day=TODAY)
    note_use(short.pk, language="en", day=TODAY - timedelta(days=100))
    assert [one.shortcut for one in find("print")] == ["zz", "label"]
    assert named.used.get().uses == 3


def test_one_statement_offers() -> None:
    make_response()
    with statements() as sent:
        find("lab")
    assert len(sent) == 1


def test_fill_response_fills_what_is_known() -> None:
    text = "Dear {customer.addressed} ({customer.reference}), {today}. {case.reference} {representative.first_name}"
    make_response(text=text)
    customer = make_customer("Ana Núñez", form_of_address="Ms")
    values = values_for(Circumstances(AUTHOR, customer, TODAY, "en"), {"case.reference": ""})
    filled = fill_response(find("label")[0], values)
    assert filled.text == f"Dear Ms Ana Núñez ({customer.reference}), 21 November 2026. ⟦Reference of the case⟧ Ana"
    assert filled.gaps == ("case.reference",)
    nobody = values_for(Circumstances(AUTHOR, None, TODAY, "es"), {"case.reference": "K1"})
    assert nobody == {
        "case.reference": "K1",
        "representative.name": "Ana Prieto",
        "representative.first_name": "Ana",
        "today": "21 de noviembre de 2026",
    }
    assert values_for(Circumstances(AUTHOR, None, TODAY, "no such"))["today"] == "21 November 2026"
    assert all(field.label and field.example for field in response_fields())


def test_acts_are_read_checked_and_written_again() -> None:
    written = 'customers.add_note text="Said \\"yes\\", sent"\ncustomers.change_language language=es'
    kept = read_acts(written, at=NOON)
    assert kept == [
        {"act": "customers.add_note", "arguments": {"text": 'Said "yes", sent'}},
        {"act": "customers.change_language", "arguments": {"language": "es"}},
    ]
    assert read_acts(written_acts(kept), at=NOON) == kept
    assert read_acts(" \n", at=NOON) == []
    response = make_response(acts=written)
    assert response.acts == kept


@pytest.mark.parametrize(
    "written",
    [
        "customers.add_note text",
        "customers.add_note nonsense=1",
        'customers.add_note text="open',
        "customers.add_note text=[1,",
        "customers.register_customer",  # makes a customer: an answer is to one
        "staff.deactivate",  # not about a customer
        "no.such",
        "rm -rf",
        "customers.change_language language=[1]",
        "\n".join(["customers.add_note"] * 11),
    ],
)
def test_acts_that_cannot_be_are_refused(written: str) -> None:
    with pytest.raises(NotPossible) as error:
        read_acts(written, at=NOON)
    assert "acts" in error.value.fields


def test_offered_acts_say_what_is_missing_and_who_may() -> None:
    kept = [*read_acts("customers.add_note", at=NOON), {"act": "gone.away", "arguments": {}}]
    (offered,) = offered_acts(kept, reader(), at=NOON)
    assert (offered.subject, offered.missing, offered.may) == ("customer", ("text",), False)
    assert offered_acts(kept, AUTHOR, at=NOON)[0].may
    assert {act.subject for act in attachable_acts()} <= {"customer", "contact", "case"}
