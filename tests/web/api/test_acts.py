"""Acts over REST: done through the one way, and every wrong request told clearly."""

import json
from typing import Any

import pytest

from onhand.customers.models import Note
from onhand.kernel.models import AccessRecord, ActRecord
from tests.factories import make_customer
from tests.factories.callers import Caller

pytestmark = pytest.mark.django_db
ADDRESS = {"address_lines": "Calle Mayor 1", "postal_code": "28013", "city": "Madrid", "country": "ES"}


def test_act_is_done_and_recorded_as_the_callers(caller: Caller) -> None:
    customer = make_customer()
    asked = {"subject_id": customer.pk, "version": 1, "arguments": ADDRESS, "contact_id": 7, "case_id": 8}
    response = caller.post("acts/customers.change_address", asked)
    assert response.status_code == 200, response.content
    done = response.json()
    record = ActRecord.objects.get()
    assert (record.actor_name, record.via, record.contact_id, record.case_id) == ("Ana", "api", 7, 8)
    assert (done["record_id"], done["version"], done["is_replay"]) == (record.pk, 2, False)
    assert done["after"] == ADDRESS | {"time_zone": "Europe/Madrid"}
    assert done["decision"]["answer"] == "allow"


def test_preview_changes_nothing(caller: Caller) -> None:
    customer = make_customer()
    response = caller.post("acts/customers.change_address/preview", {"subject_id": customer.pk, "arguments": ADDRESS})
    assert response.json()["after"] == ADDRESS | {"time_zone": "Europe/Madrid"}
    assert response.json()["record_id"] is None
    customer.refresh_from_db()
    assert (customer.city, ActRecord.objects.count()) == ("", 0)
    read = AccessRecord.objects.get()  # the answer says what is stored
    assert (read.subject_id, read.page, read.reason, read.via) == (
        *(customer.pk, "api.preview"),
        *("customers.change_address", "api"),
    )


