"""Files looked at by a virus scanner: the protocol against a small peer of our own, and against a real clamd where it is installed."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from onhand.contacts.enums import ScanState
from onhand.contacts.files import store_file
from onhand.contacts.models import Attachment, Contact, Message
from onhand.contacts.scanning.attachments import Scanned, scan_waiting
from onhand.contacts.scanning.clamd import CHUNK, ScannerAwayError, TooLargeError, Verdict, scan
from tests.factories import NOON, make_customer

BAD = b"ONHAND-TEST-SIGNATURE"  # what stands for a virus in these tests; harmless


class Peer:
    """A peer that speaks INSTREAM as clamd does: it finds `BAD`, and takes no more than `most` bytes. Not a scanner."""

    def __init__(self, most: int = 2**20) -> None:
        self.most, self.answer = most, b""
        self.door = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.door.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                line, _from = self.door.accept()
            except OSError:
                return
            with line, line.makefile("rb") as given:
                line.sendall(self.answer or self.said(given))

    def said(self, given: Any) -> bytes:
        assert given.read(10) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(given.read(4), "big"):
            assert size <= CHUNK
            content += given.read(size)
            if len(content) > self.most:
                return b"INSTREAM size limit exceeded. ERROR\0"
        return b"stream: Onhand.Test FOUND\0" if BAD in content else b"stream: OK\0"


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()
    yield made
    made.door.close()


def test_clean_and_infected_files_are_told_apart_whatever_their_size(peer: Peer) -> None:
    assert scan(peer.address, b"") == Verdict(is_infected=False)
    assert scan(peer.address, b"x" * (2 * CHUNK + 5)) == Verdict(is_infected=False)
    assert scan(peer.address, b"x" * (CHUNK - 3) + BAD) == Verdict(is_infected=True, name="Onhand.Test")


def test_a_file_that_is_too_large_for_the_scanner_says_so(peer: Peer) -> None:
    with pytest.raises(TooLargeError):
        scan(peer.address, b"x" * (peer.most + CHUNK))


@pytest.mark.parametrize("answer", [b"\0", b"stream: nonsense\0", b"UNKNOWN COMMAND\0", b"x" * 9000])
def test_an_answer_that_is_none_is_no_verdict(peer: Peer, answer: bytes) -> None:
    peer.answer = answer
    with pytest.raises(ScannerAwayError):
        scan(peer.address, b"x")


def test_a_scanner_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    for address in ("127.0.0.1:1", str(tmp_path / "no.socket"), f"unix:{tmp_path}/no.socket"):
        with pytest.raises(ScannerAwayError):
            scan(address, b"x", patience=2)


@pytest.fixture
def carry(db: None) -> Callable[[bytes], Attachment]:
    """Somebody writes with a file."""
    contact = Contact.objects.create(customer=make_customer("Ana"), channel="email", started_at=NOON)

    def carried(content: bytes) -> Attachment:
        message = Message.objects.create(contact=contact, direction="inbound", at=NOON)
        return Attachment.objects.create(
            message=message,
            position=0,
            name="a.txt",
            media_type="text/plain",
            size=len(content),
            file_id=store_file(content, NOON),
        )

    return carried


def states() -> list[tuple[str, str]]:
    return list(Attachment.objects.order_by("pk").values_list("scan", "scan_result"))


def test_every_file_is_scanned_once_and_all_that_carry_it_know(
    peer: Peer, carry: Callable[[bytes], Attachment]
) -> None:
    for content in (b"good", BAD, BAD):
        carry(content)
    seen: list[bytes] = []

    def noted(content: bytes) -> Verdict:
        seen.append(content)
        return scan(peer.address, content)

    assert scan_waiting(noted) == Scanned(files=2, infected=1)
    assert sorted(seen) == [BAD, b"good"]
    bad = (ScanState.INFECTED.value, "Onhand.Test")
    assert states() == [(ScanState.CLEAN.value, ""), bad, bad]
    assert scan_waiting(noted) == Scanned()


def test_what_could_not_be_scanned_is_tried_again_and_what_is_too_large_is_not(
    peer: Peer, carry: Callable[[bytes], Attachment]
) -> None:
    carry(b"good")
    away = scan_waiting(lambda content: scan("127.0.0.1:1", content, patience=2))
    assert away == Scanned(is_away=True)
    assert states() == [(ScanState.NOT_SCANNED.value, "")]
    carry(b"x" * (peer.most + 1))
    assert scan_waiting(lambda content: scan(peer.address, content)) == Scanned(files=1)
    assert states()[0] == (ScanState.CLEAN.value, "")
    assert states()[1] == (ScanState.NOT_SCANNED.value, "INSTREAM size limit exceeded. ERROR")
    assert scan_waiting(lambda content: scan(peer.address, content)) == Scanned()


def test_an_infected_file_is_served_to_nobody(
    peer: Peer, carry: Callable[[bytes], Attachment], client: Client, settings: Any
) -> None:
    from onhand.contacts.scan_tasks import scan_attachments
    from tests.web.desk.files import make_colleague

    attachment = carry(BAD)
    client.force_login(make_colleague("administrator"))
    address = f"/desk/attachments/{attachment.pk}/"
    assert client.get(address).status_code == 200
    settings.CLAMD = ""
    scan_attachments(0)
    assert client.get(address).status_code == 200
    settings.CLAMD = peer.address
    scan_attachments(0)
    answer = client.get(address)
    assert answer.status_code == 451
    assert BAD not in b"".join(answer)


@pytest.fixture
def clamd(tmp_path: Path) -> Iterator[str]:
    """A real clamd of our own, which knows one signature of our own: the downloaded ones need a network."""
    program = shutil.which("clamd")
    if program is None:
        pytest.skip("clamd is not installed: apt-get install clamav-daemon")
    known = tmp_path / "signatures"
    known.mkdir()
    (known / "onhand.ndb").write_text(f"Onhand.Test:0:*:{BAD.hex()}\n")
    place, said = tmp_path / "clamd.socket", tmp_path / "clamd.conf"
    said.write_text(f"Foreground yes\nLocalSocket {place}\nDatabaseDirectory {known}\nStreamMaxLength 1M\n")
    running = subprocess.Popen([program, "-c", str(said)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 60
        while not place.exists() and time.monotonic() < until and running.poll() is None:
            time.sleep(0.1)
        yield str(place)
    finally:
        running.terminate()
        running.wait(20)


def test_a_real_clamd_says_the_same(clamd: str) -> None:
    assert scan(clamd, b"good") == Verdict(is_infected=False)
    assert scan(clamd, b"x" * CHUNK + BAD).is_infected
    assert scan(f"unix:{clamd}", BAD).name.startswith("Onhand.Test")
    with pytest.raises(TooLargeError):
        scan(clamd, b"x" * (3 * 2**20))
