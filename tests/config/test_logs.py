"""What is written about requests: enough to find a fault, nothing to break in with."""

import logging
import sys
from typing import Any

import pytest
from django.test import Client

from onhand.config import logs
from onhand.config.environment import Environment
from onhand.staff.operations import sign_in_link
from tests.factories.staff import make_person


@pytest.mark.django_db
def test_a_link_to_set_a_password_is_not_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    path = sign_in_link(make_person()).partition("//")[2].partition("/")[2]
    key = path.removesuffix("/").rpartition("/")[2]
    with caplog.at_level(logging.INFO):
        opened = client.get(f"/{path}")
    assert opened.status_code == 302
    written = " ".join(str(record.msg) + record.getMessage() for record in caplog.records)
    assert "/account/password/reset/key/" in written
    assert key not in written
    assert key.partition("-")[2] not in written


def test_strangers_write_no_lines_and_no_colours_into_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(level="info", style="text")
    try:
        secret = "hush-hush"
        logging.getLogger("test").warning("asked for %s", "/x\n2026 [info] all is well\x1b[2J")
        try:
            _fail(secret)
        except ValueError:
            logging.getLogger("test").exception("failed")
    finally:
        given = Environment()
        logs.configure(level=given.log_level, style=given.log_format)
    said = capsys.readouterr().err
    assert "/x\\x0a2026 [info] all is well\\x1b[2J" in said
    assert "ValueError" in said
    assert "hush-hush" not in said


def _fail(secret: Any) -> None:
    assert secret
    raise ValueError(sys.version_info.major)