def test_same_key_acts_once_and_another_body_is_refused(caller: Caller) -> None:
    asked = {"subject_id": make_customer().pk, "arguments": {"text": "called"}}
    first = caller.post("acts/customers.add_note", asked, key="k-1").json()
    second = caller.post("acts/customers.add_note", asked, key="k-1").json()
    assert second["record_id"] == first["record_id"]
    assert second["is_replay"]
    assert Note.objects.count() == 1
    other = caller.post("acts/customers.add_note", asked | {"arguments": {"text": "no"}}, key="k-1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def test_old_version_is_refused_with_the_one_now(caller: Caller) -> None:
    customer = make_customer(version=5)
    asked = {"subject_id": customer.pk, "version": 4, "arguments": ADDRESS}
    response = caller.post("acts/customers.change_address", asked)
    assert response.status_code == 409
    assert (response.json()["code"], response.json()["current_version"]) == ("stale_version", 5)


def test_rights_are_those_of_the_token(make_caller: Any) -> None:
    narrow = make_caller(token={"scopes": ["customers.view", "customers.add_note"]})
    asked = {"subject_id": make_customer().pk, "arguments": ADDRESS}
    response = narrow.post("acts/customers.change_address", asked)
    assert (response.status_code, response.json()["code"]) == (403, "not_permitted")
    assert [act["name"] for act in narrow.get("acts").json()["acts"]] == ["customers.add_note"]


def test_other_peoples_customers_look_missing(make_caller: Any) -> None:
    own_only = make_caller(visibility="own")
    response = own_only.post("acts/customers.add_note", {"subject_id": make_customer().pk, "arguments": {"text": "x"}})
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("body", "more", "status", "field"),
    [
        (b" ", {}, 400, None),
        (b"{", {}, 400, None),
        (b"[]", {}, 400, None),
        (b"null", {}, 400, None),
        (b'{"subject_id": NaN}', {}, 400, None),
        (b'{"subject_id": Infinity}', {}, 400, None),
        (b'{"subject_id": 1' + b"0" * 5000 + b"}", {}, 400, None),
        ('{"subject_id": "ñ"}'.encode("latin-1"), {}, 400, None),
        ("{}".encode("utf-16"), {}, 400, None),
        (b"\xef\xbb\xbf{}", {}, 400, None),
        (f'{{"arguments": {{"text": {DEEP}}}}}'.encode(), {}, 400, None),
        (f'{{"arguments": {{"text": {"[" * 40 + "]" * 40}}}}}'.encode(), {}, 400, None),
        (b"{}", {"content_type": "text/plain"}, 415, None),
        (b"{}", {"content_type": ""}, 415, None),
        (b"{}", {"content_type": "application/json; charset=latin-1"}, 415, None),
        (b"a=b", {"content_type": "application/x-www-form-urlencoded"}, 415, None),
        (b'{"x": "' + b"x" * 1_100_000 + b'"}', {}, 413, None),
        (b'{"subject_id": 9223372036854775808}', {}, 422, "subject_id"),
        (b'{"subject_id": -1}', {}, 422, "subject_id"),
        (b'{"subject_id": 1.5}', {}, 422, "subject_id"),
        (b'{"subject_id": "1"}', {}, 422, "subject_id"),
        (b'{"subject_id": true}', {}, 422, "subject_id"),
        (b'{"version": 0}', {}, 422, "version"),
        (b'{"contact_id": 99999999999999999999}', {}, 422, "contact_id"),
        (b'{"case_id": {}}', {}, 422, "case_id"),
        (b'{"arguments": []}', {}, 422, "arguments"),
        (b'{"argument": {}}', {}, 422, "argument"),
        (b'{"\\ud800": {}}', {}, 422, "body"),
        (b'{"subject_id": SUBJECT, "arguments": {"\\ud800": 1}}', {}, 422, "arguments"),
        (b'{"subject_id": SUBJECT, "arguments": {"text": "\\ud800"}}', {}, 422, "text"),
        (b'{"subject_id": SUBJECT, "arguments": {"text": "a\\u0000b"}}', {}, 422, "text"),
        (b'{"subject_id": SUBJECT, "arguments": {"text": null}}', {}, 422, "text"),
        (b'{"subject_id": SUBJECT, "arguments": {"text": 1e999}}', {}, 422, "text"),
        (b'{"subject_id": SUBJECT, "arguments": {"text": "a", "more": 1}}', {}, 422, "more"),
        (b'{"subject_id": 9223372036854775807, "arguments": {"text": "a"}}', {}, 404, None),
        (b'{"arguments": {"text": "a"}}', {}, 404, None),
        (b'{"subject_id": SUBJECT, "arguments": {"text": "a"}}', {"key": "x" * 101}, 422, "Idempotency-Key"),
        (b'{"subject_id": SUBJECT, "arguments": {"text": "a"}}', {"key": ""}, 422, "Idempotency-Key"),
        (b'{"subject_id": SUBJECT, "arguments": {"text": "a"}}', {"key": "a b"}, 422, "Idempotency-Key"),
        (b'{"subject_id": SUBJECT, "arguments": {"text": "a"}}', {"key": "ñ"}, 422, "Idempotency-Key"),
    ],
)
def test_wrong_request_is_told_clearly_and_changes_nothing(
    caller: Caller, body: bytes, more: dict[str, Any], status: int, field: str | None
) -> None:
    body = body.replace(b"SUBJECT", str(make_customer().pk).encode())
    response = caller.post("acts/customers.add_note", body, **more)
    assert response.status_code == status, response.content
    error = response.json()
    assert error["code"]
    assert error["message"]
    assert list(error["fields"]) == ([field] if field else [])
    assert (Note.objects.count(), ActRecord.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("post", "acts/customers.fly", 404),
        ("post", "acts/x" + "y" * 5000, 404),
        ("get", "acts/customers.add_note", 405),
        ("delete", "customers", 405),
        ("get", "nothing/here", 404),
        ("post", "", 404),
    ],
)
def test_wrong_address_or_method(caller: Caller, method: str, address: str, status: int) -> None:
    ask = getattr(caller.client, method)
    response = ask(f"/api/v1/{address}", content_type="application/json", headers=caller.headers)
    assert response.status_code == status
    assert set(json.loads(response.content)) >= {"code", "message", "fields"}
    if status == 405:
        assert response["Allow"]


def test_errors_speak_the_language_asked_for_and_descriptions_stay_english(caller: Caller) -> None:
    acts = caller.client.get("/api/v1/acts", headers=caller.headers | {"Accept-Language": "es"}).json()["acts"]
    assert {"Change the address"} <= {act["label"] for act in acts}


def test_token_made_by_an_act_is_shown_once_and_works(caller: Caller) -> None:
    me = caller.get("me").json()
    asked = {"subject_id": me["id"], "arguments": {"token_name": "nightly", "scopes": ["customers.view"]}}
    done = caller.post("acts/staff.create_token", asked, key="t-1")
    assert done.status_code == 200, done.content
    secret = done.json()["shown"]["token"]
    assert secret not in json.dumps(list(ActRecord.objects.values("arguments", "before", "after")))
    assert caller.post("acts/staff.create_token", asked, key="t-1").json()["shown"] == {}
    caller.token = secret
    assert caller.get("me").json()["permissions"] == ["customers.view"]
