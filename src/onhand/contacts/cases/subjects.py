"""Cases, and how a company works on them, as subjects of acts."""

from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.access import SET_UP_CASES, visible_cases
from onhand.contacts.cases.enums import CaseRole, LinkKind, ListKind
from onhand.contacts.cases.kinds import kind_label
from onhand.contacts.enums import CaseState, Priority
from onhand.contacts.followers import CASES
from onhand.contacts.hours import write_spans
from onhand.contacts.models import BusinessCalendar, Case, CaseKind, CaseListEntry
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Act
from onhand.kernel.errors import ActError, NotPossible
from onhand.kernel.subjects import SubjectType, register_subject

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

CASE, CASE_KIND, LIST_ENTRY, CALENDAR = "case", "case_kind", "case_list_entry", "business_calendar"
WHEN_MERGED = "contacts.undo_merge_of_case"

_HANGING_ON = """
select k.key, k.name,
  (select e.name from contacts_caselistentry e where e.id = c.reason_id),
  (select e.name from contacts_caselistentry e where e.id = c.product_id),
  (select e.name from contacts_caselistentry e where e.id = c.stage_id),
  (select t.name from staff_team t where t.id = c.team_id),
  (select p.reference from contacts_case p where p.id = c.parent_id),
  (select m.reference from contacts_case m where m.id = c.merged_into_id),
  array(select u.reference || ': ' || a.role from contacts_casecustomer a join customers_customer u on u.id = a.customer_id
    where a.case_id = c.id and a.ended_at is null order by a.id),
  array(select o.reference || ': ' || l.kind from contacts_caselink l join contacts_case o on o.id = l.other_id
    where l.case_id = c.id order by l.id),
  array(select d.kind || ': ' || to_char(d.due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS+00:00') from contacts_caseclock d
    where d.case_id = c.id and d.met_at is null and d.stopped_at is null order by d.id)
from (select %s::bigint as id, %s::text as kind, %s::bigint as reason_id, %s::bigint as product_id, %s::bigint as stage_id,
  %s::bigint as team_id, %s::bigint as parent_id, %s::bigint as merged_into_id) c
left join contacts_casekind k on k.key = c.kind
"""

CASE_LABELS: "dict[str, _StrOrPromise]" = {
    "subject": gettext_lazy("What it is about"),
    "kind": gettext_lazy("Kind"),
    "state": gettext_lazy("State"),
    "priority": gettext_lazy("Priority"),
    "owner": gettext_lazy("Looked after by"),
    "team": gettext_lazy("Team"),
    "due": gettext_lazy("To be solved by"),
    "reason": gettext_lazy("Reason"),
    "product": gettext_lazy("Product"),
    "stage": gettext_lazy("Stage of work"),
    "outcome": gettext_lazy("How it was solved"),
    "own_fields": gettext_lazy("Details"),
    "waiting_since": gettext_lazy("Waiting since"),
    "closes": gettext_lazy("Closes by itself"),
    "part_of": gettext_lazy("Part of"),
    "merged_into": gettext_lazy("Merged into"),
    "further_customers": gettext_lazy("Further customers"),
    "links": gettext_lazy("Linked cases"),
    "clocks": gettext_lazy("Due times"),
    "escalated": gettext_lazy("Handed up"),
    "reminder": gettext_lazy("Reminder"),
    "task": gettext_lazy("Task"),
    "help": gettext_lazy("Help asked for"),
    "split_off": gettext_lazy("Split off"),
    "merged": gettext_lazy("Merged"),
    "unmerged": gettext_lazy("Merge undone"),
    "wholes": gettext_lazy("Opened again with it"),
}


def snapshot_case(case: Case) -> dict[str, Any]:
    """Everything acts change on a case, in one statement."""
    given = (case.reason_id, case.product_id, case.stage_id, case.team_id, case.parent_id, case.merged_into_id)
    with connection.cursor() as cursor:
        cursor.execute(_HANGING_ON, [case.pk, case.kind, *given])
        key, name, reason, product, stage, team, parent, merged_into, customers, links, clocks = cursor.fetchone()
    return {
        "subject": case.subject,
        "kind": kind_label(key or case.kind, name or ""),
        "state": str(case.state),
        "priority": str(int(case.priority)),
        "owner": case.owner_name,
        "team": team or "",
        "due": case.due_at.isoformat() if case.due_at else "",
        "reason": reason or "",
        "product": product or "",
        "stage": stage or "",
        "outcome": case.outcome,
        "own_fields": {name: value for name, value in case.own_fields.items() if value is not None},
        "waiting_since": case.waiting_since.isoformat() if case.waiting_since else "",
        "closes": case.closes_at.isoformat() if case.closes_at else "",
        "part_of": parent or "",
        "merged_into": merged_into or "",
        "further_customers": customers,
        "links": links,
        "clocks": clocks,
    }


def _refuse_merged(case: Case, act: Act) -> ActError | None:
    if case.merged_into_id is None or act.name == WHEN_MERGED:
        return None
    into = Case.objects.filter(pk=case.merged_into_id).values_list("reference", flat=True).first()
    return NotPossible(_("This case was merged into %(reference)s: work on that one.") % {"reference": into})


