"""What is set up for routing: why people are away, what kinds of work take of them, and what each person can take."""

from collections.abc import Mapping
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.hints import send_after_commit
from onhand.routing import access
from onhand.routing.enums import CountsAs, Leaving
from onhand.routing.kinds import registered
from onhand.routing.models import AwayReason, KindSetting, Seat
from onhand.routing.seats import tell_seat
from onhand.routing.setup_subjects import AWAY_REASON, STAND_IN, WORK_KIND
from onhand.routing.subjects import SEAT
from onhand.staff.access import visible_representatives

MOST_CAPACITY = 100
MOST_MINUTES = 24 * 60
MOST_REASONS = 100


def kind_options() -> "list[tuple[str, Any]]":
    """(key, label) of every kind of work."""
    return sorted(((key, kind.label) for key, kind in registered().items()), key=lambda one: str(one[1]))


def limit_parts(_seat_id: int | None) -> list[Field]:
    """One box a kind of work, for the most of it at a time."""
    return [
        Field(name=key, label=_("At most at a time: %(kind)s") % {"kind": label}, widget="number", required=False)
        for key, label in kind_options()
    ]


ReasonName = Annotated[str, Field(label=gettext_lazy("Name"), max_length=60, current=lambda reason: reason.name)]
Counts = Annotated[
    CountsAs,
    Field(
        label=gettext_lazy("Counts as"),
        help=gettext_lazy("In reports of working time."),
        current=lambda reason: reason.counts_as,
    ),
]
Paid = Annotated[bool, Field(label=gettext_lazy("Paid"), current=lambda reason: reason.is_paid)]
MostMinutes = Annotated[
    int | None,
    Field(
        label=gettext_lazy("Minutes at most"),
        help=gettext_lazy("After so long the clock makes them available. Leave empty for no end."),
        current=lambda reason: reason.most_minutes,
    ),
]


@act(subject=AWAY_REASON, creates=True, permission=access.SET_UP, label=gettext_lazy("Add a reason for being away"))
def add_away_reason(
    *, run: Run, reason_name: ReasonName, counts_as: Counts, is_paid: Paid = False, most_minutes: MostMinutes = None
) -> AwayReason:
    """Add a reason people choose when they are away, such as lunch, training or a meeting."""
    require_free_reason(reason_name)
    if AwayReason.objects.count() >= MOST_REASONS:
        raise NotPossible(_("There are %(most)s already, the most there can be.") % {"most": MOST_REASONS})
    _within(most_minutes, 1, MOST_MINUTES, "most_minutes")
    reason = AwayReason(name=reason_name, counts_as=counts_as, is_paid=is_paid, most_minutes=most_minutes)
    reason.save()
    return reason


@act(subject=AWAY_REASON, permission=access.SET_UP, label=gettext_lazy("Change the reason"))
def change_away_reason(
    reason: AwayReason,
    *,
    run: Run,
    reason_name: ReasonName,
    counts_as: Counts,
    is_paid: Paid = False,
    most_minutes: MostMinutes = None,
) -> None:
    """Change what a reason for being away is called, what it counts as, and how long it may last from the next time on."""
    require_free_reason(reason_name, of=reason.pk)
    _within(most_minutes, 1, MOST_MINUTES, "most_minutes")
    reason.name, reason.counts_as, reason.is_paid, reason.most_minutes = reason_name, counts_as, is_paid, most_minutes


@act(subject=AWAY_REASON, permission=access.SET_UP, label=gettext_lazy("Retire the reason"))
def retire_away_reason(reason: AwayReason, *, run: Run) -> None:
    """Offer this reason no more. Who is away for it stays so; what was counted by it stays counted."""
    _set_active(reason, active=False)


@act(subject=AWAY_REASON, permission=access.SET_UP, label=gettext_lazy("Bring the reason back"))
def bring_away_reason_back(reason: AwayReason, *, run: Run) -> None:
    """Offer a retired reason again."""
    _set_active(reason, active=True)


Units = Annotated[
    int,
    Field(
        label=gettext_lazy("Units it takes"),
        help=gettext_lazy("Of somebody's capacity, which is one number for all kinds of work."),
        current=lambda setting: setting.units,
    ),
]
TakesAll = Annotated[
    bool,
    Field(
        label=gettext_lazy("Takes everything"),
        help=gettext_lazy("As a call does: nothing else is given beside it."),
        current=lambda setting: setting.takes_all,
    ),
]
Interrupts = Annotated[
    list[str],
    Field(
        label=gettext_lazy("May interrupt"),
        help=gettext_lazy("What is interrupted is parked and stays with whoever has it."),
        options=kind_options,
        current=lambda setting: list(setting.interrupts),
    ),
]
AcceptsItself = Annotated[
    bool,
    Field(
        label=gettext_lazy("Given without asking"),
        help=gettext_lazy("It is not offered first, whatever its queue says."),
        current=lambda setting: setting.accepts_itself,
    ),
]
Minutes = Annotated[
    int, Field(label=gettext_lazy("Minutes it is expected to take"), current=lambda setting: setting.minutes)
]


