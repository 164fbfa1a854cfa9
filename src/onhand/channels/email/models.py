"""Mailboxes, how they are, and every mail as it arrived."""

from django.db import models
from django.db.models.functions import Lower

from onhand.channels.email.enums import AfterTaking, RawState, Route, Security, SignIn, TestState
from onhand.contacts.models import Message
from onhand.kernel.models import Versioned
from onhand.staff.models import Team


class Mailbox(Versioned):
    """
    An address of the company: where its mail is fetched from and how mail is sent from it.

    Without `imap_host` nothing is fetched: its mail is handed over by LMTP. Without `smtp_host` nothing is sent. What is `…_secret`
    and the `dkim_key` are locked texts. With OAuth2 the `imap_secret` is a refresh token where `oauth_token_url` is given, else the
    access token itself. `after_taking` says what is done at the server with mail that is stored here; `done_folder` where it is
    moved. `trusted_authserv` is the name under which the mail server writes down what it found out about
    senders. `is_default`: what belongs to no mailbox is sent from this one.
    """

    name = models.CharField(max_length=100)
    address = models.EmailField(max_length=254)
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="mailboxes")
    is_enabled = models.BooleanField(default=True)
    is_default = models.BooleanField(default=False)
    sign_in = models.CharField(max_length=10, choices=SignIn, default=SignIn.PASSWORD)
    imap_host = models.CharField(max_length=253, blank=True, default="")
    imap_port = models.PositiveIntegerField(default=993)
    imap_security = models.CharField(max_length=10, choices=Security, default=Security.TLS)
    imap_user = models.CharField(max_length=254, blank=True, default="")
    imap_secret = models.BinaryField(default=bytes)
    imap_folder = models.CharField(max_length=200, default="INBOX")
    after_taking = models.CharField(max_length=10, choices=AfterTaking, default=AfterTaking.MARK)
    done_folder = models.CharField(max_length=200, blank=True, default="")
    trusted_authserv = models.CharField(max_length=253, blank=True, default="")
    smtp_host = models.CharField(max_length=253, blank=True, default="")
    smtp_port = models.PositiveIntegerField(default=587)
    smtp_security = models.CharField(max_length=10, choices=Security, default=Security.STARTTLS)
    smtp_user = models.CharField(max_length=254, blank=True, default="")
    smtp_secret = models.BinaryField(default=bytes)
    oauth_token_url = models.CharField(max_length=300, blank=True, default="")
    oauth_client_id = models.CharField(max_length=200, blank=True, default="")
    oauth_client_secret = models.BinaryField(default=bytes)
    oauth_scope = models.CharField(max_length=300, blank=True, default="")
    from_name = models.CharField(max_length=100, blank=True, default="")
    dkim_selector = models.CharField(max_length=63, blank=True, default="")
    dkim_key = models.BinaryField(default=bytes)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("address"), name="mailbox_address"),
            models.UniqueConstraint(fields=["is_default"], condition=models.Q(is_default=True), name="mailbox_default"),
        ]


class MailboxHealth(models.Model):
    """
    How a mailbox is, and how far its folder was taken. Beside the mailbox, because it changes without anybody's doing.

    `uid_validity` and `last_uid` say up to where the folder's mail is stored; `scanned_at` when that was last looked for in full.
    `left_on_server` counts mail that was seen there and is not stored yet.
    """

    mailbox = models.OneToOneField(Mailbox, primary_key=True, on_delete=models.CASCADE, related_name="health")
    seen_at = models.DateTimeField(null=True)
    fetcher = models.CharField(max_length=200, blank=True, default="")
    last_mail_at = models.DateTimeField(null=True)
    last_sent_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")
    problem_at = models.DateTimeField(null=True)
    sending_problem = models.TextField(blank=True, default="")
    sending_problem_at = models.DateTimeField(null=True)
    left_on_server = models.PositiveIntegerField(default=0)
    uid_validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    scanned_at = models.DateTimeField(null=True)


class RawMail(models.Model):
    """
    One mail exactly as it arrived, stored before anything is made of it. The same bytes in the same mailbox are one mail, however
    often and under whichever number they are handed over.

    `outside_key` is where it is at the server: `imap:uid validity:uid`, or `lmtp:`. `outside_id` is its Message-ID. `settled_at` is
    when the server was told that we have it. `body_sha256` is of what follows the headers, to know the same mail that came a second
    way. `message` is what was made of it. `emptied_at` is when its content was taken out, as its time was over: the row stays, so that
    it is not fetched a second time.
    """

    mailbox = models.ForeignKey(Mailbox, db_index=False, on_delete=models.PROTECT, related_name="raw_mails")
    route = models.CharField(max_length=4, choices=Route)
    outside_key = models.CharField(max_length=100)
    outside_id = models.CharField(max_length=500, blank=True, default="")
    sha256 = models.CharField(max_length=64)
    body_sha256 = models.CharField(max_length=64)
    content = models.BinaryField(default=bytes)
    size = models.PositiveBigIntegerField()
    envelope_sender = models.CharField(max_length=254, blank=True, default="")
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=RawState, default=RawState.STORED)
    reason = models.TextField(blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    message = models.ForeignKey(Message, null=True, on_delete=models.PROTECT, related_name="raw_mails")
    emptied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "sha256"], name="raw_mail_once")]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="stored"), name="raw_mail_waiting"),
            models.Index(fields=["mailbox", "id"], condition=models.Q(state="refused"), name="raw_mail_refused"),
            models.Index(fields=["mailbox", "outside_key"], name="raw_mail_outside_key"),
            models.Index(
                fields=["mailbox", "outside_id"], condition=~models.Q(outside_id=""), name="raw_mail_outside_id"
            ),
            models.Index(
                fields=["done_at", "id"],
                condition=models.Q(state="done", emptied_at__isnull=True),
                name="raw_mail_to_empty",
            ),
        ]


class MailboxTest(models.Model):
    """A test of a mailbox: a message to itself, and whether it came. `steps` are what went well, `problem` what did not."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.PROTECT, related_name="tests")
    message_id = models.CharField(max_length=200, unique=True)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=200)
    ended_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=TestState, default=TestState.RUNNING)
    steps = models.JSONField(default=list)
    problem = models.TextField(blank=True, default="")
