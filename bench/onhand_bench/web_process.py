"""One real web process, on a socket and a pipe handed down by a bench: `python -m onhand_bench.web_process DOOR STARTED`."""

import socket
import sys

import django


def main() -> None:
    """Answer requests until told to stop."""
    django.setup()
    from onhand.config import parts
    from onhand.config.environment import environment

    door, started = (int(number) for number in sys.argv[1:3])
    parts.web(environment(), socket.socket(fileno=door), started)


if __name__ == "__main__":
    main()
