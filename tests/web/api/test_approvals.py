"""Programs and AI ask to be allowed what needs approval, over REST and MCP, and read what was answered."""

from typing import Any

import pytest

from onhand.approvals.models import Approval
from onhand.customers.models import Customer
from onhand.web.api.tools import call_tool, list_tools
from onhand.web.grave import GRAVE
from tests.approvals.asked import GOODWILL, do, given, goodwill, lay_down
from tests.factories import make_customer
from tests.factories.callers import Caller
from tests.factories.staff import actor_of
from tests.factories.work import make_person

pytestmark = pytest.mark.django_db


def wanted(customer: Customer, minor: int = 5000, **more: Any) -> dict[str, Any]:
    return {"subject_id": customer.pk, "arguments": goodwill(minor), "ask": True} | more


def test_an_act_that_needs_approval_is_asked_for_and_read_until_it_is_done(caller: Caller) -> None:
    lay_down()
    customer, supervisor = make_customer(), make_person("supervisor")
    refused = caller.post(f"acts/{GOODWILL}", wanted(customer) | {"ask": False}, key="k-0")
    assert (refused.status_code, refused.json()["code"]) == (403, "needs_approval")
    asked = wanted(customer, note="A long wait", customer_waits=True)
    first = caller.post(f"acts/{GOODWILL}", asked, key="k-1")
    again = caller.post(f"acts/{GOODWILL}", asked, key="k-1")
    assert (first.status_code, again.status_code) == (202, 202)
    told = first.json()
    assert told == again.json()
    assert (told["state"], told["may_approve"], told["customer_waits"]) == ("open", ["supervisor"], True)
    approval = Approval.objects.get()
    assert (approval.note, approval.asked_via, approval.key) == ("A long wait", "api", "k-1")
    address = told["url"].removeprefix("/api/v1/")
    assert caller.get(address).json()["state"] == "open"
    do("allow", approval, supervisor, at=approval.asked_at, words="It is on its way.")
    done = caller.get(address).json()
    assert (done["state"], done["words"], done["answered_by"]) == ("allowed", "It is on its way.", supervisor.name)
    late = caller.post(f"acts/{GOODWILL}", asked, key="k-1")
    assert (late.status_code, late.json()["record_id"]) == (202, done["record_id"])
    assert given() == 1
    other = caller.post(f"acts/{GOODWILL}", wanted(customer, 6000), key="k-1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")


def test_what_is_allowed_is_done_and_what_is_refused_is_refused(caller: Caller) -> None:
    lay_down()
    customer = make_customer()
    assert caller.post(f"acts/{GOODWILL}", wanted(customer, 1000)).status_code == 200
    assert caller.post(f"acts/{GOODWILL}", wanted(customer, 20_000)).json()["code"] == "refused"
    nowhere = caller.post(f"acts/{GOODWILL}", wanted(customer, contact_id=7))
    assert (nowhere.status_code, list(nowhere.json()["fields"])) == (422, ["contact_id"])
    assert not Approval.objects.exists()


def test_a_grave_act_is_asked_for_at_its_own_address_only(caller: Caller) -> None:
    asked = {"arguments": {"act": sorted(GRAVE)[0], "about": 1}}
    answer = caller.post("acts/approvals.ask", asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_possible")
    assert "own address" in answer.json()["message"]


def test_approvals_are_listed_page_by_page(caller: Caller) -> None:
    lay_down()
    for _ in range(3):
        assert caller.post(f"acts/{GOODWILL}", wanted(make_customer())).status_code == 202
    page = caller.get("approvals", size=2, state="open").json()
    rest = caller.get("approvals", size=2, before=page["next"]).json()
    assert [len(page["approvals"]), len(rest["approvals"]), rest["next"]] == [2, 1, None]
    assert caller.get("approvals", state="denied").json()["approvals"] == []
    assert caller.get("approvals/999999").status_code == 404


def test_tools_ask_the_same_way() -> None:
    lay_down()
    actor = actor_of(make_person("service"))
    customer = make_customer()
    schema = next(one for one in list_tools(actor) if one.name == "invoicing-give_goodwill").output_schema
    assert schema is not None
    assert schema["type"] == "object"
    assert {"ActDone", "ApprovalShown"} <= set(schema["$defs"])
    call = {"subject_id": customer.pk, "arguments": goodwill(), "idempotency_key": "t-1"}
    error, failed = call_tool(actor, "invoicing-give_goodwill", call)
    assert (failed, error["code"]) == (True, "needs_approval")
    told, failed = call_tool(actor, "invoicing-give_goodwill", call | {"ask": True})
    assert (failed, told["state"]) == (False, "open")
    assert call_tool(actor, "read_approval", {"approval_id": told["approval_id"]}) == (told, False)
    tried, failed = call_tool(actor, "invoicing-give_goodwill", call | {"ask": True, "preview": True})
    assert (failed, tried["decision"]["answer"]) == (False, "ask")
