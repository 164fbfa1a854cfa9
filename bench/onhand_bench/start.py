"""How long a start takes until the first page is answered, and how much memory and disk the product uses when idle."""

import contextlib
import os
import re
import signal
import socket
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import psutil

from onhand_bench import place

ROOT = Path(__file__).resolve().parents[2]
AIMS = {"cold_s": 5.0, "warm_s": 1.5, "idle_mb": 250.0, "disk_mb": 500.0}
SETTLE_SECONDS = 5


def measure(quick: bool) -> dict[str, float]:
    """Start cold (fresh data folder, demo company made) and warm, several times; medians."""
    rounds = 1 if quick else 3
    cold, warm, idle, data = [], [], [], 0.0
    for _ in range(rounds):
        with place.folder() as empty:
            seconds, _memory = start(empty / "data", settle=0)
            cold.append(seconds)
            for _ in range(2 if quick else 3):
                seconds, memory = start(empty / "data", settle=SETTLE_SECONDS)
                warm.append(seconds)
                idle.append(memory)
            data = megabytes(empty)
    figures = {
        "cold_s": round(statistics.median(cold), 2),
        "warm_s": round(statistics.median(warm), 2),
        "idle_mb": round(statistics.median(idle), 0),
        "disk_mb": round(data + installed_megabytes(), 0),
    }
    print(f"{'':12}{'measured':>10}{'aim':>8}{'ratio':>8}   ({rounds} cold, {len(warm)} warm starts)")
    for name, value in figures.items():
        print(f"{name:12}{value:>10}{AIMS[name]:>8}{value / AIMS[name]:>8.2f}")
    print(f"disk: data {data:.0f} MB with a demo company, the rest is the installation (no development packages)")
    return figures


def start(data: Path, *, settle: float) -> tuple[float, float]:
    """Seconds from the command to the first answered page, and the group's memory (MB, shared pages counted once)."""
    with free_port() as port:
        pass
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("ONHAND_", "DATABASE_", "DJANGO_"))
    }
    environment = {**kept, "ONHAND_DATA": str(data), "ONHAND_PORT": str(port), "ONHAND_LOG_LEVEL": "error"}
    begun = time.monotonic()
    process = subprocess.Popen([str(ROOT / "onhand"), "up"], env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for_page(port, process)
        seconds = time.monotonic() - begun
        time.sleep(settle)
        return seconds, memory_of(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextlib.contextmanager
def free_port() -> Iterator[int]:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield int(probe.getsockname()[1])


def wait_for_page(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the product says over HTTP that it is ready."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=60) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.01)
    raise SystemExit("the product ended before it answered")


def memory_of(pid: int) -> float:
    """Proportional set size of a process and everything below it."""
    top = psutil.Process(pid)
    total = 0
    for process in [top, *top.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total / 2**20


def megabytes(folder: Path) -> float:
    """Disk used by a folder."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            if path.is_file() and not path.is_symlink():
                total += path.stat().st_blocks * 512
    return total / 2**20


def installed_megabytes() -> float:
    """Disk used by what ./onhand up installs and builds, development packages left out."""
    total = megabytes(ROOT / "src") + megabytes(ROOT / "frontend")
    for lock in ("runtime", "build"):
        text = (ROOT / "requirements" / f"{lock}.txt").read_text()
        for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE):
            with contextlib.suppress(PackageNotFoundError):
                for file in distribution(name).files or ():
                    with contextlib.suppress(OSError):
                        total += Path(str(file.locate())).stat().st_blocks * 512 / 2**20
    return total
