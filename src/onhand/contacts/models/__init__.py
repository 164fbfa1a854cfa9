"""Contacts of customers with the company, what was written in them, the cases they belong to, and what was promised."""

from onhand.contacts.models.case_setup import BusinessCalendar, CalendarDay, CaseKind, CaseListEntry
from onhand.contacts.models.case_steps import (
    CaseClock,
    CaseCustomer,
    CaseEscalation,
    CaseLink,
    CaseMerge,
    Reminder,
)
from onhand.contacts.models.cases import Case
from onhand.contacts.models.contact_rules import ContactRules
from onhand.contacts.models.contacts import CaseContact, Contact
from onhand.contacts.models.help import HelpRequest
from onhand.contacts.models.messages import Attachment, Message, StoredFile, Upload
from onhand.contacts.models.promises import Promise
from onhand.contacts.models.tasks import CaseTask
from onhand.contacts.models.wrap_up import ContactReason, TeamSignature

__all__ = [
    "Attachment",
    "BusinessCalendar",
    "CalendarDay",
    "Case",
    "CaseClock",
    "CaseContact",
    "CaseCustomer",
    "CaseEscalation",
    "CaseKind",
    "CaseLink",
    "CaseListEntry",
    "CaseMerge",
    "CaseTask",
    "Contact",
    "ContactReason",
    "ContactRules",
    "HelpRequest",
    "Message",
    "Promise",
    "Reminder",
    "StoredFile",
    "TeamSignature",
    "Upload",
]
