"""The demo company: made once in an empty database, so that a stranger has somebody to sign in as and files to open.

Who and what is in it is known further down (:mod:`onhand.staff.demo`, :mod:`onhand.customers.demo.company`); here is when it is made.
"""

import json
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import connection
from django.utils import timezone

from onhand.config import folder
from onhand.config.environment import Environment
from onhand.config.terminal import say

BAR = 30  # signs
LINES = 10  # of a step, where there is no terminal
FILE = "demo.json"
LOCK = 0x6F6E6864
log = structlog.get_logger("onhand.demo")


def create_if_empty(settings: Environment) -> bool:
    """
    Make the demo company unless there is a company already; true if anything was made. Safe when several machines start, and
    a creation that was interrupted is finished by the next start. The one password is kept in the data folder.
    """
    from onhand.billing.demo import create_demo_billing, create_demo_company_details
    from onhand.catalogue.demo import create_demo_catalogue
    from onhand.channels.email.demo.company import create_demo_mail
    from onhand.coupons.demo import create_demo_coupons
    from onhand.customers.demo.company import create_demo_customers
    from onhand.customers.models import Customer
    from onhand.knowledge.demo.company import create_demo_knowledge
    from onhand.orders.demo import create_demo_orders
    from onhand.orders.together import count_together
    from onhand.payments.demo import create_demo_payments
    from onhand.routing.demo import create_demo_work
    from onhand.rules.demo.company import create_demo_rules
    from onhand.staff.demo import DOMAIN, create_demo_staff
    from onhand.staff.models import Representative

    if Customer.objects.exists():
        return False  # a warm start asks one thing only
    now = timezone.now()
    with _one_at_a_time():
        if Representative.objects.exists():
            if not Representative.objects.filter(email=f"administrator@{DOMAIN}").exists():
                return False
        else:
            create_demo_staff(at=now, password=_password(settings))
        create_demo_work(at=now)
        create_demo_catalogue(at=now)
        create_demo_coupons(at=now)
        create_demo_company_details(at=now)
        create_demo_knowledge(at=now)
        customers = create_demo_customers(at=now)
        create_demo_payments(at=now)
        create_demo_orders(at=now)
        count_together(now)
        create_demo_rules(at=now)
        create_demo_mail(at=now)  # the rules are there
        create_demo_billing(at=now)
    if customers:
        log.info("demo company created", customers=customers)
    return customers > 0


def add_customers(settings: Environment, *, customers: int, seed: int) -> dict[str, int] | None:
    """
    Make the demo company with so many customers, or add so many to it; rows written by table. The same seed makes the same ones in an
    empty database. None if the database holds a company of one's own.
    """
    from onhand.billing.demo import create_demo_company_details
    from onhand.catalogue.demo import create_demo_catalogue
    from onhand.coupons.demo import create_demo_coupons
    from onhand.customers.demo.company import add_demo_customers, make_histories
    from onhand.customers.models import Customer
    from onhand.knowledge.demo.company import create_demo_knowledge
    from onhand.orders.demo import create_demo_orders
    from onhand.payments.demo import create_demo_payments
    from onhand.routing.demo import create_demo_work
    from onhand.rules.demo.company import create_demo_rules
    from onhand.staff.demo import DOMAIN, create_demo_staff
    from onhand.staff.models import Representative

    now = timezone.now().replace(microsecond=0)
    with _one_at_a_time():
        if not Representative.objects.exists():
            create_demo_staff(at=now, password=_password(settings))
        elif not Representative.objects.filter(email=f"administrator@{DOMAIN}").exists():
            return None
        create_demo_work(at=now)
        create_demo_catalogue(at=now)
        create_demo_coupons(at=now)
        create_demo_company_details(at=now)
        create_demo_knowledge(at=now)
        is_first = not Customer.objects.exists()
        written = add_demo_customers(at=now, count=customers, seed=seed, progress=Bar())
        if is_first:
            make_histories(at=now, seed=seed)
            create_demo_payments(at=now)
            create_demo_orders(at=now)
            create_demo_rules(at=now)
    return written


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
        if what == "customers" and 0 < done < of:
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
