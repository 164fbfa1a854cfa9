"""Canaries: values planted in a customer's file, and everything a person or program can be shown of it."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import reverse

from onhand.billing.models import PaymentPlan
from onhand.contacts.models import CaseTask, HelpRequest
from onhand.customers.models import Address, Customer, Household, Relation
from onhand.customers.operations import refresh_search_text
from onhand.customers.panels import panels_for
from onhand.kernel.actor import Via
from onhand.kernel.acts import all_acts
from onhand.kernel.perform import perform
from onhand.kernel.subjects import _reference_types
from onhand.staff.models import Representative, Site
from onhand.staff.queries import actor_for
from onhand.web.api.tools import READERS, call_tool, tool_name
from tests.billing.accounts import make_account, make_plan, make_subscription
from tests.contacts.cases import open_case
from tests.factories import NOON, make_actor, make_customer
from tests.factories.approvals import make_approval
from tests.factories.callbacks import arrange
from tests.factories.callers import Caller, make_token
from tests.factories.orders import make_order, make_return
from tests.factories.procedures import make_run
from tests.factories.staff import make_person, make_team
from tests.factories.writing import make_attachment, make_message, make_thread
from tests.invoicing.documents import invoice
from tests.invoicing.documents import line as line_of
from tests.routing.standing import make_decision, make_item, make_queue, make_seat
from tests.web.access_table import TABLE, Line

# What must be identified to be seen, as it would be found in a text without its spaces and signs.
LEVEL_1 = {
    "telephone": "911987654",
    "old telephone": "911987321",
    "e-mail": "canary.vogel",
    "old e-mail": "canary.alt",
    "street": "Canarystrasse",
    "old street": "Canaryplatz",
    "postal code": "ZE2 9XQ",
    "region": "Canaryshire",
    "further address": "Canaryweg",
    "handle": "canaryhandle",
    "customer number": "KDCANARY0099",
    "household": "Canaryhousehold",
    "relation": "canaryfunction",
}
SEALED = {
    "born on": "1931-03-07",
    "born in": "Mar 1931",
    "nacida": "mar 1931",
    "tax number": "CANARYTAX99887766",
    "account": "ACCTCANARY5544332211",
}
# Of a customer of another site nothing at all.
UNSEEN = {"name": "Canarius", "note": "canarynote", "unseen e-mail": "canary.unseen", "unseen number": "911987000"}


# Machines, and signing in: nothing of customers.
ELSEWHERE = ("account_", "mfa_", "socialaccount", "openid", "usersessions", "healthz", "readyz", "metrics")
LISTED = {name: line for name, line in TABLE.items() if not line.json and not name.startswith(ELSEWHERE)}


@dataclass(frozen=True)
class Planted:
    """The customers with the canaries: one that the reader may see, one that they may not."""

    seen: Customer
    unseen: Customer
    written: dict[
        int, dict[str, Any]
    ]  # by customer: what stands for a contact, a message, an attachment and a case in addresses


def plant(site: Site, elsewhere: Site) -> Planted:
    """Two customers, with a history in which the values came and went."""
    home = Household.objects.create(name="Canaryhousehold", created_at=NOON)
    seen = make_customer("Vera Vogel", site=site, country="ES", city="Madrid", language="es", household=home)
    do = _doer(seen)
    do("change_address", address_lines="Canaryplatz 3", postal_code="ZE2 9XQ", city="London", country="GB")
    do("change_address", address_lines="Canarystrasse 77", postal_code="ZE2 9XQ", city="London", country="GB")
    do("add_email", email="canary.alt@nest.example")
    do("remove_email", email=seen.identities.get(kind="email").pk)
    do("add_email", email="canary.vogel@nest.example")
    do("add_telephone", telephone="+34911987321")
    do("remove_telephone", telephone=seen.identities.get(kind="telephone").pk)
    do("add_telephone", telephone="+34911987654", label="canaryfunction")
    do("add_handle", network="Telegram", handle="canaryhandle")
    do("add_customer_number", customer_number="KDCANARY0099")
    do("add_account_number", account_number="ACCTCANARY5544332211")
    do("change_born_on", born_on="1931-03-07")
    do("change_tax_number", tax_number="CANARYTAX99887766")
    Customer.objects.filter(pk=seen.pk).update(region="Canaryshire")
    Address.objects.create(customer=seen, kind="delivery", address_lines="Canaryweg 5", country="ES", valid_from=NOON)
    other = make_customer("Paul Plain", site=site)
    Relation.objects.create(
        customer=seen,
        other=other,
        kind="authorised",
        function="canaryfunction",
        valid_from=NOON,
        set_by_name="x",
    )
    unseen = make_customer("Canarius Unseen", site=elsewhere)
    hidden = _doer(unseen)
    hidden("add_note", text="canarynote")
    hidden("add_email", email="canary.unseen@nest.example")
    hidden("add_telephone", telephone="+34911987000")
    for one in (seen, unseen):
        one.refresh_from_db()
        refresh_search_text(one)
    written = {seen.pk: _write(seen, "It does not get hot."), unseen.pk: _write(unseen, "canarynote")}
    written[seen.pk] |= _wait(site, "Kettle")
    written[unseen.pk] |= _wait(elsewhere, "canarynote")
    return Planted(seen, unseen, written)


def _write(customer: Customer, text: str) -> dict[str, Any]:
    """A contact with a message and a file, and a case."""
    contact = make_thread(customer)
    message = make_message(contact, text, html=f"<p>{text}</p>")
    attachment = make_attachment(message, "a.txt", "text/plain", text.encode())
    case = open_case(customer)
    task = CaseTask.objects.create(case=case, text=text, made_at=NOON, made_by_name="Lena Fischer")
    asked = {"asked_at": NOON, "asked_by_name": "Lena Fischer", "question": text}
    question = HelpRequest.objects.create(contact=contact, customer=customer, **asked)
    HelpRequest.objects.create(case=case, customer=customer, **asked)
    number = "+34911987654" if text != "canarynote" else "+34911987000"
    called = arrange(customer, telephone=number, matter=text)
    written = {"contact": contact.pk, "message": message.pk, "attachment": attachment.pk, "case": case.reference}
    where = "Canarystrasse 77" if text != "canarynote" else text
    order = make_order(customer, address={"name": "x", "address_lines": where, "country": "GB"}, note=text)
    written |= {"order": order.pk, "return": make_return(order, note=text).pk}
    address = {"name": "x", "address_lines": where, "country": "GB"}
    account = make_account(customer)
    subscription = make_subscription(account, make_plan(), label=text[:60])
    agreed = {"minor": 100, "currency": "EUR", "agreed_at": NOON, "agreed_by_name": "Lena Fischer"}
    written |= {
        "document": invoice(line_of(100, text=text), customer=customer, address=address).pk,
        "account": account.pk,
        "subscription": subscription.pk,
        "payment_plan": PaymentPlan.objects.create(account=account, **agreed).pk,
    }
    written["approval"] = make_approval(customer, text, contact=contact).pk
    make_approval(customer, text, case=case)
    written["procedure_run"] = make_run(customer, order.pk, text, contact=contact).pk
    return written | {"case_number": case.pk, "task": task.pk, "question": question.pk, "callback": called.pk}


def _wait(site: Site, title: str) -> dict[str, Any]:
    """Work of a site, waiting and with somebody, as the floor would show it. Names of teams are no secret, what waits is."""
    team = make_team(site)
    queue = make_queue("", team)
    seat = make_seat(make_person(teams=(team,), sites=(site,)))
    make_item(queue, title=title, holder=seat)
    item = make_item(queue, title=title)
    make_decision(item, "passed", seat, by_name="Lena Fischer", explanation={"why": title})
    return {"team": team.pk, "queue": queue.pk, "seat": seat.pk, "work": item.pk}


def _doer(customer: Customer) -> Any:
    def do(act: str, **arguments: Any) -> None:
        perform(f"customers.{act}", actor=make_actor(), subject_id=customer.pk, arguments=arguments, at=NOON)

    return do


def leaks(text: str, canaries: Mapping[str, str]) -> list[str]:
    """Which canaries a text holds, however they are spaced."""
    plain = re.sub(r"[\s\u00a0\u202f()/.+]", "", text)
    return [name for name, value in canaries.items() if value in text or re.sub(r"[\s.]", "", value) in plain]


def pages(client: Client, planted: Planted) -> Iterator[tuple[str, str]]:
    """
    Every address of the desk and the settings, with the customers in it; the names of addresses with what they answered. Pages that
    are the same whomever they are asked about come last, once, when both customers have left their traces.
    """
    seen: set[str] = set()
    for customer in (planted.unseen, planted.seen):
        things = {"customer": customer.pk} | planted.written[customer.pk]
        yield from _filled_in(client, {name: line for name, line in LISTED.items() if _speaks_of(line, things)}, things)
        yield from _asked(client, customer)
        seen |= things.keys()
    yield from _filled_in(client, {name: line for name, line in LISTED.items() if not _speaks_of(line, seen)}, {})


def _speaks_of(line: Line, things: Iterable[str]) -> bool:
    return not {value for value in (*line.args, *line.data.values()) if isinstance(value, str)}.isdisjoint(things)


def _filled_in(client: Client, lines: Mapping[str, Line], given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    things = {
        "colleague": 1,
        "role": 1,
        "delivery": 1,
        "article": 1,
        "response": 1,
        "product": 1,
        "guide": 1,
        "campaign": 1,
        "guideline": 1,
        "procedure": 1,
        "notice": 1,
        "plan": 1,
        **given,
    }
    for name, line in lines.items():
        args = [things.get(value, value) if isinstance(value, str) else value for value in line.args]
        data = {key: things.get(value, value) if isinstance(value, str) else value for key, value in line.data.items()}
        address = "/api/v1/nowhere" if name == "api:nowhere" else reverse(name, args=args)
        yield f"{name} {address}", _text(getattr(client, line.method)(address, data))


def _asked(client: Client, customer: Customer) -> Iterator[tuple[str, str]]:
    base = f"/desk/customers/{customer.pk}/"
    gets = [base, f"{base}timeline/?show=act", f"{base}timeline/?kind=act", f"{base}?show=act", f"{base}?kind=act"]
    gets += [f"/desk/customers/?q={word}" for word in ("vera", "vogel", "canarius", "nest.example", customer.reference)]
    gets += [f"/desk/palette/?q={word}" for word in ("vera", "canarius", customer.reference)]
    gets += [f"/desk/palette/?customer={customer.pk}", f"/settings/records/?about={customer.reference}"]
    gets += [
        f"/settings/records/opened/?about={customer.reference}",
        f"/settings/records/?about=customer:{customer.pk}",
    ]
    gets += [f"/desk/references/{name}@customer:{customer.pk}?q={q}" for name in _reference_types for q in ("", "vera")]
    gets += [f"{base}panels/{panel.key}/" for panel in panels_for(make_actor())]
    for address in gets:
        yield address, _text(client.get(address))
    yield f"{base} as a part", _text(client.get(base, headers={"HX-Request": "true"}))
    for act in all_acts():
        if act.subject == "customer" and not act.creates:
            form = f"{base}acts/{act.name}/"
            yield form, _text(client.get(form))
            typed = {field.name: _something(field, customer) for field in act.fields}
            if not act.has_secrets:
                yield f"{form}preview/", _text(client.post(f"{form}preview/", typed))
            stale = {**typed, "expected_version": "1"}  # nothing is done: what changed meanwhile is told instead
            if not act.only_adds:
                yield f"{form} overtaken", _text(client.post(form, stale, headers={"HX-Request": "true"}))


def _something(field: Any, customer: Customer) -> str:
    if field.widget == "reference":
        return str(customer.pk)
    identity = customer.identities.filter(kind=field.reference.rpartition(".")[2]).last() if field.reference else None
    if identity is not None:
        return str(identity.pk)
    known = {"country": "ES", "postal_code": "28001", "language": "es", "born_on": "1980-01-01", "email": "x@y.example"}
    offered = field.offered()
    return known.get(field.name) or (str(offered[0][0]) if offered else "1")


def answers(person: Representative, planted: Planted) -> Iterator[tuple[str, str]]:
    """Everything programs are answered, over REST and MCP, as this person."""
    caller = Caller(make_token(person), Client(raise_request_exception=False))
    yield "events", _text(caller.get("events", size=200))
    for words in ("", "vera", "vogel", "canarius"):
        yield f"customers {words}", _text(caller.get("customers", words=words))
    actor = actor_for(person, Via.MCP)
    for customer in (planted.seen, planted.unseen):
        for name in (f"customers/{customer.pk}", f"customers/{customer.pk}/records"):
            yield name, _text(caller.get(name, reason="asked"))
        given = {"customer_id": customer.pk, "reason": "asked"}
        for tool in READERS:
            written = planted.written[customer.pk]
            own = {
                "find_customers": {"words": "vera"},
                "read_approval": {"approval_id": written["approval"]},
                "find_procedures": {},
                "read_procedure_run": {"run_id": written["procedure_run"]},
                "find_procedure_runs": {"customer_id": customer.pk},
            }
            asked = own.get(tool, given)
            yield tool, json.dumps(call_tool(actor, tool, asked))
        for act in all_acts():
            if act.subject == "customer" and not act.creates:
                arguments = {field.name: _something(field, customer) for field in act.fields}
                body = {"subject_id": customer.pk, "arguments": arguments}
                yield act.name, _text(caller.post(f"acts/{act.name}/preview", body))
                yield tool_name(act), json.dumps(call_tool(actor, tool_name(act), {**body, "preview": True}))


def _text(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return f"{response.status_code} {dict(response.headers)} {content.decode('utf-8', 'replace')}"
