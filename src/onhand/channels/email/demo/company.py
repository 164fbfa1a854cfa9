"""The demo company's mailbox, and its mail of today: letters of its customers that go the way of every mail."""

import struct
import zlib
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from django.db import transaction

from onhand.channels.email.demo.letters import LETTERS, Letter
from onhand.channels.email.enums import Route
from onhand.channels.email.intake import process_raw
from onhand.channels.email.models import Mailbox
from onhand.channels.email.storing import Arrived, store
from onhand.contacts.conversations.demo.making import OUR_ADDRESS
from onhand.contacts.models import Contact
from onhand.customers.enums import CustomerKind, IdentityKind
from onhand.customers.models import Customer, Identity
from onhand.kernel.perform import perform
from onhand.staff.models import Representative, Team
from onhand.staff.queries import actor_for

TEAM = "Pedidos Madrid"
FIRST = "representative@demo.example"  # to sign in as
MOST_WRITERS = 8  # of a language
TAKEN = 3  # contacts the first sign-in has taken already
STRANGER = ("Morag MacLeod", "morag.macleod@post.example")


@transaction.atomic
def create_demo_mail(*, at: datetime) -> int:
    """Make the mailbox, unless there is one, and let today's mail arrive, all of it or none; how many mails."""
    if Mailbox.objects.exists():
        return 0
    team = Team.objects.filter(name=TEAM).first()
    mailbox = Mailbox.objects.create(
        name="Help", address=OUR_ADDRESS, from_name="Lumen Home", team=team, is_default=True
    )
    writers = {language: _writers(language, team) for language in {letter.language for letter in LETTERS}}
    for letter in sorted(LETTERS, key=lambda one: -one.minutes):
        came = at - timedelta(minutes=letter.minutes)
        sender = STRANGER if letter.customer is None else _nth(writers[letter.language], letter.customer)
        if sender is None:
            continue
        mail = _mail(letter, sender, came)
        (stored,) = store(mailbox.pk, [Arrived(Route.LMTP, "lmtp:demo", mail, len(mail))], at=came)
        process_raw(stored.id, lambda came=came: came)  # type: ignore[misc]
    _take_some(at)
    return len(LETTERS)


def _take_some(at: datetime) -> None:
    person = Representative.objects.filter(email=FIRST).first()
    if person is None:
        return
    newest = Contact.objects.filter(came_to=OUR_ADDRESS, needs_answer=True, representative_id=None, team__name=TEAM)
    for pk in newest.order_by("-last_message_at").values_list("pk", flat=True)[:TAKEN]:
        perform("contacts.take_contact", actor=actor_for(person), subject_id=pk, arguments={}, at=at, as_part=True)


def _nth(writers: list[tuple[str, str]], number: int) -> tuple[str, str] | None:
    return writers[number] if number < len(writers) else None


def _mail(letter: Letter, sender: tuple[str, str], came: datetime) -> bytes:
    name, address = sender
    mail = EmailMessage()
    mail["From"] = f'"{name}" <{address}>'
    mail["To"] = OUR_ADDRESS
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(came)
    mail["Message-ID"] = f"<{letter.minutes}.{int(came.timestamp())}@{address.rpartition('@')[2]}>"
    for header in letter.headers:
        key, _colon, value = header.partition(": ")
        mail[key] = value
    mail.set_content(f"{letter.text}\n{name.split()[0]}\n")
    if letter.html:
        mail.add_alternative(letter.html, subtype="html")
    if letter.photo:
        mail.add_attachment(_picture(), maintype="image", subtype="png", filename="lid.png")
    return mail.as_bytes()


def _writers(language: str, team: Team | None) -> list[tuple[str, str]]:
    """
    Names and addresses of persons of that language, whom that team looks after from now on: so their files open beside what they wrote.
    """
    known = Identity.objects.filter(
        kind=IdentityKind.EMAIL,
        customer__kind=CustomerKind.PERSON,
        customer__language=language,
        is_shared=False,
        withdrawn_at=None,
    )
    first = known.order_by("customer_id", "pk").distinct("customer_id")
    found = list(first.values_list("customer_id", "customer__name", "value")[:MOST_WRITERS])
    Customer.objects.filter(pk__in=[pk for pk, _name, _address in found]).update(team=team)
    return [(name, address) for _pk, name, address in found]


def _picture(width: int = 320, height: int = 240) -> bytes:
    """A photograph of sorts: a grey lid on a wooden table, with a crack."""

    def colour(x: int, y: int) -> bytes:
        dx, dy = (x - width / 2) / 110, (y - height / 2) / 80
        inside = dx * dx + dy * dy
        if (
            inside < 1
            and abs((x - width / 2) - (y - height / 2) * 0.6 - 9 * (y // 17 % 2)) < 1.6
            and y < height / 2 + 20
        ):
            return b"\x22\x22\x24"
        if inside < 1:
            return bytes([int(205 - 60 * inside)] * 3)
        return bytes((168 + y % 23, 122 + y % 19, 82 + y % 11))

    rows = b"".join(b"\x00" + b"".join(colour(x, y) for x in range(width)) for y in range(height))

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
