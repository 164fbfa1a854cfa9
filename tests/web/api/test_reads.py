"""Reading over REST: only what the caller may see, in pages that miss nothing, and every opened file recorded."""

import json
from datetime import date, time
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from onhand.customers.models import Identity, Note
from onhand.kernel.actor import Actor
from onhand.kernel.models import AccessRecord
from onhand.kernel.perform import perform
from onhand.kernel.records import Subject, publish
from onhand.staff.events import SignedIn
from onhand.staff.models import Representative, Site
from onhand.web.api import reads
from onhand.web.api.tools import call_tool
from tests.factories import NOON, make_actor, make_customer
from tests.factories.callers import Caller
from tests.factories.staff import make_person


@pytest.mark.django_db
def test_me(make_caller: Any) -> None:
    caller = make_caller(limits={"orders.refund": {"EUR": 5000}}, token={"scopes": ["customers.view", "more"]})
    response = caller.get("me")
    assert response["Cache-Control"] == "no-store"
    assert response.json() == {
        "kind": "service",
        "id": Representative.objects.get().pk,
        "name": "Ana",
        "role": "ana",
        "permissions": ["customers.view"],
        "visibility": "all",
        "site_ids": [],
        "team_ids": [],
        "limits": {"orders.refund": {"EUR": 5000}},
    }


@pytest.mark.django_db
def test_pages_of_customers_hold_each_once(caller: Caller) -> None:
    made = {make_customer(name=name).pk for name in ("Ana", "Ana", "Ana", "Bea", "Óscar", "Zoë")}
    seen, after = [], None
    while True:
        page = caller.get("customers", size=2, **({"after": after} if after else {})).json()
        seen += [line["id"] for line in page["customers"]]
        after = page["next"]
        if after is None:
            break
    assert (len(seen), set(seen)) == (6, made)


@pytest.mark.django_db
def test_words_find_without_accents_in_any_order(caller: Caller) -> None:
    wanted = make_customer(name="Núñez Prieto, Ana", search_text="nunez prieto, ana")
    make_customer(name="Bea", search_text="bea")
    found = caller.get("customers", words="ANA núñez").json()["customers"]
    assert [line["id"] for line in found] == [wanted.pk]


@pytest.mark.django_db
def test_only_customers_of_own_sites(make_caller: Any) -> None:
    here, there = Site.objects.create(name="Madrid"), Site.objects.create(name="Lima")
    mine, other = make_customer(site=here), make_customer(site=there)
    caller = make_caller(visibility="site")
    Representative.objects.get().sites.add(here)
    assert [line["id"] for line in caller.get("customers").json()["customers"]] == [mine.pk]
    assert caller.get(f"customers/{mine.pk}", reason="x").status_code == 200
    for address in (f"customers/{other.pk}", f"customers/{other.pk}/records", "customers/9223372036854775807"):
        assert caller.get(address, reason="x").status_code == 404
    assert list(AccessRecord.objects.values_list("subject_id", flat=True)) == [mine.pk]


@pytest.mark.django_db
def test_file_has_what_acts_ask_for_and_leaves_an_access_record(caller: Caller) -> None:
    customer = make_customer(name="Ana", city="Madrid", version=3)
    email = Identity.objects.create(customer=customer, kind="email", value="ana@example.com", created_at=NOON)
    Note.objects.create(customer=customer, text="called", author_name="Bea", created_at=NOON)
    file = caller.get(f"customers/{customer.pk}", reason="billing question", contact_id=9).json()
    assert (file["version"], file["city"], file["telephones"]) == (3, "Madrid", [])
    assert file["emails"] == [{"id": email.pk, "value": "ana@example.com", "label": "", "is_masked": False}]
    assert file["notes"][0]["text"] == "called"
    access = AccessRecord.objects.get()
    assert (access.subject_id, access.reason, access.contact_id, access.via) == (
        customer.pk,
        "billing question",
        9,
        "api",
    )


@pytest.mark.django_db
def test_the_whole_file_is_read_with_what_hangs_on_it(caller: Caller) -> None:
    ana, ben = (
        make_customer("Ana", born_on=date(1980, 2, 29), reach_from=time(9), reach_until=time(17)),
        make_customer("Ben"),
    )
    for act, arguments in (
        ("add_handle", {"network": "Telegram", "handle": "@ana"}),
        ("add_address", {"address_kind": "work", "address_lines": "1", "city": "Oran", "country": "DZ"}),
        ("set_flag", {"flag": "vulnerable", "reason": "ill"}),
        ("record_consent", {"purpose": "surveys", "answer": "given", "proof": "asked"}),
        ("found_household", {}),
        (
            "add_relation",
            {
                "other": ben.pk,
                "relation_kind": "authorised",
                "may_be_told": ["preferences"],
                "may_do": [],
                "function": "son",
            },
        ),
    ):
        perform(f"customers.{act}", actor=make_actor(), subject_id=ana.pk, arguments=arguments, at=NOON)
    file = caller.get(f"customers/{ana.pk}", reason="asked").json()
    assert [(one["network"], one["value"]) for one in file["identities"]] == [("telegram", "ana")]
    assert [one["city"] for one in file["addresses"]] == ["Oran"]
    assert [(one["kind"], one["reason"]) for one in file["flags"]] == [("vulnerable", "ill")]
    assert [(one["purpose"], one["answer"]) for one in file["consents"]] == [("surveys", "given")]
    assert file["household"] == {"id": file["household"]["id"], "name": "Ana", "others": []}
    (spoken,) = file["represented_by"]
    assert (spoken["party"], spoken["may_be_told"]) == (
        {"id": ben.pk, "name": "Ben", "reference": ben.reference},
        ["preferences"],
    )
    assert (file["reach_from"], file["reach_until"]) == ("09:00:00", "17:00:00")
    assert "born_on" in file["masked"], "shown only by an act of its own"
    assert "1980" not in json.dumps(file)
    theirs = caller.get(f"customers/{ben.pk}", reason="asked").json()["represents"]
    assert [one["party"]["name"] for one in theirs] == ["Ana"]


