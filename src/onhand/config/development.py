"""``onhand test``: every check of the code and all tests, side by side, with one short summary at the end."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from onhand.config.environment import checkout
from onhand.config.terminal import say

BIN = Path(sys.executable).parent
CLOSING_LINES = 3
SOME_FAILED = 1  # pytest's code; others mean that it could not run
MOST_TRIED_AGAIN = 25
TYPES_OF_FRONT_END = "from onhand.config import frontend_build as f; f.check()"


@dataclass
class Step:
    """One check and how it went."""

    name: str
    command: Sequence[str]
    code: int | None = None
    seconds: float = 0.0
    output: str = ""

    def run(self, environment: dict[str, str]) -> None:
        """Run it quietly; what it said is kept."""
        begun = time.monotonic()
        result = subprocess.run(
            self.command,
            cwd=checkout(),
            env=environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.code, self.output, self.seconds = result.returncode, result.stdout, time.monotonic() - begun

    def line(self) -> str:
        """The step in the summary."""
        return f"{'ok  ' if self.code == 0 else 'FAIL'} {self.name:<14} {self.seconds:6.1f} s"


@dataclass
class Tests:
    """The pytest run: its output goes to the terminal as it comes, the last lines are kept for the end."""

    arguments: Sequence[str]
    closing: deque[str] = field(default_factory=lambda: deque(maxlen=CLOSING_LINES))
    passed_alone: list[str] = field(default_factory=list)

    def run(self, environment: dict[str, str]) -> int:
        """
        Run the tests on as many workers as there are processors. Of a whole run, the few that failed are tried once more, one at a
        time: hours of others should not hang on a browser that had no processor for a moment. Those are named at the end.
        """
        workers = [] if any(part.startswith("-n") for part in self.arguments) else ["-n", str(os.cpu_count() or 1)]
        cache = Path(environment["ONHAND_DATA"], "pytest-cache")
        keep = ["-o", f"cache_dir={cache}"]
        code = self._pytest([*workers, "--dist=loadgroup", *keep, *self.arguments], environment)
        failed = _failed(cache)
        if code != SOME_FAILED or self.arguments or not 0 < len(failed) <= MOST_TRIED_AGAIN:
            return code
        say("", f"{len(failed)} failed. Once more, one at a time:")
        code = self._pytest(["-n0", "--last-failed", *keep], environment)
        self.passed_alone = sorted(failed - _failed(cache))
        return code

    def _pytest(self, arguments: Sequence[str], environment: dict[str, str]) -> int:
        command = [sys.executable, "-m", "pytest", *arguments]
        if sys.stdout.isatty():
            command.append("--color=yes")
        with subprocess.Popen(
            command, cwd=checkout(), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout
            for line in process.stdout:
                sys.stdout.write(line)
                sys.stdout.flush()
                if line.strip():
                    self.closing.append(line.rstrip("\n"))
        return process.returncode


def _failed(cache: Path) -> set[str]:
    """The tests that failed when they were last run."""
    try:
        return set(json.loads((cache / "v" / "cache" / "lastfailed").read_text()))
    except FileNotFoundError:
        return set()


def steps() -> list[Step]:
    """The checks that do not run the product, quickest first."""
    found = [
        Step("ruff check", [str(BIN / "ruff"), "check", "."]),
        Step("ruff format", [str(BIN / "ruff"), "format", "--check", "."]),
        Step("imports", [str(BIN / "lint-imports")]),
        Step("mypy", [sys.executable, "-m", "mypy"]),
    ]
    if (checkout() / "frontend" / "package.json").exists():
        found.insert(3, Step("tsc", [sys.executable, "-c", TYPES_OF_FRONT_END]))
    return found


def run(arguments: Sequence[str]) -> int:
    """Run what was asked for; 0 if everything is well."""
    parser = argparse.ArgumentParser(
        prog="onhand test",
        description="Run every check of the code and all tests. Further arguments go to pytest, for example a file or -k word.",
    )
    parser.add_argument("--checks-only", action="store_true", help="linting, types and imports, no tests")
    parser.add_argument("--tests-only", action="store_true", help="the tests, nothing else")
    options, further = parser.parse_known_args(arguments)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="onhand-checks-") as data:
        environment = _environment(data)
        checks = [] if options.tests_only else steps()
        lane = threading.Thread(target=_run_all, args=(checks, environment))
        lane.start()
        tests = Tests(further)
        code = 0 if options.checks_only else tests.run(environment)
        lane.join()
    failed = [step for step in checks if step.code]
    for step in failed:
        say("", f"--- {step.name} ---", step.output.rstrip())
    say("", *(step.line() for step in checks))
    say(f"{'All is well' if not failed and code == 0 else 'Not well'} after {time.monotonic() - begun:.0f} s.")
    for name in tests.passed_alone:
        say(f"Failed beside others, passed alone: {name}")
    if not options.checks_only:
        say(*tests.closing)  # pytest's own words come last: whoever reads only the end of the output reads these
    return 1 if failed or code else 0


def _run_all(checks: Sequence[Step], environment: dict[str, str]) -> None:
    for step in checks:
        step.run(environment)


def _environment(data: str) -> dict[str, str]:
    """What the checks see: the checkout's own code, and no data folder of a real installation."""
    root = checkout()
    path = os.pathsep.join([str(root / "src"), str(root / "bench"), str(root)])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ONHAND_")}
    return {**kept, "PYTHONPATH": path, "ONHAND_DATA": data, "PYTHONUNBUFFERED": "1"}