register_subject(
    SubjectType(
        name=CASE,
        label=gettext_lazy("Case"),
        model=Case,
        visible=visible_cases,
        snapshot=snapshot_case,
        title=lambda case: f"{case.reference} · {case.subject}",
        page=lambda pk: f"/desk/cases/{pk}/",
        change_labels=CASE_LABELS,
        value_labels={
            "state": dict(CaseState.choices),
            "priority": {str(value): label for value, label in Priority.choices},
            "role": dict(CaseRole.choices),
            "link": dict(LinkKind.choices),
        },
        refuse=_refuse_merged,
        follow=CASES.tell,
    )
)


def _for_who_sets_up(model: type[Any]) -> Any:
    def visible(actor: Actor) -> QuerySet[Model]:
        rows = model._default_manager.all()
        return rows if actor.may(SET_UP_CASES) else rows.none()  # type: ignore[no-any-return]

    return visible


def _kind(kind: CaseKind) -> dict[str, Any]:
    return {
        "name": kind_label(kind.key, kind.name),
        "own_fields": [f"{one['name']} ({one['type']})" for one in kind.own_fields],
        "priority": str(int(kind.priority)),
        "first_reply_minutes": kind.first_reply_minutes,
        "next_reply_minutes": kind.next_reply_minutes,
        "resolution_minutes": kind.resolution_minutes,
        "calendar": kind.calendar.name if kind.calendar else "",
        "closes_after_days": kind.closes_after_days,
        "warns_days_before": kind.warns_days_before,
        "closing_notice": kind.closing_notice.name if kind.closing_notice else "",
        "reopens_within_days": kind.reopens_within_days,
        "escalates_to": kind.escalates_to.name if kind.escalates_to else "",
        "is_active": kind.is_active,
    }


def _calendar(calendar: BusinessCalendar) -> dict[str, Any]:
    return {
        "name": calendar.name,
        "time_zone": calendar.time_zone,
        "week": [write_spans(spans) or "–" for spans in calendar.week],
        "is_usual": calendar.is_usual,
        "public_holidays": " ".join(filter(None, (calendar.holiday_country, calendar.holiday_region))),
        "days": [
            f"{one.day.isoformat()} {one.name}: {write_spans(one.spans) or '–'}"
            for one in calendar.days.order_by("day")
        ],
    }


KIND_LABELS: "dict[str, _StrOrPromise]" = {
    "name": gettext_lazy("Name"),
    "own_fields": gettext_lazy("Own fields"),
    "priority": gettext_lazy("Priority"),
    "first_reply_minutes": gettext_lazy("First reply within (minutes)"),
    "next_reply_minutes": gettext_lazy("Next reply within (minutes)"),
    "resolution_minutes": gettext_lazy("Solved within (minutes)"),
    "calendar": gettext_lazy("Opening hours"),
    "closes_after_days": gettext_lazy("Closes without an answer after (days)"),
    "warns_days_before": gettext_lazy("Announced so many days before"),
    "closing_notice": gettext_lazy("What the customer is told before"),
    "reopens_within_days": gettext_lazy("Opens again for the customer within (days)"),
    "escalates_to": gettext_lazy("Handed up to when late"),
    "is_active": gettext_lazy("In use"),
}

register_subject(
    SubjectType(
        name=CASE_KIND,
        label=gettext_lazy("Kind of case"),
        model=CaseKind,
        visible=_for_who_sets_up(CaseKind),
        snapshot=_kind,
        title=lambda kind: kind_label(kind.key, kind.name),
        page=lambda pk: f"/settings/cases/{pk}/",
        change_labels=KIND_LABELS,
        value_labels={"priority": {str(value): label for value, label in Priority.choices}},
    )
)
register_subject(
    SubjectType(
        name=LIST_ENTRY,
        label=gettext_lazy("Entry of a list"),
        model=CaseListEntry,
        visible=_for_who_sets_up(CaseListEntry),
        snapshot=lambda entry: {"list": entry.list, "name": entry.name, "is_active": entry.is_active},
        title=lambda entry: entry.name,
        page=lambda _pk: "/settings/cases/lists/",
        change_labels={"list": gettext_lazy("List"), "name": gettext_lazy("Name"), "is_active": gettext_lazy("In use")},
        value_labels={"list": dict(ListKind.choices)},
    )
)
register_subject(
    SubjectType(
        name=CALENDAR,
        label=gettext_lazy("Opening hours"),
        model=BusinessCalendar,
        visible=_for_who_sets_up(BusinessCalendar),
        snapshot=_calendar,
        title=lambda calendar: calendar.name,
        page=lambda pk: f"/settings/hours/{pk}/",
        change_labels={
            "name": gettext_lazy("Name"),
            "time_zone": gettext_lazy("Time zone"),
            "week": gettext_lazy("Week, from Monday"),
            "is_usual": gettext_lazy("The usual one"),
            "public_holidays": gettext_lazy("Public holidays"),
            "days": gettext_lazy("Days with other hours"),
        },
    )
)
