"""What is set up for routing as subjects of acts: reasons for being away, kinds of work; and who can stand in for somebody."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.routing import access
from onhand.routing.enums import CountsAs
from onhand.routing.kinds import kind_of
from onhand.routing.models import AwayReason, KindSetting
from onhand.staff.access import visible_representatives

AWAY_REASON, WORK_KIND = "away_reason", "work_kind"
STAND_IN = "routing.stand_in"


def visible_reasons(actor: Actor) -> QuerySet[AwayReason]:
    """The reasons for being away, for who sets them up; choosing one needs no more than to take part."""
    return AwayReason.objects.all() if actor.may(access.SET_UP) else AwayReason.objects.none()


def visible_kinds(actor: Actor) -> QuerySet[KindSetting]:
    """What the company changed of kinds of work, for who sets them up."""
    return KindSetting.objects.all() if actor.may(access.SET_UP) else KindSetting.objects.none()


def snapshot_reason(reason: AwayReason) -> dict[str, Any]:
    """What acts change on a reason."""
    return {
        "name": reason.name,
        "paid": reason.is_paid,
        "counts_as": str(reason.counts_as),
        "most_minutes": reason.most_minutes,
        "active": reason.is_active,
    }


def snapshot_kind(setting: KindSetting) -> dict[str, Any]:
    """What acts change on a kind of work."""
    return {
        "units": setting.units,
        "takes_all": setting.takes_all,
        "interrupts": sorted(setting.interrupts),
        "accepts_itself": setting.accepts_itself,
        "minutes": setting.minutes,
    }


register_subject(
    SubjectType(
        name=AWAY_REASON,
        label=_("Reason for being away"),
        model=AwayReason,
        visible=visible_reasons,
        snapshot=snapshot_reason,
        title=lambda reason: reason.name,
        page=lambda pk: f"/settings/away/{pk}/",
        change_labels={
            "name": _("Name"),
            "paid": _("Paid"),
            "counts_as": _("Counts as"),
            "most_minutes": _("Minutes at most"),
            "active": _("In use"),
        },
        value_labels={"counts_as": dict(CountsAs.choices)},
    )
)
register_subject(
    SubjectType(
        name=WORK_KIND,
        label=_("Kind of work"),
        model=KindSetting,
        visible=visible_kinds,
        snapshot=snapshot_kind,
        title=lambda setting: str(kind_of(setting.kind).label),
        page=lambda pk: f"/settings/work/#kind-{pk}",
        change_labels={
            "units": _("Units it takes"),
            "takes_all": _("Takes everything"),
            "interrupts": _("May interrupt"),
            "accepts_itself": _("Given without asking"),
            "minutes": _("Minutes it is expected to take"),
        },
    )
)


def _stand_ins(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    found = visible_representatives(actor).filter(is_active=True, name__icontains=typed).exclude(pk=subject_id or 0)
    return [Option(pk, name) for pk, name in found.order_by("name", "pk").values_list("pk", "name")[:20]]


def _name(actor: Actor, pk: int) -> str:
    return visible_representatives(actor).filter(pk=pk).values_list("name", flat=True).first() or ""


register_reference(ReferenceType(name=STAND_IN, options=_stand_ins, label=_name))
