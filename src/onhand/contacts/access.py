"""Who may work on contacts, cases and promises, and sees which of them."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.contacts.enums import TaskState
from onhand.contacts.models import Case, CaseCustomer, CaseTask, Contact, HelpRequest
from onhand.customers.access import VIEW, visible_customers
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.permissions import permission

HANDLE = permission("contacts.handle", _("Start and end contacts with customers"))
HANDLE_CASES = permission("contacts.handle_cases", _("Open and close customers' cases"))
PROMISE = permission("contacts.promise", _("Promise customers something, and say whether it was kept"))
EVERY_CONTACT = permission("contacts.end_of_others", _("End contacts of other representatives"))
ANSWER = permission("contacts.answer", _("Write to customers"))
ANSWER_UNREVIEWED = permission(
    "contacts.answer_unreviewed", _("Send what is written to customers without a second pair of eyes")
)
RELEASE = permission("contacts.release", _("Release what colleagues wrote to customers"))
HELP = permission("contacts.help", _("Help colleagues who ask while they are on a contact or a case"))
ASSIGN = permission("contacts.assign", _("Give contacts to representatives, and take them from others"))
SET_UP = permission("contacts.set_up", _("Set up reasons, products, signatures, and how contacts are handled"))
SET_UP_CASES = permission(
    "contacts.set_up_cases",
    _("Set up kinds of cases with their times, lists of reasons and products, and opening hours"),
)


def visible_contacts(actor: Actor) -> QuerySet[Contact]:
    """
    The contacts this actor may see: those with a customer they see, those of a team of theirs (or of their sites), and their own. What
    was written to a team is the team's to answer, also where the customer's file is not theirs to open.
    """
    if not actor.may(VIEW):
        return Contact.objects.none()
    if actor.visibility == Visibility.ALL:
        return Contact.objects.all()
    theirs = Q(team__in=actor.team_ids) | Q(representative_id=actor.id, representative_id__isnull=False)
    if actor.visibility == Visibility.SITE:
        theirs |= Q(team__site__in=actor.site_ids)
    return Contact.objects.filter(_of_visible_customer(actor) | theirs)


def visible_cases(actor: Actor) -> QuerySet[Case]:
    """
    The cases this actor may see: those of a customer they see, whose main matter it is or who was added to it; of those without a
    customer their team's and their own; and those for which their team or they have something to do.
    """
    if not actor.may(VIEW):
        return Case.objects.none()
    if actor.visibility == Visibility.ALL:
        return Case.objects.all()
    added = CaseCustomer.objects.filter(_of_visible_customer(actor), case=OuterRef("pk"), ended_at__isnull=True)
    nobodys = Q(customer__isnull=True) & (Q(team__in=actor.team_ids) | Q(owner_id=actor.id, owner_id__isnull=False))
    theirs = Q(team__in=actor.team_ids) | Q(for_id=actor.id or 0) | Q(taken_by_id=actor.id or 0)
    to_do = CaseTask.objects.filter(theirs, case=OuterRef("pk"), state=TaskState.OPEN)
    return Case.objects.filter(_of_visible_customer(actor) | Exists(added) | nobodys | Exists(to_do))


def visible_help(actor: Actor) -> QuerySet[HelpRequest]:
    """The questions this actor may see: those they asked or took, and those on contacts and cases they see."""
    if not actor.may(VIEW):
        return HelpRequest.objects.none()
    if actor.visibility == Visibility.ALL:
        return HelpRequest.objects.all()
    own = Q(asked_by_id=actor.id or 0) | Q(taken_by_id=actor.id or 0)
    on_contact = Exists(visible_contacts(actor).filter(pk=OuterRef("contact")))
    return HelpRequest.objects.filter(own | on_contact | Exists(visible_cases(actor).filter(pk=OuterRef("case"))))


def _of_visible_customer(actor: Actor) -> Exists:
    """Whether the row's customer may be seen: asked for each row, as for one row there is no need to know all of them."""
    return Exists(visible_customers(actor).filter(pk=OuterRef("customer")))
