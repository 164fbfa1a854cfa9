"""What a statement of a bank says, whatever its form."""

from dataclasses import dataclass
from datetime import date

LARGEST = 20 * 1024 * 1024  # bytes of a file
MOST_LINES = 50_000


class UnreadableStatement(ValueError):
    """The file is no statement that can be read; the text says what is wrong, for people."""


@dataclass(frozen=True, slots=True)
class Movement:
    """
    One movement on the account: `minor` minor units that came in, negative what went out. `reference` is the bank's own name for it,
    `text` what was written with it, `name` and `iban` who paid or was paid.
    """

    minor: int
    currency: str
    booked_on: date
    name: str = ""
    iban: str = ""
    text: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """The movements of a file, and of which account."""

    account: str
    movements: list[Movement]
