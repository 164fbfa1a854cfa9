"""Registering a customer from a contact whose sender is not known: the contact is theirs at once, and its page goes on."""

import secrets
from contextlib import suppress
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from onhand.contacts.access import visible_contacts
from onhand.kernel.actor import Actor
from onhand.kernel.errors import ActError
from onhand.kernel.perform import perform
from onhand.web.addresses import address_of
from onhand.web.desk.access import number_of
from onhand.web.desk.arrival import REGISTER
from onhand.web.desk.contact_pages import SET_CUSTOMER, WROTE


def wrote_query(request: HttpRequest, act: str) -> str:
    """What the form's address keeps of the contact it was opened from, with its question mark; empty for other forms."""
    contact_id = number_of(request.GET.get(WROTE)) if act == REGISTER else None
    return f"?{urlencode({WROTE: contact_id})}" if contact_id else ""


def back_to_contact(request: HttpRequest, actor: Actor, act: str, customer_id: int | None) -> str:
    """
    Make the contact the form was opened from the new customer's, and give its address; empty where there is none. Where the act is
    refused, the contact's page offers the new customer as who it could be.
    """
    contact_id = number_of(request.GET.get(WROTE)) if act == REGISTER else None
    if not contact_id or not visible_contacts(actor).filter(pk=contact_id).exists():
        return ""
    with suppress(ActError):
        perform(
            SET_CUSTOMER,
            actor=actor,
            subject_id=contact_id,
            arguments={"customer": customer_id},
            at=timezone.now(),
            idempotency_key=secrets.token_hex(16),
        )
    return address_of("desk:contact", contact_id)
