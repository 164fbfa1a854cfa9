"""The data folder: where an installation keeps its secrets and the embedded database."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

SECRET_KEY = "secret.key"  # noqa: S105 a file name
SEAL_KEY = "seal.key"
FIGURES_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # named by the Prometheus library


def make_private(folder: Path) -> Path:
    """Create a folder only its owner can enter. An existing folder keeps its permissions."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner can read, whole or not at all, even if the machine stops half-way."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file; empty if there is no such file or it is not whole."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def key(data: Path, name: str) -> str:
    """A secret key kept in the data folder, made on first use. Two processes starting at once agree on one."""
    path = data / name
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        pass
    make_private(data)
    aside = data / f".{name}.{secrets.token_hex(4)}"
    write_private(aside, secrets.token_urlsafe(48) + "\n")
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink(missing_ok=True)
    return path.read_text(encoding="utf-8").strip()


def use_for_figures(place: Path) -> None:
    """Let all processes of the group keep their figures in this folder, emptied first; before they are loaded."""
    make_private(place)
    for old in place.glob("*.db"):
        old.unlink(missing_ok=True)
    os.environ[FIGURES_VARIABLE] = str(place)
