"""Mail servers and mailboxes for the tests of the e-mail channel."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.channels.email.servers import Dovecot, Postfix, why_no_dovecot, why_no_postfix


@pytest.fixture(scope="session")
def mail_folder() -> Iterator[Path]:
    """A folder the servers' own users can come through to."""
    with tempfile.TemporaryDirectory(prefix="onhand-mail-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture(scope="session")
def dovecot(mail_folder: Path) -> Iterator[Dovecot]:
    """Dovecot, running, its certificate believed."""
    if reason := why_no_dovecot():
        pytest.skip(reason)
    server = Dovecot(mail_folder / "dovecot")
    before = os.environ.get("SSL_CERT_FILE")
    try:
        server.start()
        os.environ["SSL_CERT_FILE"] = str(server.certificate)
        yield server
    finally:
        server.stop()
        if before is None:
            os.environ.pop("SSL_CERT_FILE", None)
        else:
            os.environ["SSL_CERT_FILE"] = before


@pytest.fixture(scope="session")
def postfix(mail_folder: Path, dovecot: Dovecot) -> Iterator[Postfix]:
    """Postfix, running, that hands everything on to Dovecot."""
    if reason := why_no_postfix():
        pytest.skip(reason)
    server = Postfix(mail_folder / "postfix", dovecot)
    try:
        server.start()
        yield server
    finally:
        server.stop()