@act(subject=WORK_KIND, creates=True, permission=access.SET_UP, label=gettext_lazy("Change a kind of work"))
def set_up_kind(
    *,
    run: Run,
    kind: Annotated[str, Field(label=gettext_lazy("Kind of work"), options=kind_options)],
    units: Units,
    minutes: Minutes,
    takes_all: TakesAll = False,
    interrupts: Interrupts = [],  # noqa: B006  (never changed)
    accepts_itself: AcceptsItself = False,
) -> KindSetting:
    """Change what a kind of work takes of people from what the product says. Work that is given keeps what it takes."""
    if kind not in registered():
        raise NotPossible(_("Choose one of the list."), field="kind")
    if KindSetting.objects.filter(kind=kind).exists():
        raise NotPossible(_("This kind was changed before. Change it again from its own line."), field="kind")
    setting = KindSetting(kind=kind)
    set_kind(setting, units, minutes, takes_all, interrupts, accepts_itself)
    setting.save()
    return setting


@act(subject=WORK_KIND, permission=access.SET_UP, label=gettext_lazy("Change the kind of work"))
def change_kind(
    setting: KindSetting,
    *,
    run: Run,
    units: Units,
    minutes: Minutes,
    takes_all: TakesAll = False,
    interrupts: Interrupts = [],  # noqa: B006
    accepts_itself: AcceptsItself = False,
) -> None:
    """Change what a kind of work takes of people. Work that is given keeps what it takes."""
    set_kind(setting, units, minutes, takes_all, interrupts, accepts_itself)


@act(subject=SEAT, permission=access.SET_UP, label=gettext_lazy("Change what they can take"))
def set_up_seat(
    seat: Seat,
    *,
    run: Run,
    capacity: Annotated[
        int,
        Field(
            label=gettext_lazy("Capacity"),
            help=gettext_lazy("One number for all kinds of work together; each kind takes some units of it."),
            current=lambda seat: seat.capacity,
        ),
    ],
    hardest: Annotated[
        int,
        Field(
            label=gettext_lazy("Hardest work"),
            help=gettext_lazy("The hardest difficulty they are given, from 1 for beginners to 5."),
            options=lambda: [(str(level), str(level)) for level in range(1, 6)],
            current=lambda seat: seat.hardest,
        ),
    ],
    limits: Annotated[
        dict[str, Any],
        Field(
            label=gettext_lazy("At most at a time"),
            parts=limit_parts,
            current=lambda seat: seat.limits,
        ),
    ] = {},  # noqa: B006
    leaving: Annotated[
        Leaving | None,
        Field(
            label=gettext_lazy("Open work when they leave"),
            help=gettext_lazy("Leave empty to do as the queue says."),
            current=lambda seat: seat.leaving,
        ),
    ] = None,
    colleague: Annotated[
        int | None,
        Field(label=gettext_lazy("Colleague it goes to"), reference=STAND_IN, current=lambda seat: seat.colleague_id),
    ] = None,
) -> None:
    """Change how much of which work a person is given at a time, and what becomes of it when they leave. It counts from now on."""
    _within(capacity, 1, MOST_CAPACITY, "capacity")
    _within(hardest, 1, 5, "hardest")
    if colleague is not None and colleague != seat.colleague_id:
        seen = visible_representatives(run.actor).filter(pk=colleague, is_active=True)
        if colleague == seat.pk or not seen.exists():
            raise NotPossible(_("Choose an active colleague you see."), field="colleague")
    if leaving is Leaving.HAND_OVER and colleague is None:
        raise NotPossible(_("Say to whom their work goes."), field="colleague")
    seat.capacity, seat.hardest, seat.limits = capacity, hardest, _read_limits(limits)
    seat.leaving, seat.colleague_id = leaving or "", colleague
    tell_seat(seat.pk)


def _read_limits(given: Mapping[str, Any]) -> dict[str, int]:
    """Kind of work → most at a time; an empty value is no limit."""
    limits = {}
    for kind, value in given.items():
        if kind not in registered():
            raise NotPossible(_("There is no kind of work called “%(kind)s”.") % {"kind": kind}, field="limits")
        if value is None or value == "":
            continue
        text = str(value).strip()
        if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) <= 3):
            raise NotPossible(_("Give whole numbers, or leave empty for no limit."), field="limits")
        limits[kind] = int(text)
    return limits


def set_kind(
    setting: KindSetting, units: int, minutes: int, takes_all: bool, interrupts: list[str], accepts_itself: bool
) -> None:
    """Assign what a kind of work takes of people; raises NotPossible where that cannot be."""
    _within(units, 1, MOST_CAPACITY, "units")
    _within(minutes, 1, MOST_MINUTES, "minutes")
    if set(interrupts) - registered().keys():
        raise NotPossible(_("Choose among the kinds of work there are."), field="interrupts")
    if setting.kind in interrupts:
        raise NotPossible(_("A kind of work does not interrupt itself."), field="interrupts")
    setting.units, setting.minutes, setting.takes_all = units, minutes, takes_all
    setting.interrupts, setting.accepts_itself = sorted(set(interrupts)), accepts_itself
    send_after_commit("route:queue:0", "floor")  # the router reads kinds of work together with queues


def _set_active(reason: AwayReason, *, active: bool) -> None:
    if reason.is_active is active:
        raise NotPossible(_("This is in use already.") if active else _("This is retired already."))
    reason.is_active = active


def require_free_reason(name: str, of: int = 0) -> None:
    """Raise NotPossible where another reason has the name."""
    if AwayReason.objects.filter(name__iexact=name).exclude(pk=of).exists():
        raise NotPossible(_("This name is taken."), field="reason_name")


def _within(number: int | None, least: int, most: int, field: str) -> None:
    if number is not None and not least <= number <= most:
        raise NotPossible(_("Give a number from %(least)s to %(most)s.") % {"least": least, "most": most}, field=field)
