"""The department's rules of contacts as a subject of acts, and the periods of keeping they set."""

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from onhand.contacts.access import SET_UP
from onhand.contacts.contact_rules import current_rules
from onhand.contacts.models import ContactRules
from onhand.customers.access import MANAGE_RETENTION
from onhand.customers.privacy.periods import Period, register_period
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import SubjectType, register_subject

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

CONTACT_RULES = "contact_rules"
PAGE = "/settings/contacts/rules/"
RULE_LABELS: "dict[str, _StrOrPromise]" = {
    "undo_seconds": _("Seconds in which an answer can be undone"),
    "needs_reason": _("A reason is needed to wrap up"),
    "answer_urgent_minutes": _("Minutes to answer: urgent"),
    "answer_high_minutes": _("Minutes to answer: high"),
    "answer_normal_minutes": _("Minutes to answer: normal"),
    "answer_low_minutes": _("Minutes to answer: low"),
    "raw_mail_days": _("Days mail is kept as it arrived"),
    "unknown_contacts_months": _("Months contacts of unknown people are kept"),
}


def visible_contact_rules(actor: Actor) -> QuerySet[ContactRules]:
    """The department's rules, for who sets some of them."""
    rows = ContactRules.objects.all()
    return rows if actor.may(SET_UP) or actor.may(MANAGE_RETENTION) else rows.none()


def _values(rules: ContactRules) -> dict[str, Any]:
    return {name: getattr(rules, name) for name in RULE_LABELS}


register_subject(
    SubjectType(
        name=CONTACT_RULES,
        label=_("Rules of contacts"),
        model=ContactRules,
        visible=visible_contact_rules,
        snapshot=_values,
        snapshot_row=_values,
        title=lambda _rules: gettext("Rules of contacts"),
        page=lambda _id: PAGE,
        change_labels=RULE_LABELS,
    )
)


def raw_mail_after() -> str:
    """After how long mail as it arrived is emptied, in words."""
    days = current_rules().raw_mail_days
    return ngettext("%(count)s day after it was read", "%(count)s days after it was read", days) % {"count": days}


def unknown_contacts_after() -> str:
    """After how long contacts of unknown people are emptied, in words."""
    months = current_rules().unknown_contacts_months
    words = ngettext("%(count)s month after they ended", "%(count)s months after they ended", months)
    return words % {"count": months}


register_period(
    Period(
        key="unknown_contacts",
        label=_("Contacts whose customer never became known"),
        after=unknown_contacts_after,
        stays=_("That there was a contact, how and when, for the figures. Those of an open case are left."),
        page=PAGE,
    )
)
