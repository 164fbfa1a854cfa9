"""The two ends the chain joins: how a mail is read, and who receives what was read."""

import time
from dataclasses import dataclass
from datetime import datetime

from onhand.channels.email.models import Mailbox
from onhand.channels.email.reading import ParsedMail, read_mail
from onhand.contacts import inbound

OWN_SECONDS = 5.0
_own: tuple[list[str], float] = ([], 0.0)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail that waits to be read, and the mailbox it came to."""

    id: int
    content: bytes
    mailbox_id: int
    address: str
    team_id: int | None
    trusted_authserv: str


def read(waiting: Waiting) -> ParsedMail:
    """What a mail says."""
    addresses = _own_addresses()
    return read_mail(
        bytes(waiting.content),
        own_domains={address.rpartition("@")[2] for address in addresses},
        own_addresses=addresses,
        trusted_authserv=waiting.trusted_authserv,
    )


def _own_addresses() -> list[str]:
    """The addresses of all mailboxes; asked for again every few seconds."""
    global _own  # noqa: PLW0603  (replaced whole: threads see the one or the other)
    addresses, until = _own
    if time.monotonic() > until:
        addresses = list(Mailbox.objects.values_list("address", flat=True))
        _own = addresses, time.monotonic() + OWN_SECONDS
    return addresses


def receive(parsed: ParsedMail, waiting: Waiting, at: datetime) -> int | None:
    """Make a message of what was read, in the present transaction; its id, or None where it leads to none."""
    message = inbound.receive(
        parsed, raw_id=waiting.id, mailbox_address=waiting.address, team_id=waiting.team_id, at=at
    )
    return message.pk if message is not None else None
