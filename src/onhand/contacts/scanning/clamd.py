"""
Asking ClamAV's daemon about a file, by its INSTREAM command: the bytes are sent over the connection, so that the daemon may run on
another machine and needs to read none of our files.
"""

import socket
from contextlib import suppress
from dataclasses import dataclass

USUAL_PORT = 3310
PATIENCE = 60.0  # seconds for connecting and for each answer: a large archive takes a while
CHUNK = 2**16
LONGEST_ANSWER = 4096
_ASK, _END = b"zINSTREAM\0", b"\0\0\0\0"


class ScannerAwayError(Exception):
    """The scanner does not answer, or not as it should: to be asked again later."""


class TooLargeError(Exception):
    """The scanner takes no file of this size, by its own setting (StreamMaxLength)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner says. `name` is what it calls what it found."""

    is_infected: bool
    name: str = ""


def scan(address: str, content: bytes, *, patience: float = PATIENCE) -> Verdict:
    """
    Have a file looked at. `address` is `host:port` (3310 where none is given), or the path of a socket; `patience` is in seconds.
    Raises ScannerAwayError and TooLargeError.
    """
    try:
        with _connected(address, patience) as line:
            # A daemon that has enough says why and hangs up while we are still sending: its answer is read all the same.
            with suppress(BrokenPipeError, ConnectionResetError):
                _send(line, content)
            return _read(_answer(line))
    except OSError as error:
        raise ScannerAwayError(str(error)) from error


def _connected(address: str, patience: float) -> socket.socket:
    if address.startswith(("/", "unix:")):
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(patience)
        try:
            line.connect(address.removeprefix("unix:"))
        except OSError:
            line.close()
            raise
        return line
    host, _colon, port = address.rpartition(":") if address.count(":") == 1 or "]:" in address else (address, "", "")
    return socket.create_connection((host.strip("[]"), int(port or USUAL_PORT)), timeout=patience)


def _send(line: socket.socket, content: bytes) -> None:
    line.sendall(_ASK)
    view = memoryview(content)
    for start in range(0, len(view), CHUNK):
        part = view[start : start + CHUNK]
        line.sendall(len(part).to_bytes(4, "big"))
        line.sendall(part)
    line.sendall(_END)


def _answer(line: socket.socket) -> str:
    said = b""
    while b"\0" not in said and len(said) < LONGEST_ANSWER:
        more = line.recv(LONGEST_ANSWER)
        if not more:
            break
        said += more
    return said.partition(b"\0")[0].decode("utf-8", "replace").strip()


def _read(said: str) -> Verdict:
    words = said.removeprefix("stream:").strip()
    if words == "OK":
        return Verdict(is_infected=False)
    if words.endswith(" FOUND"):
        return Verdict(is_infected=True, name=words.removesuffix(" FOUND")[:200])
    if "size limit exceeded" in words:
        raise TooLargeError(words)
    raise ScannerAwayError(words or "no answer")
