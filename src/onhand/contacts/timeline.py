"""Contacts, cases and promises as entries of a customer's timeline."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.cases.enums import CaseRole
from onhand.contacts.cases.kinds import NAME_SQL, kind_label
from onhand.contacts.enums import CaseState, Direction, HelpState
from onhand.customers.enums import ChannelKind
from onhand.customers.timeline import Entry, Source, Telling, register_source

ICONS = {
    ChannelKind.TELEPHONE: "telephone",
    ChannelKind.EMAIL: "email",
    ChannelKind.CHAT: "stream",
    ChannelKind.SOCIAL: "stream",
    ChannelKind.LETTER: "page",
    ChannelKind.FAX: "page",
    ChannelKind.COUNTER: "person",
}


WAYS = {
    "questions": gettext_lazy("by questions"),
    "code": gettext_lazy("by a one-time code"),
    "portal": gettext_lazy("by signing in at the portal"),
    "authorised": gettext_lazy("as somebody authorised"),
}


def _label(choices: type[ChannelKind] | type[CaseState], value: str) -> str:
    return str(dict(choices.choices).get(value, value))


def lasted(seconds: float) -> str:
    """How long something lasted, as a stopwatch shows it: 3:12, or 1:03:12."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


SPOKEN = frozenset(
    {ChannelKind.TELEPHONE, ChannelKind.CHAT, ChannelKind.COUNTER}
)  # where it says something how long it took


def tell_contact(entry: Entry) -> Telling:
    """A contact: by which channel, from whom, about what, how long, and how sure it was who it was."""
    data = entry.data
    channel = _label(ChannelKind, data["channel"])
    facts = []
    if data["ended_at"] and data["channel"] in SPOKEN:
        facts.append((_("Lasted"), lasted((datetime.fromisoformat(data["ended_at"]) - entry.at).total_seconds())))
    if data["how"]:
        facts.append((_("Identified"), str(WAYS.get(data["how"], data["how"]))))
    if data["messages"]:
        facts.append((_("Messages"), str(data["messages"])))
    badges = [] if data["ended_at"] else [_standing(data)]
    incoming = data["direction"] == Direction.INBOUND
    headline = _("%(channel)s from the customer") if incoming else _("%(channel)s to the customer")
    said = "\n".join(part for part in (data["subject"], entry.said or data["wrote"]) if part)
    icon = ICONS.get(data["channel"], "stream")
    return Telling(headline % {"channel": channel}, said=said, icon=icon, facts=facts, badges=badges)


def _standing(data: Mapping[str, Any]) -> tuple[str, str]:
    """Whose turn it is in a contact that goes on."""
    if not data["messages"]:
        return _("going on"), "info"
    if data["waiting"]:
        return _("put by"), ""
    return (_("to be answered"), "warn") if data["needs_answer"] else (_("answered"), "good")


def tell_case(entry: Entry) -> Telling:
    """A case, on the day it was opened."""
    data = entry.data
    closed = data["state"] == CaseState.CLOSED
    badges = [(_label(CaseState, data["state"]), "" if closed else "info")]
    facts = [(_("Number"), data["reference"]), (_("Kind"), kind_label(data["kind"], data.get("kind_name", "")))]
    return Telling(_("Case opened"), said=entry.said, icon="page", facts=facts, badges=badges)


def tell_further_case(entry: Entry) -> Telling:
    """Another's case, on the day this customer was found to have to do with it."""
    role = str(dict(CaseRole.choices).get(entry.data["role"], entry.data["role"]))
    facts = [(_("Number"), entry.data["reference"]), (_("Role"), role)]
    return Telling(_("Has to do with a case of another customer"), said=entry.said, icon="page", facts=facts)


def tell_promise(entry: Entry) -> Telling:
    """A promise, on the day it was made."""
    if entry.data["called_off"]:
        badges = [(_("called off"), "")]
    elif entry.data["kept"]:
        badges = [(_("kept"), "good")]
    elif entry.data.get("broken"):
        badges = [(_("broken"), "bad")]
    else:
        badges = [(_("open"), "warn")]
    guideline = entry.data.get("guideline")
    facts = [(_("Because of the guideline"), f"{guideline}, {entry.data['version']}")] if guideline else []
    return Telling(_("Promised"), said=entry.said, icon="clock", facts=facts, badges=badges)


