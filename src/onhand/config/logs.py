"""Structured logs: one JSON object a line on standard error, with the request's name in every line of the request."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_OUR_LINES = frozenset({"exception", "stack"})  # have many lines, written by the interpreter


def without_controls(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """
    Spell out control characters: what a stranger put into an address must neither look like another line nor move the cursor of
    the terminal the log is read on.
    """
    for name, value in line.items():
        if isinstance(value, str) and name not in _OUR_LINES and _CONTROL.search(value):
            line[name] = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", value)
    return line


def configure(*, level: str, style: str) -> None:
    """Send every logger of the process, ours and libraries', through one format. May be called again."""
    if style == "auto":
        style = "text" if sys.stderr.isatty() else "json"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    last: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
        if style == "json"
        else [
            without_controls,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(),
                exception_formatter=structlog.dev.plain_traceback,  # others write local variables, with passwords
            ),
        ]
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    handler.set_name("onhand")
    root = logging.getLogger()
    root.handlers = [old for old in root.handlers if old.get_name() != "onhand"] + [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for name, least in {
        "procrastinate": "WARNING",
        "uvicorn": "WARNING",
        "asyncio": "WARNING",
        "mcp": "WARNING",
        "weasyprint": "WARNING",
        "fontTools": "WARNING",
        "factur-x": "WARNING",
    }.items():
        logging.getLogger(name).setLevel(max(logging.getLevelName(least), logging.getLevelName(level.upper())))