@pytest.mark.django_db
def test_records_newest_first_in_pages(caller: Caller) -> None:
    customer = make_customer()
    for text in ("one", "two", "three"):
        _note(make_actor(), customer.pk, text)
    first = caller.get(f"customers/{customer.pk}/records", reason="check", size=2).json()
    second = caller.get(f"customers/{customer.pk}/records", reason="check", size=2, before=first["next"]).json()
    texts = [record["arguments"]["text"] for record in first["records"] + second["records"]]
    assert (texts, second["next"]) == (["three", "two", "one"], None)


def _note(actor: Actor, customer_id: int, text: str) -> None:
    perform("customers.add_note", actor=actor, arguments={"text": text}, subject_id=customer_id, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_events_on_what_the_caller_may_see_in_order(make_caller: Any) -> None:
    here = Site.objects.create(name="Madrid")
    mine, other = make_customer(site=here), make_customer()
    caller = make_caller(visibility="site")
    Representative.objects.get().sites.add(here)
    for subject in (mine, other, mine, other):
        _note(make_actor(), subject.pk, "x")
    first = caller.get("events", size=1).json()
    assert [event["subject_id"] for event in first["events"]] == [mine.pk]
    second = caller.get("events", since=first["next"]).json()
    assert [(event["subject_id"], event["name"]) for event in second["events"]] == [(mine.pk, "kernel.act_done")]
    third = caller.get("events", since=second["next"]).json()
    assert third == {"events": [], "next": second["next"]}


def test_events_of_colleagues_are_for_who_may_read_records(make_caller: Any) -> None:
    lead = make_caller("lead@example.com", permissions=["staff.view", "records.view"])
    asked = make_caller("asked@example.com", permissions=["staff.view"])
    ids = [Representative.objects.get(email=f"{name}@example.com").pk for name in ("lead", "asked")]
    for number in ids:
        with transaction.atomic():
            event = SignedIn(method="password", address="192.0.2.7")
            publish(event, actor=make_actor(), subject=Subject("representative", number), at=NOON)
    assert [event["subject_id"] for event in lead.get("events").json()["events"]] == ids
    assert [event["subject_id"] for event in asked.get("events").json()["events"]] == ids[1:]


@pytest.mark.django_db(transaction=True)
def test_event_under_way_holds_back_the_later_ones() -> None:
    import threading

    from django.db import connection

    customers = [make_customer(), make_customer()]
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select pg_current_xact_id(), nextval(pg_get_serial_sequence('kernel_eventrecord', 'id'))")
            begun.set()
            go_on.wait(10)
        connection.close()

    holder = threading.Thread(target=slow)
    holder.start()
    begun.wait(10)
    _note(make_actor(), customers[0].pk, "later id, earlier commit")
    assert reads.read_events(make_actor()).events == []
    go_on.set()
    holder.join(10)
    assert [event.subject_id for event in reads.read_events(make_actor()).events] == [customers[0].pk]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "query", "field"),
    [
        ("customers", {"words": "a\0b"}, "words"),
        ("customers", {"words": "x" * 201}, "words"),
        ("customers", {"size": 0}, "size"),
        ("customers", {"size": 10**30}, "size"),
        ("customers", {"size": "x"}, "size"),
        ("customers", {"after": "x"}, "after"),
        ("customers", {"after": "ñ"}, "after"),
        ("customers", {"after": "WyJcdWQ4MDAiLDFd"}, "after"),
        ("customers", {"after": "WyJcdTAwMDAiLDFd"}, "after"),
        ("customers", {"after": "W1tdLDFd"}, "after"),
        ("customers/0", {"reason": "x"}, "customer_id"),
        ("customers/-1", {"reason": "x"}, "customer_id"),
        ("customers/x", {"reason": "x"}, "customer_id"),
        ("customers/9223372036854775808", {"reason": "x"}, "customer_id"),
        ("customers/" + "9" * 5000, {"reason": "x"}, "customer_id"),
        ("customers/1", {}, "reason"),
        ("customers/1", {"reason": "  "}, "reason"),
        ("customers/1", {"reason": "a\nb"}, "reason"),
        ("customers/1", {"reason": "x", "contact_id": 2**63}, "contact_id"),
        ("customers/1/records", {"reason": "x", "before": 0}, "before"),
        ("events", {"since": -1}, "since"),
        ("events", {"since": 2**63}, "since"),
    ],
)
def test_wrong_question_is_told_at_its_field(caller: Caller, address: str, query: dict[str, Any], field: str) -> None:
    response = caller.get(address, **query)
    assert (response.status_code, list(response.json()["fields"])) == (422, [field]), response.content
    assert AccessRecord.objects.count() == 0