def tell_help(entry: Entry) -> Telling:
    """A question to colleagues about the customer's matter, on the day it was asked."""
    data = entry.data
    state = HelpState(data["state"]) if data["state"] in HelpState else HelpState.OPEN
    tone = {HelpState.OPEN: "warn", HelpState.ANSWERED: "good"}.get(state, "")
    facts = [(_("Answered by"), data["taken_by"])] if state == HelpState.ANSWERED and data["taken_by"] else []
    said = "\n".join(part for part in (entry.said, data["answer"]) if part)
    return Telling(_("Help asked for"), said=said, icon="people", facts=facts, badges=[(str(state.label), tone)])


register_source(
    Source(
        kind="contact",
        label=gettext_lazy("Contacts"),
        order=10,
        rows="contacts_contact c",
        of="c.customer_id = m.id",
        at="c.started_at",
        id="c.id",
        by="c.representative_name",
        said="c.summary",
        data="""jsonb_build_object('channel', c.channel, 'direction', c.direction, 'subject', c.subject,
          'ended_at', c.ended_at, 'level', c.identified_level, 'how', c.identified_how, 'case', c.case_id,
          'needs_answer', c.needs_answer, 'waiting', c.waiting_until is not null,
          'messages', case when c.last_message_at is null then 0 else (
            select count(*) from contacts_message x where x.contact_id = c.id and not x.is_internal and x.state <> 'cancelled') end,
          'wrote', case when c.last_message_at is null then '' else coalesce((
            select left(left(x.text, coalesce(x.quoted_from, 400)), 400) from contacts_message x
            where x.contact_id = c.id and not x.is_internal order by x.at, x.id limit 1), '') end)""",
        searched="c.subject || ' ' || c.summary || ' ' || c.representative_name",
        tell=tell_contact,
        instead_of=frozenset({"contacts.open_contact", "contacts.write_to_customer"}),
    )
)
register_source(
    Source(
        kind="case",
        label=gettext_lazy("Cases"),
        order=20,
        rows="contacts_case k",
        of="k.customer_id = m.id",
        at="k.opened_at",
        id="k.id",
        by="k.owner_name",
        said="k.subject",
        data=f"""jsonb_build_object('reference', k.reference, 'kind', k.kind, 'kind_name', {NAME_SQL}, 'state', k.state,
          'due_at', k.due_at)""",
        searched="k.subject || ' ' || k.reference || ' ' || k.owner_name",
        tell=tell_case,
        instead_of=frozenset({"contacts.open_case"}),
    )
)
register_source(
    Source(
        kind="further_case",
        label=gettext_lazy("Cases of others"),
        order=25,
        rows="contacts_casecustomer a",
        of="a.customer_id = m.id",
        at="a.added_at",
        id="a.id",
        by="a.added_by_name",
        said="(select k.subject from contacts_case k where k.id = a.case_id)",
        data="""jsonb_build_object('role', a.role,
          'reference', (select k.reference from contacts_case k where k.id = a.case_id))""",
        searched="(select k.subject || ' ' || k.reference from contacts_case k where k.id = a.case_id)",
        tell=tell_further_case,
    )
)
register_source(
    Source(
        kind="promise",
        label=gettext_lazy("Promises"),
        order=30,
        rows="contacts_promise p",
        of="p.customer_id = m.id",
        at="p.made_at",
        id="p.id",
        by="p.made_by_name",
        said="p.text",
        data="""jsonb_build_object('due_at', p.due_at, 'kept', p.kept_at is not null,
          'called_off', p.called_off_at is not null, 'broken', p.broken_at is not null, 'version', p.guideline_version,
          'guideline', (select g.name from guidelines_guideline g where g.id = p.guideline_id))""",
        searched="p.text || ' ' || p.made_by_name",
        tell=tell_promise,
        instead_of=frozenset({"contacts.make_promise"}),
    )
)
register_source(
    Source(
        kind="help",
        label=gettext_lazy("Help asked for"),
        order=35,
        rows="contacts_helprequest h",
        of="h.customer_id = m.id",
        at="h.asked_at",
        id="h.id",
        by="h.asked_by_name",
        said="h.question",
        data="jsonb_build_object('state', h.state, 'taken_by', h.taken_by_name, 'answer', h.answer)",
        searched="h.question || ' ' || h.answer || ' ' || h.asked_by_name",
        tell=tell_help,
    )
)
