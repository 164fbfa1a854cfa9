"""The demo company: made once in an empty database, so that a stranger has somebody to sign in as and files to open.

Who and what is in it is known further down (:mod:`onhand.staff.demo`, :mod:`onhand.customers.demo.company`); here is when it is made.
"""

import json
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.db import connection
from django.utils import timezone

from onhand.config import folder
from onhand.config.environment import Environment
from onhand.config.terminal import say

if TYPE_CHECKING:
    from onhand.customers.demo.loading import Progress
    from onhand.customers.models import DemoMaking

BAR = 30  # signs
LINES = 10  # of a step, where there is no terminal
LONG = 500  # orders: making more is said to whoever waits
FILE = "demo.json"
LOCK = 0x6F6E6864
GUIDELINES_BEFORE = timedelta(days=730)
log = structlog.get_logger("onhand.demo")


def create_if_empty(settings: Environment, progress: "Progress | None" = None) -> bool:
    """
    Make the demo company unless there is a company already; true if anything was made. Safe when several machines start, and
    a creation that was interrupted is finished by the next start. The one password is kept in the data folder.
    """
    from onhand.customers.demo.company import COUNT, SEED
    from onhand.customers.models import Customer, DemoMaking

    making = DemoMaking.objects.first()
    if making.finished_at if making else Customer.objects.exists():
        return False  # a warm start asks no more than that
    with _one_at_a_time():
        making = _begun(usual_orders(COUNT))
        if making is None or making.finished_at:
            return False
        _finish(settings, making, COUNT, SEED, progress or (Bar() if making.orders > LONG else None))
    log.info("demo company created", customers=Customer.objects.count())
    return True


def add_customers(
    settings: Environment, *, customers: int, seed: int, orders: int | None = None
) -> dict[str, int] | None:
    """
    Make the demo company with so many customers, or add so many to it; rows written by table. The same seed makes the same ones in an
    empty database. So many `orders` are made with the first customers; those that are added have none. None if the database holds a
    company of one's own.
    """
    from onhand.customers.demo.company import add_demo_customers

    with _one_at_a_time():
        making = _begun(usual_orders(customers) if orders is None else orders)
        if making is None:
            return None
        if not making.finished_at:
            return _finish(settings, making, customers, seed, Bar())
        now = timezone.now().replace(microsecond=0)
        return add_demo_customers(at=now, count=customers, seed=seed, progress=Bar())


def usual_orders(customers: int) -> int:
    """How many orders a demo of so many customers has, if nobody says otherwise."""
    from onhand.orders.demo import usual_orders

    return usual_orders(customers)


def _begun(orders: int) -> "DemoMaking | None":
    """How far the demo company is, begun now if there is no company; None if there is one of one's own. Under the lock."""
    from onhand.customers.models import Customer, DemoMaking
    from onhand.staff.demo import DOMAIN
    from onhand.staff.models import Representative

    found = DemoMaking.objects.first()
    if found is not None:
        return found
    is_demo = Representative.objects.filter(email=f"administrator@{DOMAIN}").exists()
    has_customers = Customer.objects.exists()
    if not is_demo and (has_customers or Representative.objects.exists()):
        return None
    now = timezone.now().replace(microsecond=0)
    made = now if has_customers else None  # by a version that did not note it
    return DemoMaking.objects.create(began_at=now, finished_at=made, orders=orders)


