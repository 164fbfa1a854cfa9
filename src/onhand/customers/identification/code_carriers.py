"""
What carries one-time codes to customers: one carrier for each kind of address. E-mail is here; other kinds (such as SMS) register
their own.

E-mail goes through the installation's mail server. The demo company has none: its mails are kept by `customers.demo_mailbox`.
"""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.demo_mailbox import has_demo_mailbox, keep_demo_mail
from onhand.customers.enums import IdentityKind

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


class CannotDeliver(Exception):
    """The address does not take the message, now or later; the text says why, without naming the address."""


@dataclass(frozen=True, slots=True)
class CodeMessage:
    """A message with a code, in the customer's language."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Carrier:
    """
    How codes reach one kind of address. `why_not()` says why that is not possible on this installation, empty if it is. `send` returns
    when the message is handed over; it raises CannotDeliver where trying again is of no use, anything else where it is.
    """

    kind: IdentityKind
    label: "_StrOrPromise"
    why_not: Callable[[], str]
    send: Callable[[str, CodeMessage], None]


_carriers: dict[IdentityKind, Carrier] = {}


def register_carrier(carrier: Carrier) -> None:
    """Make codes reach a kind of address, in place of what carried them before."""
    _carriers[carrier.kind] = carrier


def find_carrier(kind: str) -> Carrier | None:
    """What carries codes to that kind of address, if anything does."""
    return _carriers.get(IdentityKind(kind))


def all_carriers() -> list[Carrier]:
    """Every carrier there is."""
    return list(_carriers.values())


def _why_no_email() -> str:
    if settings.ONHAND_SENDS_MAIL or has_demo_mailbox():
        return ""
    return _("No mail server is set up on this installation (ONHAND_SMTP_HOST).")


def _send_email(to: str, message: CodeMessage) -> None:
    mail = EmailMessage(message.subject, message.text, to=[to])
    # No answers from machines, and nothing of it in lists.
    mail.extra_headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if settings.ONHAND_SENDS_MAIL:
        try:
            mail.send()
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _words in error.recipients.values()]
            if all(code >= 500 for code in codes):
                raise CannotDeliver(_("The mail server does not take this address.")) from None
            raise
    elif has_demo_mailbox():
        keep_demo_mail(mail.message().as_bytes())
    else:
        raise CannotDeliver(_why_no_email())


register_carrier(Carrier(IdentityKind.EMAIL, gettext_lazy("By e-mail"), _why_no_email, _send_email))
