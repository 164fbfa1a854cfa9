"""What customers' servers send: first mails, answers to ours, mails handed over twice, bounces and automatic replies."""

import random
import smtplib
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

WORDS = ("where", "is", "my", "parcel", "the", "lamp", "broke", "again", "thank", "you", "for", "nothing", "please")
BOUNCE = """\
--=_b
Content-Type: text/plain

Your message could not be delivered.

--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.customer.example

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such person

--=_b
Content-Type: text/rfc822-headers

From: {address}
To: {recipient}
Message-ID: {message_id}

--=_b--
"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A mail of ours a receiving server said yes to."""

    message_id: str
    in_reply_to: str
    recipient: str


@dataclass(slots=True)
class Outside:
    """The receiving server: it says yes to everything and notes it. Its notes are what was really sent."""

    accepted: list[Accepted] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  (aiosmtpd's)
        """Note a mail and accept it."""
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        one = Accepted(str(mail["Message-ID"]), str(mail["In-Reply-To"] or ""), envelope.rcpt_tos[0])
        with self.lock:
            self.accepted.append(one)
        return "250 OK"

    def some(self, chance: random.Random) -> Accepted | None:
        """One of the mails accepted so far."""
        with self.lock:
            return chance.choice(self.accepted) if self.accepted else None


def listening(outside: Outside, port: int) -> Controller:
    """The receiving server, running."""
    controller = Controller(outside, hostname="127.0.0.1", port=port, data_size_limit=50 * 2**20)
    controller.start()
    return controller


@dataclass(slots=True)
class Sent:
    """What was handed to the company's mail server, by kind; first mails and answers with the Message-ID they answer."""

    first: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    automatic: dict[str, str] = field(default_factory=dict)
    bounces: dict[str, str] = field(default_factory=dict)
    doubles: int = 0

    def total(self) -> int:
        """How many different mails."""
        return len(self.first) + len(self.answers) + len(self.automatic) + len(self.bounces)


class Feeder(threading.Thread):
    """Hands mail to the company's server, evenly, until `total` different mails were taken."""

    def __init__(self, door: int, address: str, outside: Outside, *, total: int, a_second: float, seed: int) -> None:
        super().__init__(name="feeder", daemon=True)
        self.door, self.address, self.outside = door, address, outside
        self.total, self.a_second = total, a_second
        self.chance = random.Random(seed)
        self.sent = Sent()
        self.bounced: set[str] = set()
        self.problem = ""

    def run(self) -> None:
        """Hand over one mail after another, some of them twice."""
        try:
            while self.sent.total() < self.total:
                sender, content = self._next()
                self._hand_over(content, sender)
                if self.chance.random() < 0.1:
                    self._hand_over(content, sender)
                    self.sent.doubles += 1
                time.sleep(1 / self.a_second)
        except Exception as error:
            self.problem = f"{type(error).__name__}: {error}"
            raise

    def _hand_over(self, content: bytes, sender: str) -> None:
        with smtplib.LMTP("127.0.0.1", self.door) as server:
            server.sendmail(sender, [self.address], content)

    def _next(self) -> tuple[str, bytes]:
        number = self.sent.total()
        outside_id = f"<{number}.{self.chance.randrange(10**9)}@customer.example>"
        ours = self.outside.some(self.chance) if self.chance.random() < 0.4 else None
        if ours is None or ours.message_id in self.bounced:
            self.sent.first.append(outside_id)
            return self._letter(f"c{number}@customer.example", outside_id, self._words())
        draw = self.chance.random()
        if draw < 0.6:
            self.sent.answers[outside_id] = ours.message_id
            return self._letter(ours.recipient, outside_id, self._words(), *_thread(ours))
        if draw < 0.8:
            self.sent.automatic[outside_id] = ours.message_id
            headers = (*_thread(ours), "Auto-Submitted: auto-replied")
            return self._letter(ours.recipient, outside_id, "I am away until Monday.", *headers)
        self.bounced.add(ours.message_id)
        self.sent.bounces[outside_id] = ours.message_id
        report = BOUNCE.format(recipient=ours.recipient, message_id=ours.message_id, address=self.address)
        headers = ('Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"', "MIME-Version: 1.0")
        return self._letter("mailer-daemon@customer.example", outside_id, report, *headers)

    def _words(self) -> str:
        words = self.chance.choices(WORDS, k=self.chance.randint(5, 400))
        return "\n".join(" ".join(words[start : start + 12]) for start in range(0, len(words), 12))

    def _letter(self, sender: str, outside_id: str, text: str, *headers: str) -> tuple[str, bytes]:
        lines = [
            f"From: {sender}",
            f"To: {self.address}",
            "Subject: About my parcel",
            f"Message-ID: {outside_id}",
            "Date: Sun, 22 Nov 2026 08:00:00 +0000",
            *headers,
            "",
            text,
            "",
        ]
        return sender, "\r\n".join(lines).replace("\r\n", "\n").replace("\n", "\r\n").encode()


def _thread(ours: Accepted) -> tuple[str, str]:
    return f"In-Reply-To: {ours.message_id}", f"References: {ours.message_id}"
