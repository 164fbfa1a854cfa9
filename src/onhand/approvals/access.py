"""Who answers approvals, and who sees which."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.approvals.models import Approval, ApprovalRules, Deputy
from onhand.contacts.access import visible_cases, visible_contacts
from onhand.customers.access import VIEW, visible_customers
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.permissions import permission

# The act's own permission is asked beside.
ASK = permission("approvals.ask", _("Ask to be allowed what needs somebody else"))
SET_UP = permission("approvals.set_up", _("Lay down how long approvals wait"))
ANSWER = permission("approvals.answer", _("Allow or deny what colleagues ask to be allowed"))

__all__ = ["ANSWER", "ASK", "SET_UP", "VIEW", "visible_approvals", "visible_deputies", "visible_rules"]


def visible_rules(actor: Actor) -> QuerySet[ApprovalRules]:
    """How long approvals wait, for who may lay it down."""
    return ApprovalRules.objects.all() if actor.may(SET_UP) else ApprovalRules.objects.none()


def visible_deputies(actor: Actor) -> QuerySet[Deputy]:
    """Whom somebody named, and for whom they were named."""
    return Deputy.objects.filter(Q(person=actor.id or 0) | Q(deputy=actor.id or 0))


def visible_approvals(actor: Actor) -> QuerySet[Approval]:
    """
    The approvals this actor may see: those they asked for, have or answered, and those about customers, contacts and cases they see. What
    is about none of these is for who sees the whole company.
    """
    if not actor.may(VIEW):
        return Approval.objects.none()
    if actor.visibility == Visibility.ALL:
        return Approval.objects.all()
    me = actor.id or 0
    own = Q(asked_by_id=me) | Q(taken_by_id=me) | Q(answered_by_id=me)
    customers = Exists(visible_customers(actor).filter(pk=OuterRef("customer")))
    contacts = Exists(visible_contacts(actor).filter(pk=OuterRef("contact")))
    cases = Exists(visible_cases(actor).filter(pk=OuterRef("case")))
    without = Q(customer__isnull=True)
    return Approval.objects.filter(own | customers | (without & (contacts | cases)))
