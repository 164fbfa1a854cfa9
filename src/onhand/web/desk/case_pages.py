"""What the page of a case shows, in words: the matter, its clocks, whom it is about, and what happened in it."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.cases.enums import CaseRole, ClockKind, FieldType, LinkKind
from onhand.contacts.cases.events import (
    CaseAboutToClose,
    CaseClosedUnanswered,
    CaseNotClosed,
    CaseReopened,
    ReminderDue,
)
from onhand.contacts.cases.kinds import kind_label
from onhand.contacts.cases.own_fields import show_value
from onhand.contacts.cases.page import CasePage
from onhand.contacts.cases.subjects import CASE
from onhand.contacts.enums import CaseState, Direction, Priority, TaskState
from onhand.contacts.timeline import ICONS
from onhand.customers.enums import ChannelKind
from onhand.kernel.actor import Actor
from onhand.kernel.acts import acts_on
from onhand.web.addresses import address_of
from onhand.web.desk.act_words import ChangeWords, act_label
from onhand.web.templating import show_ago, show_date, show_datetime, show_time

ASK_FOR_HELP = "contacts.ask_for_help_on_case"
KEYS = {
    "contacts.change_case": "c",
    "contacts.fill_in_case": "d",
    "contacts.assign_case": "g",
    "contacts.wait_for_customer": "w",
    "contacts.solve_case": "s",
    "contacts.escalate_case": "u",
    "contacts.add_task": "a",
    ASK_FOR_HELP: "h",
}
ONLY_WHEN: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "contacts.reopen_case": lambda data: data["closed_at"],
    "contacts.solve_case": lambda data: not data["closed_at"],
    "contacts.wait_for_customer": lambda data: data["state"] == CaseState.OPEN,
    "contacts.go_on_with_case": lambda data: data["state"] == CaseState.WAITING,
    "contacts.escalate_case": lambda data: not data["closed_at"],
    "contacts.fill_in_case": lambda data: data["asked"],
    "contacts.unlink_cases": lambda data: data["links"],
    "contacts.take_customer_from_case": lambda data: any(one["row"] for one in data["customers"]),
    "contacts.end_reminder": lambda _data: False,
    "contacts.finish_task": lambda _data: False,
    "contacts.withdraw_task": lambda _data: False,
    "contacts.add_task": lambda data: not data["closed_at"],
    ASK_FOR_HELP: lambda data: not data["closed_at"],
    "contacts.undo_merge_of_case": lambda data: data["into"],
}
EVENTS = {
    CaseAboutToClose.name: gettext_lazy("About to close, since the customer does not answer"),
    CaseClosedUnanswered.name: gettext_lazy("Closed, since the customer did not answer"),
    CaseNotClosed.name: gettext_lazy("Could not be closed by itself"),
    CaseReopened.name: gettext_lazy("Open again, since the customer wrote"),
    ReminderDue.name: gettext_lazy("A reminder came up"),
}
TONES = {Priority.HIGH: "warn", Priority.URGENT: "bad"}


def case_context(page: CasePage, actor: Actor) -> dict[str, Any]:
    """The context of the page of a case."""
    data, now = page.data, timezone.now()
    customers = [_customer(one) for one in data["customers"]]
    first = next(iter(page.seen_customers), None)
    topics = [f"case:{page.id}"] + ([f"customer:{first}"] if first else [])
    return {
        "case": _head(data, now),
        "clocks": [_clock(one, now) for one in data["clocks"] if not one["stopped_at"]],
        "customers": customers,
        "fields": _own_fields(data),
        "belongs": _belonging(data),
        "promises": [_promise(one, actor, first, now) for one in data["promises"] if _is_open(one)],
        "tasks": [_task(one, page.id, now) for one in data["tasks"] if one["state"] == TaskState.OPEN],
        "reminders": [_reminder(one, page.id, now) for one in data["reminders"]],
        "days": _days(data),
        "contacts": [_contact(one) for one in data["contacts"]],
        "live": " ".join(topics),
        "parts_url": address_of("desk:case_parts", data["reference"]),
        "column": "stream",
        **_acts(data, page.id, actor),
    }


def case_act_url(case_id: int, name: str) -> str:
    """The address of the form of an act on a case."""
    return address_of("desk:act", name, case_id)


def _acts(data: Mapping[str, Any], case_id: int, actor: Actor) -> dict[str, Any]:
    offered = [act for act in acts_on(CASE, actor) if _is_offered(act.name, data)]
    if data["into"]:
        offered = [act for act in offered if act.name == "contacts.undo_merge_of_case"]
    links = [
        (act.name, {"label": act.label, "url": case_act_url(case_id, act.name), "key": KEYS.get(act.name, "")})
        for act in offered
    ]
    return {
        "acts": [link for name, link in links if name in KEYS or data["into"] or name.endswith("reopen_case")],
        "more_acts": [
            link for name, link in links if not (name in KEYS or data["into"] or name.endswith("reopen_case"))
        ],
    }


def _is_offered(name: str, data: Mapping[str, Any]) -> bool:
    return name not in ONLY_WHEN or bool(ONLY_WHEN[name](data))


def _head(data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    state, priority = CaseState(data["state"]), Priority(data["priority"])
    opened = datetime.fromisoformat(data["opened_at"])
    facts = [
        (_("Kind"), kind_label(data["kind"], data["kind_name"])),
        (_("Looked after by"), data["owner"] or _("nobody yet")),
        (_("Team"), data["team"]),
        (_("Stage of work"), data["stage"]),
        (_("Reason"), data["reason"]),
        (_("Product"), data["product"]),
        (_("Opened"), f"{show_datetime(opened)} · {show_ago(opened, now)}"),
        (_("Closed"), _moment(data["closed_at"])),
        (_("How it was solved"), data["outcome"]),
        (_("Came back"), _("%(count)s times") % {"count": data["reopened"]} if data["reopened"] else ""),
    ]
    return {
        "id": data["id"],
        "reference": data["reference"],
        "subject": data["subject"],
        "kind": kind_label(data["kind"], data["kind_name"]),
        "state": state.label,
        "state_tone": {CaseState.OPEN: "info", CaseState.WAITING: "warn"}.get(state, ""),
        "priority": priority.label if priority is not Priority.NORMAL else "",
        "priority_tone": TONES.get(priority, ""),
        "facts": [(label, value) for label, value in facts if value],
        "waiting": _moment(data["waiting_since"]),
        "closes": _moment(data["closes_at"]),
        "into": _other(data["into"]) if data["into"] else None,
    }


def _clock(clock: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A clock as a bar and a figure: how much of the time is used, and what is left or by how much it passed."""
    started, due = datetime.fromisoformat(clock["started_at"]), datetime.fromisoformat(clock["due_at"])
    met = datetime.fromisoformat(clock["met_at"]) if clock["met_at"] else None
    seen_at = met or (datetime.fromisoformat(clock["paused_at"]) if clock["paused_at"] else now)
    whole = (due - started).total_seconds() or 1
    used = max(0, min(100, round((seen_at - started).total_seconds() / whole * 100)))
    is_late = seen_at > due
    if met:
        words = _("met %(time)s") % {"time": show_datetime(met)}
    elif clock["paused_at"]:
        words = _("stands still: waiting for the customer")
    elif is_late:
        words = _("%(time)s too late") % {"time": length_words(now - due)}
    else:
        words = _("%(time)s left") % {"time": length_words(due - now)}
    tone = "bad" if is_late else "good" if met else "quiet" if clock["paused_at"] else "warn" if used >= 80 else "info"
    return {
        "id": clock["id"],
        "label": ClockKind(clock["kind"]).label,
        "due": show_datetime(due),
        "words": words,
        "used": 100 if is_late else used,
        "tone": tone,
        "is_late": is_late,
        "by_hand": clock["minutes"] is None,
    }