@pytest.mark.django_db
def test_bytes_that_are_no_text_are_no_error_of_ours(caller: Caller) -> None:
    for query in (
        "words=%ff%fe",
        "words=%ED%A0%80",
        "words=%F0%9F%92%A9",
        "after=%00",
        "nothing=1",
        "&&&==",
        "words=%",
    ):
        response = caller.client.get(f"/api/v1/customers?{query}", headers=caller.headers)
        assert response.status_code in {200, 422}


@pytest.mark.django_db
def test_wrong_tokens_are_told_so(make_caller: Any) -> None:
    late = make_caller("late@example.com", token={"expires_at": NOON.replace(year=2000)})
    gone = make_caller("gone@example.com", token={"revoked_at": NOON})
    for authorization in (
        *("", "Bearer", "Bearer x", "Basic eDp5", "Bearer onh_" + "x" * 43, "Bearer onh_ñ" + "x" * 42),
        *(f"Bearer {late.token}", f"Bearer {gone.token}"),
    ):
        response = Client().get("/api/v1/me", headers={"Authorization": authorization})
        assert (response.status_code, response.json()["code"]) == (401, "not_signed_in")
        assert response["WWW-Authenticate"].startswith("Bearer")
    assert Client().get("/api/v1/me").status_code == 401


@pytest.mark.django_db
def test_signed_in_browser_needs_the_csrf_header_to_act() -> None:
    browser, here = Client(enforce_csrf_checks=True), Site.objects.create(name="Madrid")
    person = make_person("supervisor", name="Bea Ruiz", sites=(here,))
    browser.force_login(person)
    me = browser.get("/api/v1/me").json()
    assert (me["name"], me["role"], me["kind"]) == ("Bea Ruiz", "supervisor", "person")
    address = "/api/v1/acts/customers.add_note"
    asked = {"subject_id": make_customer(owner=person, site=here).pk, "arguments": {"text": "x"}}
    refused = browser.post(address, asked, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    browser.cookies["onhand_csrf"] = "x" * 32
    done = browser.post(address, asked, content_type="application/json", headers={"X-CSRFToken": "x" * 32})
    assert done.status_code == 200
    bad_token = browser.get("/api/v1/me", headers={"Authorization": "Bearer x"})
    assert bad_token.status_code == 401


@pytest.mark.django_db
def test_a_merged_customers_id_gives_the_file_it_is_part_of_and_says_so(caller: Caller) -> None:
    ana, twice = make_customer("Ana"), make_customer("A. Prieto")
    actor = make_actor()
    for name, customer, arguments in (
        ("customers.add_email", twice, {"email": "a.prieto@example.com"}),
        ("customers.add_note", twice, {"text": "Before."}),
        ("customers.merge_customer", ana, {"other": twice.pk, "reason": "x"}),
    ):
        perform(name, actor=actor, subject_id=customer.pk, arguments=arguments, at=NOON)
    plain = caller.get(f"customers/{ana.pk}", reason="asked").json()
    assert (plain["id"], plain["merged_into"]) == (ana.pk, None)
    led = caller.get(f"customers/{twice.pk}", reason="asked").json()
    assert led == plain | {"merged_into": ana.pk}
    assert [one["value"] for one in led["emails"]] == ["a.prieto@example.com"]
    assert [note["text"] for note in led["notes"]] == ["Before."]
    records = caller.get(f"customers/{twice.pk}/records", reason="asked").json()["records"]
    assert [one["act"] for one in records] == ["customers.merge_customer", "customers.add_note", "customers.add_email"]
    assert set(AccessRecord.objects.values_list("subject_id", flat=True)) == {ana.pk}
    found = caller.get("customers", words="prieto").json()["customers"]
    assert [one["id"] for one in found] == [ana.pk], "found by the name that was merged"
    refused = caller.post("acts/customers.add_note", {"subject_id": twice.pk, "arguments": {"text": "x"}})
    assert (refused.status_code, refused.json()["code"], refused.json()["merged_into"]) == (409, "merged", ana.pk)
    told, is_error = call_tool(actor, "customers-add_note", {"subject_id": twice.pk, "arguments": {"text": "x"}})
    assert (is_error, told["code"], told["merged_into"]) == (True, "merged", ana.pk)
    read, is_error = call_tool(actor, "read_customer", {"customer_id": twice.pk, "reason": "asked"})
    assert (is_error, read["id"], read["merged_into"]) == (False, ana.pk, ana.pk)
