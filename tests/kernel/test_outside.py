"""Requests to addresses people typed in: where they may go, and that nothing they meet takes longer or more than said."""

import ipaddress
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from onhand.kernel import outside
from onhand.kernel.outside import Limits, NotAllowed, Unreachable, may_reach, request
from tests.webhooks.receiver import Receiver, endless

LOOPBACK = ["127.0.0.0/8"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    one = Receiver()
    yield one
    one.stop()


@pytest.mark.parametrize(
    ("address", "may"),
    [
        *(("93.184.216.34", True), ("2606:4700::1111", True)),
        *((one, False) for one in ("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0")),
        *((one, False) for one in ("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1")),
        ("fec0::1", False),
        *((one, False) for one in ("::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "240.0.0.1")),
        ("64:ff9b::5db8:d822", True),
    ],
)
def test_only_public_addresses_are_reached(address: str, may: bool) -> None:
    assert may_reach(ipaddress.ip_address(address), ()) is may


def test_a_network_that_is_allowed_is_reached_and_no_other(settings: Any, receiver: Receiver) -> None:
    with pytest.raises(NotAllowed):
        request("POST", receiver.url, headers={})
    settings.ONHAND_OUTSIDE_NETWORKS = ["10.0.0.0/8"]
    with pytest.raises(NotAllowed):
        request("POST", receiver.url, headers={})
    settings.ONHAND_OUTSIDE_NETWORKS = LOOPBACK
    assert request("POST", receiver.url, headers={"X-Mark": "1"}, content=b"hi").status == 200
    assert (receiver.got[0].headers["x-mark"], receiver.got[0].body) == ("1", b"hi")


def test_a_name_is_judged_by_what_it_means_when_connecting(
    settings: Any, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the name meant a public address when it was typed in, and one of ours now."""
    meant = ["93.184.216.34", "127.0.0.1"]

    def resolve(_host: str, port: int, **_more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in meant]

    monkeypatch.setattr(outside.socket, "getaddrinfo", resolve)
    assert outside.why_no_address("https://shop.example.com/") == ""
    with pytest.raises(NotAllowed):
        request("POST", f"https://shop.example.com:{receiver.server.server_port}/", headers={})
    meant.pop(0)
    with pytest.raises(NotAllowed):
        request("POST", f"https://shop.example.com:{receiver.server.server_port}/", headers={})
    settings.ONHAND_OUTSIDE_NETWORKS = LOOPBACK
    meant.insert(0, "93.184.216.34")
    with pytest.raises(NotAllowed):  # without TLS only where all it means was allowed
        request("POST", f"http://shop.example.com:{receiver.server.server_port}/", headers={})
    assert not receiver.got


def test_an_answer_is_read_as_far_as_said(settings: Any, receiver: Receiver) -> None:
    settings.ONHAND_OUTSIDE_NETWORKS = LOOPBACK
    receiver.behave = endless(10 * 2**20)
    answer = request("POST", receiver.url, headers={}, limits=Limits(most_bytes=100))
    assert (len(answer.content), answer.is_cut) == (100, True)


def test_a_certificate_nobody_believes_is_not_believed(settings: Any, tmp_path: Path) -> None:
    settings.ONHAND_OUTSIDE_NETWORKS = LOOPBACK
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    one = Receiver(context=context)
    try:
        with pytest.raises(Unreachable, match="certificate"):
            request("POST", one.url, headers={})
        assert not one.got
    finally:
        one.stop()


@pytest.mark.django_db
def test_nothing_is_reached_inside_a_transaction(settings: Any, receiver: Receiver) -> None:
    settings.ONHAND_OUTSIDE_NETWORKS = LOOPBACK
    with pytest.raises(RuntimeError):
        request("POST", receiver.url, headers={})
