"""What the department has laid down for all contacts: each setting with what it means now, what can be changed, and how it became so."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from onhand.channels.email import emptying as raw_mail
from onhand.contacts import emptying as unknown
from onhand.contacts.access import SET_UP
from onhand.contacts.answer_times import read_answer_times
from onhand.contacts.contact_rules import current_rules
from onhand.contacts.contact_rules_subject import CONTACT_RULES, raw_mail_after, unknown_contacts_after
from onhand.contacts.enums import Priority
from onhand.contacts.models import BusinessCalendar, ContactReason, ContactRules
from onhand.customers.privacy.retention import months_before
from onhand.kernel.actor import Actor
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import act_links
from onhand.web.settings.records import history
from onhand.web.templating import show_date, show_datetime, show_exact

CHANGE, RETENTION = "contacts.change_contact_rules", "contacts.change_contact_retention"


@require_safe
@for_actor(SET_UP)
def contact_rules(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The department's rules of contacts, each explained by what it would do at this moment."""
    rules, now = current_rules(), timezone.now()
    links = act_links(actor, CONTACT_RULES, rules.pk) if rules.pk else []
    calendar = BusinessCalendar.objects.filter(is_usual=True).first()
    context = {
        "title": _("Rules of contacts"),
        "lead": _("What counts for every contact of the department. What stands here is what would happen now."),
        "undo": _undo(rules, now),
        "wrap_up": _wrap_up(rules),
        "times": _times(now),
        "calendar": calendar,
        "kept": _kept(rules, now),
        "acts": [link for link in links if link["name"] == CHANGE],
        "retention_acts": [link for link in links if link["name"] == RETENTION],
        "history": history(actor, CONTACT_RULES, rules.pk) if rules.pk else [],
    }
    return render(request, "settings/contact_rules.html", context)


def _undo(rules: ContactRules, now: datetime) -> dict[str, str]:
    seconds = rules.undo_seconds
    if not seconds:
        return {"value": _("Not at all"), "words": _("An answer leaves at once, and cannot be taken back.")}
    leaves = timezone.localtime(now + timedelta(seconds=seconds)).strftime("%H:%M:%S")
    sent = timezone.localtime(now).strftime("%H:%M:%S")
    return {
        "value": ngettext("%(count)s second", "%(count)s seconds", seconds) % {"count": seconds},
        "words": _("An answer sent at %(sent)s leaves at %(leaves)s; until then whoever wrote it can take it back.")
        % {"sent": sent, "leaves": leaves},
    }


def _wrap_up(rules: ContactRules) -> dict[str, str]:
    count = ContactReason.objects.filter(is_active=True).exclude(parent__is_active=False).count()
    if not rules.needs_reason:
        words = _("A contact can be wrapped up without saying what it was about. Figures by reason then miss it.")
    elif count:
        words = ngettext(
            "A contact is wrapped up only with a reason: there is %(count)s to choose from.",
            "A contact is wrapped up only with a reason: there are %(count)s to choose from.",
            count,
        ) % {"count": count}
    else:
        words = _("There are no reasons yet, so none is asked for.")
    return {"value": _("Needed") if rules.needs_reason else _("Not needed"), "words": words}


def _times(now: datetime) -> list[dict[str, Any]]:
    times = read_answer_times()
    shown = []
    for priority, minutes in times.minutes.items():
        due = times.due(priority, now)
        shown.append(
            {
                "priority": Priority(priority).label,
                "within": _length(minutes),
                "due": show_datetime(due),
                "exact": show_exact(due),
            }
        )
    return shown


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return ngettext("%(count)s minute", "%(count)s minutes", rest) % {"count": rest}
    words = ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    return f"{words} {rest} min" if rest else words


def _kept(rules: ContactRules, now: datetime) -> list[dict[str, Any]]:
    mail_before = now - timedelta(days=rules.raw_mail_days)
    contacts_before = months_before(now, rules.unknown_contacts_months)
    return [
        {
            "label": _("Mail as it arrived"),
            "after": raw_mail_after(),
            "words": _("With all its headers, beside the contact made of it. The contact and its files stay."),
            "now": _now(mail_before, raw_mail.count_read(mail_before, now), raw_mail.MOST_COUNTED),
        },
        {
            "label": _("Contacts whose customer never became known"),
            "after": unknown_contacts_after(),
            "words": _("What was said, files, addresses and names go. That there was a contact stays for the figures."),
            "now": _now(contacts_before, unknown.count_unknown(contacts_before, now), unknown.MOST_COUNTED),
        },
    ]


def _now(before: datetime, count: int, most: int) -> str:
    """What the next night would take out."""
    if not count:
        return _("Nothing is from before %(date)s.") % {"date": show_date(before)}
    shown = f"{count:,}+" if count == most else f"{count:,}"
    words = ngettext(
        "%(count)s is from before %(date)s, and is emptied tonight.",
        "%(count)s are from before %(date)s, and are emptied tonight.",
        count,
    )
    return words % {"count": shown, "date": show_date(before)}
