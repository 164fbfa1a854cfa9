"""Shared by the tests of the books."""

from datetime import UTC, date, datetime

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = date(2026, 3, 10)
