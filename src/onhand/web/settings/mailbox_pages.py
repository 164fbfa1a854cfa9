"""What the page of a mailbox shows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.channels.email import access
from onhand.channels.email.enums import RawState, Security, SignIn, TestState
from onhand.channels.email.health import Mood, State, states
from onhand.channels.email.models import Mailbox, MailboxTest, RawMail
from onhand.kernel.actor import Actor
from onhand.web.addresses import address_of
from onhand.web.settings.records import history

MOODS = {
    Mood.WELL: (gettext_lazy("works"), "good"),
    Mood.LOOK: (gettext_lazy("look at it"), "warn"),
    Mood.BAD: (gettext_lazy("does not work"), "bad"),
    Mood.OFF: (gettext_lazy("not in use"), ""),
}
_TESTS = {TestState.RUNNING: "info", TestState.PASSED: "good", TestState.FAILED: "bad"}
_AGAIN = "email.read_again"


def mailbox_page(actor: Actor, one: Mailbox, at: datetime) -> dict[str, Any]:
    """Everything about one mailbox but the list of what could not be read."""
    (state,) = states([one], at)
    words, tone = MOODS[state.mood]
    return {
        "title": one.address,
        "one": one,
        "state": state,
        "state_words": words,
        "state_tone": tone,
        "facts": _state_facts(state),
        "incoming": _incoming(one),
        "outgoing": _outgoing(one),
        "about": [
            (_("Name"), one.name),
            (_("Team"), one.team.name if one.team else _("none: a supervisor directs its mail")),
            (_("Name of the sender"), one.from_name or one.name),
        ],
        "test": _test(one),
        "test_url": _test_url(actor, one),
        "history": history(actor, "mailbox", one.pk),
        "topics": f"mailbox:{one.pk} mailbox_health:{one.pk}",
    }


def _state_facts(state: State) -> list[tuple[str, Any]]:
    health = state.health
    return [
        (_("Last reached"), health.seen_at),
        (_("Last mail came"), health.last_mail_at),
        (_("Last mail sent"), health.last_sent_at),
        (_("Waiting to be read"), state.waiting),
        (_("Still to be fetched"), health.left_on_server),
        (_("Fetched by"), health.fetcher or _("nobody")),
    ]


def _incoming(one: Mailbox) -> list[tuple[str, Any]]:
    if not one.imap_host:
        return [(_("Way"), _("Handed over by a mail server (LMTP)"))]
    return [
        (_("IMAP server"), f"{one.imap_host}:{one.imap_port}"),
        (_("Protection"), Security(one.imap_security).label),
        (_("User"), one.imap_user or one.address),
        (_("Signed in with"), SignIn(one.sign_in).label),
        (_("Password or token"), _("stored, locked") if one.imap_secret else _("none")),
        (_("Folder"), one.imap_folder),
        (_("Mail that was taken"), one.get_after_taking_display()),
        *([(_("Folder for mail that was taken"), one.done_folder)] if one.done_folder else []),
        (_("Server whose checks are believed"), one.trusted_authserv or _("none")),
    ]


def _outgoing(one: Mailbox) -> list[tuple[str, Any]]:
    if not one.smtp_host:
        return [(_("Way"), _("Nothing is sent from this address"))]
    return [
        (_("SMTP server"), f"{one.smtp_host}:{one.smtp_port}"),
        (_("Protection"), Security(one.smtp_security).label),
        (_("User"), one.smtp_user or (one.address if one.sign_in == SignIn.OAUTH2 else _("none"))),
        (_("Sent from by default"), _("yes") if one.is_default else _("no")),
        (_("Signed (DKIM)"), one.dkim_selector or _("not here")),
    ]


def _test(one: Mailbox) -> dict[str, Any] | None:
    """The latest test, step by step."""
    test = MailboxTest.objects.filter(mailbox=one).order_by("-pk").first()
    if test is None:
        return None
    return {
        "test": test,
        "state": test.get_state_display(),
        "tone": _TESTS[TestState(test.state)],
        "is_running": test.state == TestState.RUNNING,
    }


def _test_url(actor: Actor, one: Mailbox) -> str:
    may = actor.may(access.MANAGE) and (one.imap_host or one.smtp_host)
    return address_of("settings:act", "mailbox", one.pk, "email.test_mailbox") if may else ""


def raw_rows(found: Sequence[RawMail]) -> list[dict[str, Any]]:
    """One line for each mail that was not read."""
    return [
        {
            "mail": one,
            "url": address_of("settings:raw_mail", one.mailbox_id, one.pk),
            "file_url": address_of("settings:raw_file", one.mailbox_id, one.pk),
            "is_refused": one.state == RawState.REFUSED,
        }
        for one in found
    ]
