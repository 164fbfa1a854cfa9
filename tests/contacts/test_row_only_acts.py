"""Acts that say of themselves that they change nothing but the customer's own row."""

from typing import Any

import pytest

from onhand.contacts.models import Case, Contact, Promise
from onhand.customers.enums import IdentityKind
from onhand.customers.identification import code_carriers
from onhand.customers.models import Customer
from onhand.customers.subjects import CUSTOMER, own_values, snapshot_customer
from onhand.kernel.acts import all_acts
from onhand.kernel.perform import Outcome, perform
from onhand.payments.stored import new_card
from tests.factories import NOON, make_actor, make_customer
from tests.orders.shop import ADDRESS, Shop, account_of, variants
from tests.payments.money import make_drawer, make_method, make_provider

pytestmark = pytest.mark.django_db

PROMISE = {"promise_text": "A lamp", "due": "2030-01-01T10:00:00+00:00"}
EURO = {"minor": 5000, "currency": "EUR"}
# What is asked of the customer as they are then: of functions what they give.
MONEY: dict[str, dict[str, Any]] = {
    "payments.add_bank_account": {"iban": "ES9121000418450200051332"},
    "payments.ask_for_method": {"address": lambda ana: ana.identities.get().pk},
    "payments.ask_by_link": {"amount": EURO, "in_advance": True},
    "payments.ask_for_deposit": {"amount": EURO, "reason": "Keys"},
    "payments.sell_card": {"amount": EURO},
    "payments.take_over_card": {"code": lambda _ana: new_card(None, "EUR", at=NOON, by_name="Ana")[1]},
    "payments.take_cash": {"amount": EURO, "drawer": lambda _ana: make_drawer().pk},
    "payments.note_terminal_payment": {"amount": EURO, "receipt": "R-17"},
    "payments.take_payment": {"amount": EURO, "method": lambda ana: make_method(ana).pk},
    "invoicing.give_goodwill": {"amount": EURO, "reason": "It came late."},
    "billing.open_account": {},
    "orders.place_order": {
        "rows": lambda _ana: [{"variant": variants(Shop().chair)[0].pk}],
        "payments": lambda ana: [{"method": account_of(ana).pk}],
        **ADDRESS,
    },
}
# In an order in which each can be done.
SAMPLES: dict[str, dict[str, Any]] = {
    "customers.change_name": {"name": "Ana Vila"},
    "customers.change_form_of_address": {"form_of_address": "Dr"},
    "customers.change_born_on": {"born_on": "1980-02-01"},
    "customers.change_tax_number": {"tax_number": "12345678Z"},
    "customers.change_time_zone": {"time_zone": "Asia/Tokyo"},
    "customers.change_language": {"language": "de"},
    "customers.add_note": {"text": "Called twice."},
    "customers.change_address": {
        "address_lines": "1 High Street",
        "postal_code": "N1 9GU",
        "city": "London",
        "country": "GB",
    },
    "customers.change_preferences": {"preferred_channel": "email"},
    "callbacks.arrange_callback": {"matter": "Lamp", "telephone": "+34911987654"},
    "customers.change_accessibility_needs": {"accessibility_needs": ["deaf"]},
    "contacts.open_contact": {},
    "contacts.open_case": {"matter": "Lamp"},
    "contacts.close_case": {"case": Case, "outcome": "Sent."},
    "contacts.make_promise": PROMISE,
    "contacts.keep_promise": {"promise": Promise},
    "contacts.call_off_promise": {"promise": Promise, "reason": "No longer wanted"},
    "contacts.end_contact": {"contact": Contact, "summary": "Said so."},
    **MONEY,
    "contacts.write_to_customer": {"address": "ana@example.com", "subject": "Your lamp", "text": "It is on its way."},
}


def do(act: str, customer: Customer, **arguments: Any) -> Outcome:
    return perform(act, actor=make_actor(), subject_id=customer.pk, arguments=arguments, at=NOON)


def filled(value: Any, customer: Customer) -> Any:
    if isinstance(value, type):
        return value.objects.latest("pk").pk  # type: ignore[attr-defined]
    return value(customer) if callable(value) else value


def test_they_change_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    make_provider("stripe", is_default=True)
    by_mail = code_carriers.Carrier(IdentityKind.EMAIL, "E-mail", lambda: "", lambda _to, _mail: None)
    monkeypatch.setitem(code_carriers._carriers, IdentityKind.EMAIL, by_mail)
    assert set(SAMPLES) == {act.name for act in all_acts() if act.row_only and act.subject == CUSTOMER}
    ana = make_customer("Ana Prieto")
    do("customers.add_email", ana, email="ana@example.com")
    do("customers.set_flag", ana, flag="vulnerable", reason="said so")
    for act, arguments in SAMPLES.items():
        if act == "contacts.call_off_promise":
            do("contacts.make_promise", ana, **PROMISE)
        given = {key: filled(value, ana) for key, value in arguments.items()}
        ana.refresh_from_db()
        before = snapshot_customer(ana)
        outcome = do(act, ana, **given)
        ana.refresh_from_db()
        after = snapshot_customer(ana)
        changed = {key for key in after if after[key] != before[key]}
        assert changed <= own_values(ana).keys(), act
        assert changed <= outcome.after.keys(), act
        assert outcome.after, act
