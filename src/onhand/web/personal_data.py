"""What the pages hold about a person: what somebody typed about them and has not sent."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.contacts.models import Contact
from onhand.contacts.subjects import CONTACT
from onhand.customers.models import Customer
from onhand.customers.privacy.holdings import Column, Members, Row, Scope, hold, in_slices
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.acts import all_acts, get_act
from onhand.kernel.errors import UnknownAct
from onhand.kernel.redaction import ValueChange
from onhand.web.models import Draft

CONTACT_DRAFTS = ("answer", "contact-note")  # what is written in a contact


def customer_of_draft(key: str) -> int | None:
    """The customer a draft is about: keys end with the number of what they are about, those of acts name the act before it."""
    kind, _colon, rest = key.partition(":")
    number = rest.rpartition(":")[2]
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    about = CONTACT if kind in CONTACT_DRAFTS else _subject_of(rest.partition(":")[0]) if kind == "act" else CUSTOMER
    if about == CONTACT:
        return Contact.objects.filter(pk=int(number)).values_list("customer", flat=True).first()
    return int(number) if about == CUSTOMER else None


def _subject_of(act: str) -> str:
    try:
        return get_act(act).subject
    except UnknownAct:
        return ""


def is_about_erased(key: str) -> bool:
    """Whether a draft is about a customer who was erased: a page that is still open must not bring anything back."""
    customer = customer_of_draft(key)
    return customer is not None and Customer.objects.filter(pk=customer, erased_at__isnull=False).exists()


def _on_contacts(ids: Sequence[int]) -> Q:
    on_contacts = "|".join(re.escape(act.name) for act in all_acts() if act.subject == CONTACT)
    kinds, numbers = "|".join(CONTACT_DRAFTS), "|".join(str(pk) for pk in ids)
    return Q(key__regex=rf"^({kinds}|act:({on_contacts})):({numbers})$")


class DraftHolding:
    """Drafts on a customer's file, of whoever typed them."""

    name = "drafts"
    label = _("Drafts")
    models: Sequence[type[Model]] = (Draft,)
    columns = (Column("updated_at", _("When")), Column("text", _("Text")))
    subject = ""
    is_quick = False
    why_kept = ""

    def about(self, members: Members) -> QuerySet[Draft]:
        """The drafts about these customers."""
        numbers = "|".join(str(pk) for pk in members)
        contacts = list(Contact.objects.filter(customer__in=members).values_list("pk", flat=True))
        on_customers = "|".join(re.escape(act.name) for act in all_acts() if act.subject == CUSTOMER)
        found = Q(key__regex=rf"^(note|write|act:({on_customers}))([:].*)?:({numbers})$")
        return Draft.objects.filter(found | _on_contacts(contacts) if contacts else found)

    def below(self, model: type[Model], ids: Sequence[int]) -> QuerySet[Draft] | None:
        """What was typed in these contacts."""
        return Draft.objects.filter(_on_contacts(ids)) if model is Contact else None

    def count(self, members: Members) -> int:
        """How many there are."""
        return self.about(members).count()

    def rows(self, members: Members) -> Iterator[Row]:
        """Each draft, without who typed it."""
        for _pk, updated_at, text in in_slices(self.about(members), "pk", "updated_at", "text"):
            yield {"updated_at": updated_at, "text": text}

    def erase(self, scope: Scope, limit: int) -> int:
        """Delete them."""
        return self.erase_rows(self.about(scope.members), limit)

    def erase_rows(self, rows: QuerySet[Draft], limit: int) -> int:
        """Delete at most so many."""
        chosen = list(rows.order_by("pk").values_list("pk", flat=True)[:limit])
        Draft.objects.filter(pk__in=chosen).delete()
        return len(chosen)

    def subject_ids(self, members: Members, after: int, limit: int) -> list[int]:  # noqa: ARG002  (no acts on drafts)
        """None."""
        return []

    def rewrite(self, members: Members, change: ValueChange, after: int, limit: int) -> tuple[int, int]:
        """Change the texts of drafts about these customers."""
        rows: list[Any] = list(self.about(members).filter(pk__gt=after).order_by("pk")[:limit])
        touched = [(row.pk, change(row.text)) for row in rows if change(row.text) != row.text]
        for pk, text in touched:
            Draft.objects.filter(pk=pk).update(text=text)
        return (rows[-1].pk if len(rows) == limit else 0), len(touched)


hold(DraftHolding())
