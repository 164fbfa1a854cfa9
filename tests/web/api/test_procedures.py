"""Programs and AI go through procedures: the same steps, answers and refusals over MCP, REST and the desk."""

from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from onhand.contacts.models import Message
from onhand.customers.models import IdentityCheck
from onhand.kernel.actor import Actor, Via
from onhand.kernel.models import AccessRecord
from onhand.orders.models import Order
from onhand.procedures.models import ProcedureRun
from onhand.staff.models import Representative
from onhand.staff.queries import actor_for
from onhand.web.api.tools import call_tool, list_tools
from tests.factories.callers import Caller, make_token
from tests.factories.contacts import make_contact
from tests.factories.staff import actor_of
from tests.factories.work import make_person
from tests.guidelines.company import document, nothing_laid_down
from tests.guidelines.company import publish as publish_guideline
from tests.orders import shop
from tests.procedures.writing import publish

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = [("<= 5", '"allow"', "", "", ""), ("> 5", '"ask"', '"supervisor"', "", "")]


class Case:
    """An order of a customer who is on a contact now, and whoever looks after them."""

    def __init__(self, role: str = "senior") -> None:
        self.customer = shop.buyer()
        goods = shop.variants(shop.Shop().chair)[0]
        self.order = shop.delivered(self.customer, [(goods, 1)], shop.card_of(self.customer))
        self.person = make_person(role, name="Ana Ruiz")
        self.contact = make_contact(self.customer, self.person.pk, started_at=timezone.now())

    def identify(self) -> None:
        now = timezone.now()
        until = now + timedelta(hours=2)
        checked = {"way": "questions", "level": 1, "at": now, "until": until, "by_name": self.person.name}
        IdentityCheck.objects.create(customer=self.customer, contact_id=self.contact.pk, **checked)

    @property
    def about(self) -> dict[str, Any]:
        return {"contact_id": self.contact.pk}


class Tools:
    """Somebody who has nothing but the tools."""

    def __init__(self, person: Representative) -> None:
        self.actor: Actor = actor_for(person, Via.MCP)

    def __call__(self, name: str, **asked: Any) -> dict[str, Any]:
        answer, failed = call_tool(self.actor, name, asked)
        return answer | {"failed": failed}

    def act(self, name: str, subject_id: int | None, case: Case, /, **arguments: Any) -> dict[str, Any]:
        more = {} if subject_id is None else {"subject_id": subject_id}
        return self(name, arguments=arguments, ask=True, **case.about, **more)

    def now(self, run_id: int) -> dict[str, Any]:
        found: dict[str, Any] = self("read_procedure_run", run_id=run_id)["step"]
        return found


@pytest.fixture
def case() -> Case:
    return Case()


def test_a_procedure_is_gone_through_over_mcp_alone(case: Case) -> None:
    nothing_laid_down()
    publish_guideline("Goodwill", document(["orders.add_goodwill"], ["amount given"], ROWS))
    procedure = publish()
    tools = Tools(case.person)
    listed = tools("find_procedures")["procedures"]
    assert [(one["id"], one["name"], one["about"], one["reasons"]) for one in listed] == [
        (procedure.pk, "Damaged", "order", ["Damaged goods"])
    ]
    begun = tools.act("procedures-begin_procedure", None, case, procedure=procedure.pk, about=case.order.pk)
    run = begun["subject_id"]
    first = tools.now(run)
    assert (first["step"], first["kind"], first["todo"]) == ("Sorry", "say", "answer")
    assert first["words"] == {"en": "I am sorry.", "es": "Lo siento."}
    tools.act("procedures-answer_step", run, case, step="Sorry")
    assert (tools.now(run)["todo"], tools.now(run)["level"]) == ("identify", 1)
    case.identify()
    asked = tools.now(run)
    assert (asked["type"], [one["key"] for one in asked["options"]]) == ("choice", ["packaging", "product"])
    wrong = tools.act("procedures-answer_step", run, case, step="Damage", answer="a car")
    assert (wrong["failed"], list(wrong["fields"])) == (True, ["answer"])
    tools.act("procedures-answer_step", run, case, step="Damage", answer="packaging")
    assert [one["key"] for one in tools.now(run)["options"]] == ["goodwill", "nothing"]
    tools.act("procedures-answer_step", run, case, step="Remedies", answer="goodwill")
    ready = tools.now(run)
    assert (ready["todo"], ready["chosen"]) == ("act", "goodwill")
    prepared = ready["prepared"]
    assert prepared["tool"] == "orders-add_goodwill"
    assert prepared["tool"] in {tool.name for tool in list_tools(tools.actor)}
    assert prepared["arguments"] == {"amount": {"minor": 1000, "currency": "EUR"}, "reason": "damaged"}
    waits = tools.act(prepared["tool"], prepared["subject_id"], case, **prepared["arguments"])
    assert waits["state"] == "open"
    stands = tools.now(run)
    assert (stands["todo"], stands["approval_id"]) == ("wait", waits["approval_id"])
    boss = actor_of(make_person("supervisor"))
    allowed, failed = call_tool(boss, "approvals-allow", {"subject_id": waits["approval_id"], "arguments": {}})
    assert not failed, allowed
    assert tools("read_approval", approval_id=waits["approval_id"])["state"] == "allowed"
    assert tools.now(run)["step"] == "Bye"
    tools.act("procedures-answer_step", run, case, step="Bye")
    ended = tools("read_procedure_run", run_id=run)
    assert (ended["state"], ended["outcome"], ended["step"]) == ("ended", "through", None)
    assert {one["step"]: one["status"] for one in ended["path"]} == {
        "Sorry": "taken",
        "Identify": "known",
        "Damage": "taken",
        "How dear": "known",
        "Remedies": "taken",
        "Bye": "taken",
    }
    assert "Agreed: A lower price." in Message.objects.latest("pk").text
    assert Order.objects.get(pk=case.order.pk).goodwill_minor == 1000


