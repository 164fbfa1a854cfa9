"""Cash drawers: set up, opened, counted, filled and emptied, closed."""

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import Money
from onhand.payments import access, drawers, subjects
from onhand.payments.enums import CountKind
from onhand.payments.models import Drawer, new_token

Counted = Annotated[Money, Field(label=gettext_lazy("Counted"))]
WhyDifferent = Annotated[
    str,
    Field(
        label=gettext_lazy("Why there is a difference"),
        max_length=300,
        help=gettext_lazy("Needed where it is not what it should be. The difference is booked."),
    ),
]
DrawerName = Annotated[str, Field(label=gettext_lazy("Name"), max_length=100, current=lambda drawer: drawer.name)]


@act(subject=subjects.DRAWER, creates=True, permission=access.MANAGE, label=gettext_lazy("Add a cash drawer"))
def add_drawer(
    *,
    run: Run,
    drawer_name: DrawerName,
    currency: Annotated[str, Field(label=gettext_lazy("Currency"), max_length=3)] = "EUR",
) -> Drawer:
    """Add a drawer for cash of one currency. It is opened before cash goes into it."""
    if Drawer.objects.filter(name=drawer_name).exists():
        raise NotPossible(_("There is a drawer of this name."), field="drawer_name")
    try:
        known = Money(0, currency.upper()).currency
    except ValueError:
        raise NotPossible(_("Give a currency such as EUR."), field="currency") from None
    return Drawer.objects.create(name=drawer_name, currency=known)


@act(subject=subjects.DRAWER, permission=access.MANAGE, label=gettext_lazy("Change the drawer"))
def change_drawer(
    drawer: Drawer,
    *,
    run: Run,
    drawer_name: DrawerName,
    in_use: Annotated[bool, Field(label=gettext_lazy("In use"), current=lambda drawer: drawer.is_active)] = True,
) -> None:
    """Change a drawer's name, or take one out of use that is closed and empty."""
    if Drawer.objects.filter(name=drawer_name).exclude(pk=drawer.pk).exists():
        raise NotPossible(_("There is a drawer of this name."), field="drawer_name")
    if not in_use and (drawer.is_open or drawers.content(drawer).minor):
        raise NotPossible(_("Close and empty the drawer first."), field="in_use")
    drawer.name, drawer.is_active = drawer_name, in_use


@act(subject=subjects.DRAWER, permission=access.DRAWER, label=gettext_lazy("Open the drawer"))
def open_drawer(drawer: Drawer, *, run: Run, counted: Counted, why: WhyDifferent = "") -> None:
    """Count what is in the drawer, and open it: cash can be taken."""
    if drawer.is_open:
        raise NotPossible(_("The drawer is open already."))
    _count(drawer, counted, CountKind.OPENED, why, run)
    drawer.is_open, drawer.opened_at, drawer.opened_by_name = True, run.at, run.actor.name


@act(subject=subjects.DRAWER, permission=access.DRAWER, label=gettext_lazy("Count the drawer"))
def count_drawer(drawer: Drawer, *, run: Run, counted: Counted, why: WhyDifferent = "") -> None:
    """Count what is in an open drawer."""
    _require_open(drawer)
    _count(drawer, counted, CountKind.COUNTED, why, run)


@act(subject=subjects.DRAWER, permission=access.DRAWER, label=gettext_lazy("Put money in or take it out"))
def move_cash(
    drawer: Drawer,
    *,
    run: Run,
    amount: Annotated[
        Money,
        Field(
            label=gettext_lazy("Amount"), help=gettext_lazy("From the bank; with a minus, what is brought to the bank.")
        ),
    ],
    why: Annotated[str, Field(label=gettext_lazy("Reason"), max_length=200)] = "",
) -> None:
    """Put change from the bank into an open drawer, or bring money from it to the bank."""
    _require_open(drawer)
    if amount.currency != drawer.currency or not amount.minor:
        words = {"currency": drawer.currency}
        raise NotPossible(_("Give an amount in %(currency)s.") % words, field="amount")
    there = drawers.content(drawer)
    if (there + amount).minor < 0:
        words = {"amount": there.formatted()}
        raise NotPossible(_("There is only %(amount)s in the drawer.") % words, field="amount")
    drawers.move(drawer, amount, key=f"drawer:{drawer.pk}:{new_token()}", at=run.at, text=why)
    run.changed("moved", after=amount.as_json())


@act(subject=subjects.DRAWER, permission=access.DRAWER, label=gettext_lazy("Close the drawer"))
def close_drawer(drawer: Drawer, *, run: Run, counted: Counted, why: WhyDifferent = "") -> None:
    """Count what is in the drawer, and close it: no cash is taken until it is opened again."""
    _require_open(drawer)
    _count(drawer, counted, CountKind.CLOSED, why, run)
    drawer.is_open = False


def _require_open(drawer: Drawer) -> None:
    if not drawer.is_open:
        raise NotPossible(_("Open the drawer first."))


def _count(drawer: Drawer, counted: Money, kind: CountKind, why: str, run: Run) -> None:
    count = drawers.note_count(drawer, counted, kind, why=why, at=run.at, by_name=run.actor.name)
    run.changed("counted", after=counted.as_json())
    difference = Money(count.counted_minor - count.expected_minor, drawer.currency)
    if difference.minor:
        run.changed("difference", after=difference.as_json())
