"""Words for the person at the terminal."""

import sys


def say(*lines: object) -> None:
    """Write lines to standard output."""
    if lines:
        print(*lines, sep="\n", flush=True)  # noqa: T201


def complain(*lines: object) -> None:
    """Write lines to standard error."""
    if lines:
        print(*lines, sep="\n", file=sys.stderr, flush=True)  # noqa: T201