def test_the_refusals_are_the_same_on_the_desk_over_rest_and_over_mcp(case: Case) -> None:
    procedure = publish()
    case.identify()
    goodwill = {"amount": {"minor": 500, "currency": "EUR"}, "reason": "damaged"}
    asked = {"subject_id": case.order.pk, "arguments": goodwill, **case.about}
    caller, tools = Caller(make_token(case.person), Client()), Tools(case.person)
    by_rest = caller.post("acts/orders.add_goodwill", asked)
    by_mcp = tools("orders-add_goodwill", **asked)
    desk = Client()
    desk.force_login(case.person)
    typed = {"amount": "5", "amount__currency": "EUR", "reason": "damaged"}
    shown = desk.post(f"/desk/acts/orders.add_goodwill/{case.order.pk}/", typed, headers={"HX-Request": "true"})
    words = "This is done by the procedure “Damaged”: begin it first."
    assert by_rest.status_code == 403
    assert by_rest.json()["message"] == by_mcp["message"] == words
    assert by_rest.json()["code"] == by_mcp["code"] == "refused"
    assert words in unescape(shown.content.decode())
    begin = {"arguments": {"procedure": procedure.pk, "about": case.order.pk}, **case.about}
    run = caller.post("acts/procedures.begin_procedure", begin).json()["subject_id"]
    early = {"subject_id": run, "arguments": {"step": "Remedies", "answer": "goodwill"}, **case.about}
    first = caller.post("acts/procedures.answer_step", early)
    second = tools("procedures-answer_step", **early)
    step = {"step": "Remedies", "answer": "goodwill", "place": f"contact:{case.contact.pk}"}
    third = desk.post(f"/desk/procedures/{run}/step/", step, headers={"HX-Request": "true"})
    assert (first.status_code, second["failed"], third.status_code) == (422, True, 422)
    assert first.json()["fields"] == second["fields"] == {"step": ["First comes “Sorry”."]}
    assert "First comes “Sorry”." in unescape(third.content.decode())


def test_a_run_reads_the_same_over_rest_and_mcp_and_leaves_one_record_of_it(case: Case) -> None:
    procedure = publish()
    caller, tools = Caller(make_token(case.person), Client()), Tools(case.person)
    begin = {"arguments": {"procedure": procedure.pk, "about": case.order.pk}, **case.about}
    run = caller.post("acts/procedures.begin_procedure", begin).json()["subject_id"]
    by_rest = caller.get(f"procedure-runs/{run}").json()
    by_mcp = tools("read_procedure_run", run_id=run)
    times = [datetime.fromisoformat(one.pop("begun_at")) for one in (by_rest, by_mcp)]
    assert times[0] == times[1].replace(microsecond=times[1].microsecond // 1000 * 1000)
    assert by_rest == {name: value for name, value in by_mcp.items() if name != "failed"}
    assert by_rest["is_yours"]
    assert caller.get(f"procedure-runs/{run}").status_code == 200
    assert AccessRecord.objects.filter(page="api.procedures").count() == 1
    assert caller.get("procedures").json() == {k: v for k, v in tools("find_procedures").items() if k != "failed"}
    assert caller.get("procedure-runs/99999").status_code == 404
    assert caller.get("customers/99999/procedure-runs").status_code == 404
    assert tools("read_procedure_run", run_id=99999)["code"] == "not_found"


def test_what_the_books_know_is_not_told_before_the_customer_is_identified(case: Case) -> None:
    text = """# Sums

about: order

## Sum
ask: sum (number)
fact: order total
en: How much?

## Give
do: orders.add_goodwill
with: amount = sum; reason = "damaged"
"""
    procedure = publish("Sums", text)
    tools = Tools(case.person)
    run = tools.act("procedures-begin_procedure", None, case, procedure=procedure.pk, about=case.order.pk)["subject_id"]
    shut = tools("read_procedure_run", run_id=run)
    assert [one["answer"] for one in shut["path"]] == [""]
    assert shut["step"]["prepared"]["arguments"] == {}
    case.identify()
    known = tools("read_procedure_run", run_id=run)
    assert [one["answer"] for one in known["path"]] == ["100.00"]
    assert known["step"]["prepared"]["arguments"]["amount"] == {"minor": 10_000, "currency": "EUR"}


def test_the_runs_of_a_customer_come_in_pages_newest_first(case: Case) -> None:
    procedure = publish()
    caller = Caller(make_token(case.person), Client())
    for _at in range(3):
        begin = {"arguments": {"procedure": procedure.pk, "about": case.order.pk}, **case.about}
        run = caller.post("acts/procedures.begin_procedure", begin).json()["subject_id"]
        give_up = {"subject_id": run, "arguments": {"reason": "They hung up"}, **case.about}
        assert caller.post("acts/procedures.give_up_procedure", give_up).status_code == 200
    address, seen, before = f"customers/{case.customer.pk}/procedure-runs", [], None
    for _page in range(2):
        page = caller.get(address, size=2, **({"before": before} if before else {})).json()
        seen += [one["id"] for one in page["runs"]]
        before = page["next"]
    assert seen == list(ProcedureRun.objects.order_by("-pk").values_list("pk", flat=True))
    assert before is None
    assert page["runs"][0]["outcome"] == "given_up"
