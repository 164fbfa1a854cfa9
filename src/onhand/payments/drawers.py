"""Cash drawers: which one cash goes into, what is in it, and its counting. A difference is booked, never hidden."""

from datetime import datetime

from django.utils.translation import gettext as _

from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.ledger.balances import balance_of
from onhand.ledger.chart import BANK, CASH, CASH_DIFFERENCE
from onhand.ledger.posting import credit, debit, post
from onhand.payments.enums import CountKind
from onhand.payments.models import Drawer, DrawerCount


def lock_open(drawer_id: int | None, currency: str) -> Drawer:
    """
    The open drawer cash of that currency goes into, locked. Without a number it is the only one open.

    :raises NotPossible: none is open, or it must be said which.
    """
    rows = Drawer.objects.select_for_update(no_key=True).filter(is_open=True, is_active=True, currency=currency)
    found = list(rows.filter(pk=drawer_id) if drawer_id else rows.order_by("pk")[:2])
    if not found:
        words = {"currency": currency}
        raise NotPossible(_("No drawer of %(currency)s is open.") % words, field="drawer")
    if len(found) > 1:
        raise NotPossible(_("Say which drawer: several are open."), field="drawer")
    return found[0]


def lock_filled(drawer_id: int | None, amount: Money) -> Drawer:
    """The same, with at least that much in it."""
    drawer = lock_open(drawer_id, amount.currency)
    there = content(drawer)
    if there < amount:
        words = {"amount": there.formatted()}
        raise NotPossible(_("There is only %(amount)s in the drawer.") % words, field="amount")
    return drawer


def content(drawer: Drawer) -> Money:
    """What should be in a drawer by the books."""
    return balance_of(CASH, drawer.currency, owner_id=drawer.pk)


def note_count(drawer: Drawer, counted: Money, kind: CountKind, *, why: str, at: datetime, by_name: str) -> DrawerCount:
    """
    Write down what was counted in a drawer that is locked, and book the difference.

    :raises NotPossible: less than nothing, another currency, or a difference without a reason.
    """
    if counted.currency != drawer.currency or counted.minor < 0:
        words = {"currency": drawer.currency}
        raise NotPossible(_("Give the amount counted, in %(currency)s.") % words, field="counted")
    expected = content(drawer)
    difference = counted - expected
    if difference.minor and not why:
        words = {"amount": expected.formatted(), "difference": difference.formatted()}
        raise NotPossible(
            _("There should be %(amount)s: say why there is %(difference)s of difference.") % words, field="why"
        )
    count = DrawerCount.objects.create(
        drawer=drawer,
        kind=kind,
        counted_minor=counted.minor,
        expected_minor=expected.minor,
        why=why,
        at=at,
        by_name=by_name,
    )
    if difference.minor:
        post(
            "drawer",
            document=("drawer_count", count.pk),
            key=f"drawer_count:{count.pk}",
            lines=[debit(CASH, difference, owner_id=drawer.pk), credit(CASH_DIFFERENCE, difference)],
            at=at,
            booked_on=company_day(at),
            text=why,
        )
    return count


def move(drawer: Drawer, amount: Money, *, key: str, at: datetime, text: str = "") -> None:
    """Book money that was put into a drawer from the bank, or (an amount below nothing) brought to the bank."""
    post(
        "drawer",
        document=("drawer", drawer.pk),
        key=key,
        lines=[debit(CASH, amount, owner_id=drawer.pk), credit(BANK, amount)],
        at=at,
        booked_on=company_day(at),
        text=text,
    )
