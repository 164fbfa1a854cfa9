"""The company's rules as a subject of acts, and what rules may refer to."""

from collections.abc import Callable

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.knowledge.access import visible_responses
from onhand.routing.access import visible_queues
from onhand.routing.models import Queue
from onhand.rules.access import SET_UP, visible_rule_sets, visible_trials
from onhand.rules.actions import QUEUE, REPRESENTATIVE, RESPONSE, TEAM
from onhand.rules.models import RuleSet, Trial
from onhand.staff.access import visible_representatives, visible_teams
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import Representative, Team

RULE_SET, TRIAL = "rule_set", "rule_trial"
MOST_OFFERED = 500

register_subject(
    SubjectType(
        name=RULE_SET,
        label=_("Rules"),
        model=RuleSet,
        visible=visible_rule_sets,
        snapshot=lambda rule_set: {"published": rule_set.published},
        snapshot_row=lambda rule_set: {"published": rule_set.published},
        title=lambda _set: gettext("Rules for arriving contacts"),
        page=lambda _id: "/settings/rules/",
        change_labels={
            "published": _("Published version"),
            "rule": _("Rule"),
            "place": _("Place"),
            "draft": _("Draft"),
            "note": _("What is new"),
        },
    )
)


register_subject(  # nobody acts on it: its page follows how far it is
    SubjectType(
        name=TRIAL,
        label=_("Trial of rules"),
        model=Trial,
        visible=visible_trials,
        snapshot=lambda trial: {"state": trial.state},
        title=lambda _trial: gettext("Trial of rules"),
        page=lambda pk: f"/settings/rules/trials/{pk}/",
    )
)


# Rules are the whole company's: who writes them chooses among all teams and people, whatever else they see.


def _teams(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    offered = Team.objects.all() if actor.may(SET_UP) else visible_teams(actor)
    found = offered.filter(name__icontains=typed).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST_OFFERED]]


def _representatives(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    offered = Representative.objects.all() if actor.may(SET_UP) else visible_representatives(actor)
    found = offered.filter(name__icontains=typed, is_active=True, kind=RepresentativeKind.PERSON).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST_OFFERED]]


def _responses(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = visible_responses(actor).filter(is_withdrawn=False, name__icontains=typed).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST_OFFERED]]


def _queues(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    offered = Queue.objects.all() if actor.may(SET_UP) else visible_queues(actor)
    found = offered.filter(name__icontains=typed, is_active=True).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST_OFFERED]]


def _label(model: type[Team] | type[Representative] | type[Queue]) -> Callable[[Actor, int], str]:
    def label(_actor: Actor, pk: int) -> str:
        return model._default_manager.filter(pk=pk).values_list("name", flat=True).first() or ""

    return label


register_reference(ReferenceType(TEAM, _teams, is_short=True, label=_label(Team)))
register_reference(ReferenceType(REPRESENTATIVE, _representatives, is_short=True, label=_label(Representative)))
register_reference(ReferenceType(QUEUE, _queues, is_short=True, label=_label(Queue)))
register_reference(ReferenceType(RESPONSE, _responses, is_short=True))