def length_words(time: timedelta) -> str:
    """How long something is, by its two largest units."""
    minutes = int(time.total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return _("%(days)s d %(hours)s h") % {"days": days, "hours": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes} if hours else f"{minutes} min"


def _customer(one: Mapping[str, Any]) -> dict[str, Any]:
    seen = one["seen"]
    return {
        "id": one["row"] or 0,
        "name": one["name"] if seen else _("A customer you may not see"),
        "hint": " · ".join(filter(None, (one["reference"], one["city"]))) if seen else "",
        "url": address_of("desk:customer", one["id"]) if seen else "",
        "role": CaseRole(one["role"]).label if one["role"] else _("Their matter"),
    }


def _own_fields(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    shown = []
    for field in data["asked"] or ():
        value = data["own_fields"].get(field["key"])
        is_day = field["type"] == FieldType.DATE and isinstance(value, str)
        words = show_date(date.fromisoformat(str(value))) if is_day else show_value(value)
        shown.append((field["name"], words or (_("still to be filled in") if field.get("required") else "–")))
    return shown


def _other(one: Mapping[str, Any], how: str = "") -> dict[str, Any]:
    state = CaseState(one["state"])
    return {
        "id": one["id"],
        "how": how,
        "reference": one["reference"],
        "subject": one["subject"] if one["seen"] else _("A case you may not see"),
        "state": state.label,
        "is_open": state != CaseState.CLOSED,
        "url": address_of("desk:case", one["reference"]) if one["seen"] else "",
    }


def _belonging(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    back = {LinkKind.FOLLOWS: _("Led to"), LinkKind.SPLIT: _("Split off")}
    found = [_other(data["parent"], _("Part of"))] if data["parent"] else []
    found += [_other(one, _("Has the part")) for one in data["children"]]
    found += [_other(one, _("Merged into this one")) for one in data["merged"]]
    for one in data["links"]:
        kind = LinkKind(one["link"])
        found.append(_other(one, back.get(kind, str(kind.label)) if one["back"] else str(kind.label)))
    return found


def _is_open(promise: Mapping[str, Any]) -> bool:
    return not promise["kept_at"] and not promise["called_off_at"]


def _promise(one: Mapping[str, Any], actor: Actor, customer_id: int | None, now: datetime) -> dict[str, Any]:
    due = datetime.fromisoformat(one["due_at"])
    may = customer_id is not None and actor.may("contacts.promise")
    doing = (("contacts.keep_promise", _("Kept")), ("contacts.call_off_promise", _("Call off")))
    return {
        "id": one["id"],
        "text": one["text"],
        "due": show_datetime(due),
        "is_late": due < now,
        "is_broken": bool(one["broken_at"]),
        "by": one["by"],
        "acts": [
            {"label": label, "url": f"{address_of('desk:customer_act', customer_id, name)}?promise={one['id']}"}
            for name, label in doing
            if may
        ],
    }


def _reminder(one: Mapping[str, Any], case_id: int, now: datetime) -> dict[str, Any]:
    due = datetime.fromisoformat(one["due_at"])
    url = f"{case_act_url(case_id, 'contacts.end_reminder')}?reminder={one['id']}"
    return {"id": one["id"], "text": one["text"], "due": show_datetime(due), "is_late": due < now, "url": url}


def _task(one: Mapping[str, Any], case_id: int, now: datetime) -> dict[str, Any]:
    due = datetime.fromisoformat(one["due_at"]) if one["due_at"] else None
    doing = (("contacts.finish_task", _("Done")), ("contacts.withdraw_task", _("Withdraw")))
    whose = one["taken_by"] or one["for"] or one["team"]
    return {
        "id": one["id"],
        "text": one["text"],
        "due": show_datetime(due) if due else "",
        "is_late": due is not None and due < now,
        "whose": (_("%(name)s is at it") if one["taken_by"] else _("for %(name)s")) % {"name": whose} if whose else "",
        "acts": [{"label": label, "url": f"{case_act_url(case_id, name)}?task={one['id']}"} for name, label in doing],
    }


def _contact(one: Mapping[str, Any]) -> dict[str, Any]:
    channel = one["channel"]
    return {
        "id": one["id"],
        "label": str(dict(ChannelKind.choices).get(channel, channel)),
        "icon": ICONS.get(channel, "stream"),
        "subject": one["subject"],
        "at": _moment(one["started_at"]),
        "by": one["by"],
        "going_on": not one["ended_at"],
        "url": address_of("desk:contact", one["id"]) if one["written"] else "",
    }


def _days(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What happened, newest first, by days."""
    entries = sorted(_entries(data), key=lambda entry: entry["at"], reverse=True)
    days: list[dict[str, Any]] = []
    for entry in entries:
        local = timezone.localtime(entry["at"])
        if not days or days[-1]["id"] != f"{local:%Y%m%d}":
            days.append({"id": f"{local:%Y%m%d}", "label": show_date(local), "entries": []})
        days[-1]["entries"].append(entry | {"time": show_time(entry["at"])})
    return days


def _entries(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    words = ChangeWords(CASE)
    found = [_entry("opened", data["id"], data["opened_at"], _("Case opened"), data["subject"], icon="page")]
    for one in data["contacts"]:
        inbound = one["direction"] == Direction.INBOUND
        channel = str(dict(ChannelKind.choices).get(one["channel"], one["channel"]))
        headline = (_("%(channel)s from the customer") if inbound else _("%(channel)s to the customer")) % {
            "channel": channel
        }
        said = "\n".join(filter(None, (one["subject"], one["summary"])))
        icon = ICONS.get(one["channel"], "stream")
        found.append(_entry("contact", one["id"], one["started_at"], headline, said, icon=icon, by=one["by"]))
    for one in data["messages"]:
        headline = _("Note among colleagues") if one["internal"] else str(Direction(one["direction"]).label)
        found.append(_entry("message", one["id"], one["at"], headline, one["text"], icon="email", by=one["from"]))
    for one in data["promises"]:
        found.append(
            _entry("promise", one["id"], one["made_at"], _("Promised"), one["text"], icon="clock", by=one["by"])
        )
        if one["broken_at"]:
            found.append(_entry("broken", one["id"], one["broken_at"], _("Promise broken"), one["text"], icon="warn"))
    for one in data["tasks"]:
        if one["ended_at"]:
            words_of = _("Task done") if one["state"] == TaskState.DONE else _("Task withdrawn")
            said = "\n".join(filter(None, (one["text"], one["result"])))
            found.append(_entry("task", one["id"], one["ended_at"], words_of, said, icon="check", by=one["ended_by"]))
    for one in data["help"]:
        said = "\n".join(filter(None, (one["question"], one["answer"])))
        found.append(_entry("help", one["id"], one["asked_at"], _("Help asked for"), said, icon="people", by=one["by"]))
    for one in data["escalations"]:
        to = _("Handed up to %(name)s") % {"name": one["to"]} if one["to"] else ""
        late = _("Too late: %(clock)s") % {"clock": ClockKind(one["clock"]).label}
        found.append(_entry("late", one["id"], one["at"], late, to, icon="warn"))
    for one in data["events"]:
        if one["payload"].get("by_customer", True):  # of what people do, their acts tell
            found.append(_entry("event", one["id"], one["at"], str(EVENTS[one["name"]]), "", icon="clock"))
    for one in data["acts"]:
        if one["act"] == ASK_FOR_HELP:
            continue  # the question itself tells of it
        entry = _entry("act", one["id"], one["at"], act_label(one["act"]), "", icon="act", by=one["by"])
        found.append(entry | {"changes": words.changes(one["before"] or {}, one["after"] or {})})
    return found


def _entry(kind: str, number: int, at: str, headline: str, said: str, *, icon: str, by: str = "") -> dict[str, Any]:
    moment = datetime.fromisoformat(at)
    return {
        "id": f"{kind}-{number}",
        "at": moment,
        "kind": kind,
        "icon": icon,
        "headline": headline,
        "said": said,
        "by": by,
    }


def _moment(text: str | None) -> str:
    return show_datetime(datetime.fromisoformat(text)) if text else ""