def _finish(
    settings: Environment, making: "DemoMaking", customers: int, seed: int, progress: "Progress | None"
) -> dict[str, int]:
    """
    Make what is not there yet; rows of customers written by table. Each part is one transaction that looks whether it was made, but for
    the orders and bills, which take up each step by itself.
    """
    from onhand.billing.demo import create_demo_company_details
    from onhand.catalogue.demo import create_demo_catalogue
    from onhand.channels.email.demo.company import create_demo_mail
    from onhand.coupons.demo import create_demo_coupons
    from onhand.customers.demo.company import add_demo_customers, make_histories
    from onhand.customers.models import Customer
    from onhand.guidelines.shipped.offering import publish_shipped
    from onhand.knowledge.demo.company import create_demo_knowledge
    from onhand.orders.together import count_together
    from onhand.payments.demo import create_demo_payments
    from onhand.procedures.demo import create_demo_procedures
    from onhand.receipts.demo import create_demo_notices
    from onhand.routing.demo import create_demo_work
    from onhand.rules.demo.company import create_demo_rules
    from onhand.staff.demo import create_demo_staff

    at = making.began_at
    create_demo_staff(at=at, password=_password(settings))
    publish_shipped(at - GUIDELINES_BEFORE)  # what was done in the past was decided by them
    for create in (create_demo_work, create_demo_catalogue, create_demo_coupons, create_demo_company_details):
        create(at=at)
    create_demo_knowledge(at=at)
    written: dict[str, int] = {}
    if not Customer.objects.exists():
        written = add_demo_customers(at=at, count=customers, seed=seed, progress=progress)
    make_histories(at=at, seed=seed)
    create_demo_payments(at=at)
    _sell_and_bill(at, making.orders, progress)
    count_together(at)
    create_demo_rules(at=at)
    create_demo_procedures(at=at)  # the reasons are there
    create_demo_notices(at=at)
    create_demo_mail(at=at)  # the rules are there
    making.finished_at = timezone.now()
    making.save()
    return written


def _sell_and_bill(at: datetime, orders: int, progress: "Progress | None") -> None:
    """Orders and bills beside each other in order of day, as their documents are numbered."""
    from onhand.billing.demo import demo_bills, finish_demo_billing
    from onhand.customers.demo.days import run_by_day
    from onhand.orders.demo import demo_orders

    bills = demo_bills(at=at, accounts=orders // 2)
    run_by_day([*bills, *demo_orders(at=at, orders=orders)], tell=progress)
    finish_demo_billing(at=at)


class Bar:
    """How far a load is: one line redrawn on a terminal, else a line now and then."""

    def __init__(self) -> None:
        self.begun = self.step_begun = time.monotonic()
        self.step, self.shown = "", -1

    def __call__(self, what: str, done: int, of: int) -> None:
        """Show that so much of a step is done."""
        now = time.monotonic()
        if what != self.step:
            self.step, self.step_begun, self.shown = what, now, -1
        share = done / max(of, 1)
        line = f"{what:<11} {done:>10,} of {of:,}  {now - self.begun:5.0f} s"
        if what in ("customers", "orders") and 0 < done < of:
            line += f", about {(now - self.step_begun) * (of - done) / done:.0f} s more"
        if sys.stdout.isatty():
            full = int(share * BAR)
            sys.stdout.write(f"\r\x1b[K{'█' * full}{'░' * (BAR - full)} {line}")
            sys.stdout.write("\n" if done == of else "")
            sys.stdout.flush()
        elif int(share * LINES) > self.shown or done == of:
            self.shown = int(share * LINES)
            say(line)


def sign_ins(settings: Environment) -> list[str]:
    """Lines for the terminal: whom to sign in as. Empty if this data folder made no demo company."""
    password = folder.read_json(settings.data / FILE).get("password")
    if not password:
        return []
    from onhand.staff.demo import DOMAIN, SIGN_INS

    names = ", ".join(sign_in[0] for sign_in in SIGN_INS)
    return [f"Demo sign-ins: {names} @{DOMAIN} (for example representative@{DOMAIN})", f"Password: {password}"]


def _password(settings: Environment) -> str:
    """The password of an earlier, interrupted creation, or a new one; kept before anybody can sign in with it."""
    known = folder.read_json(settings.data / FILE).get("password")
    password = str(known or f"lumen-{secrets.token_hex(4)}")
    folder.write_private(settings.data / FILE, json.dumps({"password": password}))
    return password


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """No transaction around: every entry of the customers' histories is an act of its own."""
    with connection.cursor() as cursor:
        cursor.execute("set lock_timeout = 0")  # another machine may be making it, which takes its time
        cursor.execute("select pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("select pg_advisory_unlock(%s)", [LOCK])
            cursor.execute("reset lock_timeout")
