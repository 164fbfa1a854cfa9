"""
Answers a second from the representative's click to the server that takes the mail.

Each answer is the act (checked, recorded, a message with its Message-ID), then the job: composed, handed over by SMTP to a server on
this machine that takes everything, noted as sent. `commit_ms` is how long the representative waits, `accepted_ms` how long from then to
the server's yes, without the moment in which it can be undone.
"""

import json
import time
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import Any

from onhand_bench import place

ANSWERS = {False: 1_000, True: 150}
ADDRESS = "help@company.example"


def measure(quick: bool = False) -> dict[str, Any]:
    """Measure, print the table, and return `per_second`, `commit_ms`, `accepted_ms` and `accepted_p99_ms`."""
    from aiosmtpd.controller import Controller

    many = ANSWERS[quick]
    sink = _Sink()
    with place.database():
        controller = Controller(sink, hostname="127.0.0.1", port=_free_port())
        controller.start()
        try:
            _make_mailbox(controller.port)
            _answer(20)
            begun = time.perf_counter()
            commits, accepted = _answer(many)
            rate = many / (time.perf_counter() - begun)
        finally:
            controller.stop()
    assert sink.taken == many + 20, sink.taken
    print(f"{many:,} answers one after the other, each sent by a job of its own, durable commits")
    print(f"{'answered and sent':28}{rate:10,.1f} a second")
    print(f"{'the act, committed':28}{median(commits):10,.1f} ms")
    print(f"{'then to the server’s yes':28}{median(accepted):10,.1f} ms")
    return {
        "per_second": round(rate, 1),
        "commit_ms": round(median(commits), 1),
        "accepted_ms": round(median(accepted), 1),
        "accepted_p99_ms": round(quantiles(accepted, n=100)[98], 1),
    }


class _Sink:
    """Takes every mail."""

    def __init__(self) -> None:
        self.taken = 0

    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        self.taken += 1
        return "250 OK"


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def _make_mailbox(port: int) -> None:
    from onhand.channels.email.models import Mailbox
    from onhand.kernel.discovery import load_apps
    from onhand.staff.demo import create_demo_staff

    load_apps()
    create_demo_staff(at=datetime.now(UTC), password="kettle-lamp-river-42")
    Mailbox.objects.create(
        name="Help", address=ADDRESS, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", is_default=True
    )


def _answer(many: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each act, and from its commit to the server's yes."""
    from onhand.channels.email.sending import send_message
    from onhand.contacts.models import Contact, Message
    from onhand.kernel.perform import perform
    from onhand.staff.models import Representative
    from onhand.staff.queries import actor_for

    actor = actor_for(Representative.objects.get(email="administrator@demo.example"))
    commits, accepted = [], []
    for number in range(many):
        address = f"ana{number}@customer.example"
        contact = Contact.objects.create(
            channel="email", started_at=_now(), came_to=ADDRESS, outside_address=address, needs_answer=True
        )
        given = {"text": "It is on its way and comes tomorrow.\n" * 20, "to": [address]}
        begun = time.perf_counter()
        perform("contacts.answer", actor=actor, subject_id=contact.pk, arguments=given, at=_now())
        committed = time.perf_counter()
        message = Message.objects.get(contact=contact, direction="outbound")
        Message.objects.filter(pk=message.pk).update(send_after=None)
        sent = time.perf_counter()
        assert send_message(message.pk, _now) is None
        commits.append((committed - begun) * 1000)
        accepted.append((time.perf_counter() - sent) * 1000)
    assert not Message.objects.filter(direction="outbound").exclude(state="sent").exists()
    return commits, accepted


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    import sys

    print(json.dumps(measure(quick="--quick" in sys.argv)))
