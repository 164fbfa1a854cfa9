"""What was written in a contact, whatever the channel, and the files that came with it."""

from django.db import models
from django.db.models import Value

from onhand.contacts.enums import Direction, MessageState, ScanState
from onhand.contacts.models.contacts import Contact


class Message(models.Model):
    """
    One thing written in a contact: by the customer, by the company, or (`is_internal`) among colleagues.

    `at` is when it arrived or was handed to be sent; `written_at` is what the sender's clock said. `text` is all of it as plain text,
    of which what follows `quoted_from` repeats earlier messages. `html` is sanitised. `outside_id` is its name outside (the
    Message-ID of a mail), `answers` those it refers to, the one answered last. `automatic` says which kind of automaton wrote it,
    empty for people. `raw_id` is the row of the channel's own table it was read from. `state` is about messages going out; of one
    held for a second pair of eyes, `afterwards` says what is done with the contact once it is released (`wait_days`, `close`).
    """

    contact = models.ForeignKey(Contact, db_index=False, on_delete=models.PROTECT, related_name="messages")
    direction = models.CharField(max_length=10, choices=Direction)
    is_internal = models.BooleanField(default=False)
    at = models.DateTimeField()
    written_at = models.DateTimeField(null=True)
    sender_name = models.CharField(max_length=200, blank=True, default="")
    sender_address = models.CharField(max_length=254, blank=True, default="")
    reply_to = models.CharField(max_length=254, blank=True, default="")
    recipients = models.JSONField(default=list)  # of {"name", "address", "as": "to" | "cc" | "bcc"}
    subject = models.CharField(max_length=500, blank=True, default="")
    text = models.TextField(blank=True, default="")
    quoted_from = models.PositiveIntegerField(null=True)
    html = models.TextField(blank=True, default="")
    outside_id = models.CharField(max_length=500, blank=True, default="")
    answers = models.JSONField(default=list)
    automatic = models.CharField(max_length=30, blank=True, default="")
    checks = models.JSONField(default=dict)  # what is known of the sender being who it says: spf, dkim, dmarc
    raw_id = models.BigIntegerField(null=True)
    author_id = models.BigIntegerField(null=True)
    author_name = models.CharField(max_length=200, blank=True, default="")
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.RECEIVED)
    send_after = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True, default="")  # why it could not be sent, as the other side said it
    afterwards = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    released_by_name = models.CharField(max_length=200, blank=True, default="", db_default="")

    class Meta:
        indexes = [
            models.Index(fields=["contact", "at", "id"], name="message_by_contact"),
            models.Index(fields=["outside_id"], condition=~models.Q(outside_id=""), name="message_outside_id"),
            models.Index(
                fields=["send_after", "id"], condition=models.Q(state="waiting"), name="message_waiting_to_be_sent"
            ),
            models.Index(fields=["at", "id"], condition=models.Q(state="held"), name="message_held"),
            models.Index(fields=["raw_id"], condition=models.Q(raw_id__isnull=False), name="message_raw"),
        ]


class StoredFile(models.Model):
    """The bytes of a file, kept once however many messages carry it."""

    sha256 = models.CharField(max_length=64, unique=True)
    content = models.BinaryField()
    size = models.PositiveBigIntegerField()
    stored_at = models.DateTimeField()


class Attachment(models.Model):
    """A file a message carries. `claimed_type` is what the sender called it, `media_type` what its first bytes say it is."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="attachments")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=255)
    claimed_type = models.CharField(max_length=100, blank=True, default="")
    media_type = models.CharField(max_length=100)
    content_id = models.CharField(max_length=255, blank=True, default="")
    is_inline = models.BooleanField(default=False)
    size = models.PositiveBigIntegerField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="attachments")
    scan = models.CharField(max_length=12, choices=ScanState, default=ScanState.NOT_SCANNED)
    scan_result = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="attachment_in_order")]
        indexes = [
            models.Index(
                fields=["-id"],
                condition=models.Q(scan=ScanState.NOT_SCANNED, scan_result=""),
                name="attachment_to_scan",
            ),
        ]


class Upload(models.Model):
    """
    A file somebody added to an answer that is still being written. `key` is how the answer names it; `used_at` is when a message took it.
    """

    key = models.CharField(max_length=32, unique=True)
    contact = models.ForeignKey(Contact, null=True, on_delete=models.CASCADE, related_name="uploads")
    representative_id = models.BigIntegerField(null=True)
    name = models.CharField(max_length=255)
    claimed_type = models.CharField(max_length=100, blank=True, default="")
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="uploads")
    uploaded_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["uploaded_at"], name="upload_in_time")]
