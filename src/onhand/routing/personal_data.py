"""What the router keeps about a person: that something of theirs waited, and how long."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.contacts.models import Case, CaseTask, Contact, HelpRequest, Message
from onhand.customers.privacy.holdings import TableHolding, Treatment, hold
from onhand.routing.models import ContactNeeds, WorkItem

# What items are about, and how the kinds of them begin.
KINDS: dict[type[Model], str] = {
    Contact: "contact.",
    Message: "release",
    Case: "case",
    CaseTask: "task",
    HelpRequest: "help",
}


class _WorkHolding(TableHolding):
    """Work names what it is about by kind and number, without a foreign key."""

    def below(self, model: type[Model], ids: Sequence[int]) -> QuerySet[Any] | None:
        """The work that these things were, and what was held in contacts or asked on them."""
        begins = KINDS.get(model)
        if begins is None:
            return None
        found = Q(kind__startswith=begins, subject_id__in=ids)
        if model is Contact:
            messages, questions = (one.objects.filter(contact__in=ids).values("pk") for one in (Message, HelpRequest))
            found |= Q(kind="release", subject_id__in=messages) | Q(kind="help", subject_id__in=questions)
        return WorkItem.objects.filter(found)


hold(
    TableHolding(
        name="contact_needs",
        label=_("What contacts need"),
        model=ContactNeeds,
        paths=("contact__customer_id",),
        shown=(("skills", _("Skills")), ("difficulty", _("Difficulty"))),
    )
)
hold(
    _WorkHolding(
        name="work_items",
        label=_("Work that waited"),
        model=WorkItem,
        shown=(("created_at", _("Came")), ("kind", _("Kind")), ("title", _("About")), ("ended_at", _("Ended"))),
        treatment=Treatment.ANONYMISE,
        kept=frozenset(field.name for field in WorkItem._meta.concrete_fields)
        - {"title", "passed", "wanted", "language"},
        subject="work_item",
        why_kept=_("Figures stay right: that something waited and how long, without what it was."),
    )
)
