"""Articles that may answer a contact, by the words of what the customer wrote last."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from onhand.contacts.access import visible_contacts
from onhand.contacts.enums import Direction
from onhand.contacts.models import Contact, Message
from onhand.customers.panels import Panel, PanelContext, Reading, register_panel
from onhand.kernel.actor import Actor
from onhand.knowledge.access import READ
from onhand.knowledge.finding import FoundArticle
from onhand.knowledge.suggesting import suggest_articles

MOST_SUGGESTED = 5
LONGEST_READ = 4_000  # letters of a message


def suggested_for(actor: Actor, contact_id: int, today: date) -> list[FoundArticle]:
    """At most five articles for a contact the actor may see, the likeliest first; none where nobody wrote anything yet."""
    contact = visible_contacts(actor).filter(pk=contact_id).first()
    return _for_contact(actor, contact, today) if contact else []


def _for_contact(actor: Actor, contact: Contact, today: date) -> list[FoundArticle]:
    written = (
        Message.objects.filter(contact=contact, direction=Direction.INBOUND, is_internal=False)
        .order_by("-at", "-pk")
        .values_list("subject", "text", "quoted_from")
        .first()
    )
    subject, text, quoted_from = written or ("", contact.summary, None)
    said = f"{subject or contact.subject}\n{text[: min(quoted_from or LONGEST_READ, LONGEST_READ)]}"
    return suggest_articles(actor, said, language=contact.language, today=today, limit=MOST_SUGGESTED)


def read_suggested(reading: Reading) -> PanelContext:
    """The articles for the contact the file is read on, or else for the customer's own that is going on and was written in last."""
    found = Contact.objects.filter(customer__in=reading.member_ids, ended_at=None)
    wanted = found.filter(pk=reading.contact_id) if reading.contact_id else found.filter(last_message_at__isnull=False)
    contact = wanted.order_by("-last_message_at", "-pk").first()
    articles = _for_contact(reading.actor, contact, reading.at.date()) if contact else []
    return {"articles": articles, "contact_id": contact.pk if contact else None}


register_panel(
    Panel(key="articles", label=_("Articles that may help"), order=45, permission=READ, read=read_suggested, level=0)
)
