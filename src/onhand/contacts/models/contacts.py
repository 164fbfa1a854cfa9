"""Contacts, and which cases they are about."""

from django.db import models
from django.db.models import Value

from onhand.contacts.enums import Direction, Priority
from onhand.contacts.models.cases import Case
from onhand.contacts.models.wrap_up import ContactReason
from onhand.customers.enums import ChannelKind
from onhand.customers.models import Customer
from onhand.kernel.models import Versioned
from onhand.staff.models import Team

# Contacts in writing where it is somebody's turn here, and those where it is not.
TO_DO = models.Q(ended_at__isnull=True, last_message_at__isnull=False, needs_answer=True, waiting_until__isnull=True)
PUT_BY = models.Q(ended_at__isnull=True, last_message_at__isnull=False) & (
    models.Q(needs_answer=False) | models.Q(waiting_until__isnull=False)
)


class Contact(Versioned):
    """
    One time a customer and the company were in touch: a call, a mail, a visit. `customer` is None until it is known who it is.

    A contact in writing holds messages and may go back and forth; it ends when it is wrapped up, and goes on when the customer
    writes again. `needs_answer` says that it is somebody's turn here: the customer wrote last, or a wait is over; `due_at` is by when.
    `waiting_until` is when a contact that was put by comes back, `waiting_for` what for. `team` and `representative_id` say whose
    work it is. `identified_level` and `identified_how` say how sure it is who was on it; `ended_at` is None while it goes on.
    `reason` and `products` (ids) say what it was about, chosen when it was wrapped up; `split_from` is the contact its first messages
    were written in. `connected_at` is when the customer was reached on a call to them. `emptied_at` is
    when what was said was taken out, because nobody knew whose it was and its time was over.
    """

    customer = models.ForeignKey(Customer, null=True, db_index=False, on_delete=models.PROTECT, related_name="contacts")
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="contacts")
    channel = models.CharField(max_length=20, choices=ChannelKind)
    direction = models.CharField(max_length=10, choices=Direction, default=Direction.INBOUND)
    outside_address = models.CharField(max_length=254, blank=True, default="")  # the number or address they used
    subject = models.CharField(max_length=200, blank=True, default="")
    summary = models.TextField(blank=True, default="")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    representative_id = models.BigIntegerField(null=True)
    representative_name = models.CharField(max_length=200, blank=True, default="")
    identified_level = models.PositiveSmallIntegerField(default=0)
    identified_how = models.CharField(max_length=200, blank=True, default="")
    came_to = models.CharField(max_length=254, blank=True, default="")  # the company's own number or address
    team = models.ForeignKey(Team, null=True, db_index=False, on_delete=models.PROTECT, related_name="contacts")
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    language = models.CharField(max_length=10, blank=True, default="")
    needs_answer = models.BooleanField(default=False)
    waiting_until = models.DateTimeField(null=True)
    last_message_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    waiting_for = models.CharField(max_length=300, blank=True, default="", db_default="")
    reason = models.ForeignKey(
        ContactReason, null=True, db_index=False, on_delete=models.PROTECT, related_name="contacts"
    )
    products = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    split_from = models.ForeignKey(
        "self", null=True, db_index=False, on_delete=models.PROTECT, related_name="split_off"
    )
    emptied_at = models.DateTimeField(null=True)
    connected_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "-started_at", "-id"], name="contact_by_customer"),
            models.Index(
                fields=["representative_id", "customer"],
                condition=models.Q(ended_at__isnull=True),
                name="contact_going_on",
            ),
            # The work lists: each is read from one of these, of one priority at a time, from where the page before ended.
            models.Index(
                fields=["representative_id", "priority", "last_message_at", "id"],
                condition=TO_DO,
                name="contact_of_person",
            ),
            models.Index(fields=["team", "priority", "last_message_at", "id"], condition=TO_DO, name="contact_of_team"),
            models.Index(
                fields=["team", "priority", "last_message_at", "id"],
                condition=TO_DO & models.Q(representative_id__isnull=True),
                name="contact_of_nobody",
            ),
            models.Index(
                fields=["representative_id", "due_at", "id"],
                condition=TO_DO & models.Q(due_at__isnull=False),
                name="contact_due_of_person",
            ),
            models.Index(
                fields=["team", "due_at", "id"],
                condition=TO_DO & models.Q(due_at__isnull=False),
                name="contact_due_of_team",
            ),
            models.Index(
                fields=["representative_id", "last_message_at", "id"], condition=PUT_BY, name="contact_put_by"
            ),
            models.Index(
                fields=["waiting_until", "id"],
                condition=models.Q(ended_at__isnull=True, waiting_until__isnull=False),
                name="contact_coming_back",
            ),
            models.Index(
                fields=["ended_at", "id"],
                condition=models.Q(ended_at__isnull=False, customer__isnull=True, emptied_at__isnull=True),
                name="contact_to_empty",
            ),
        ]


class CaseContact(models.Model):
    """A contact that is about a case. A contact may be about several, and a case have many."""

    case = models.ForeignKey(Case, db_index=False, on_delete=models.PROTECT, related_name="case_contacts")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="case_contacts")
    at = models.DateTimeField()
    by_name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "contact"], name="case_contact_once")]
