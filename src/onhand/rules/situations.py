"""What a rule looks at: a message that arrived (or that waits), and what was known at that moment. Pure values, no database."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from functools import cached_property
from typing import Any

from onhand.rules.enums import Moment
from onhand.rules.phrases import haystack


@dataclass(frozen=True, slots=True)
class Known:
    """
    What was known when the message arrived and may be different later. `sure` values are per cent. `earlier` counts the messages of
    the contact before this one.
    """

    is_new: bool = False
    language: str = ""
    customer: int | None = None
    is_organisation: bool = False
    flags: tuple[str, ...] = ()
    priority: int = 0
    team: int | None = None
    owner: int | None = None
    is_open: bool = True
    open_cases: int = 0
    earlier: int = 0
    team_suggested: str = ""
    team_sure: int = 0
    reason_suggested: str = ""
    reason_sure: int = 0

    def as_json(self) -> dict[str, Any]:
        """As it is stored; what is as usual is left out."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value != _USUAL[name]
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Known":
        """As it was stored, also by an earlier version of the product."""
        given = {f.name: stored[f.name] for f in fields(cls) if f.name in stored}
        if "flags" in given:
            given["flags"] = tuple(given["flags"])
        return cls(**given)


_USUAL: dict[str, Any] = asdict(Known())


@dataclass(frozen=True)
class Situation:
    """One message at one moment. `at` is in the company's time zone. `text` is what is new in it, without what it quotes."""

    message_id: int
    contact_id: int
    at: datetime
    moment: Moment = Moment.MESSAGE
    channel: str = "email"
    sender: str = ""
    recipients: tuple[str, ...] = ()
    came_to: str = ""
    subject: str = ""
    text: str = ""
    attachments: tuple[str, ...] = ()
    automatic: str = ""
    checks: Mapping[str, str] = field(default_factory=dict)
    known: Known = field(default_factory=Known)
    waited_minutes: int = 0

    @cached_property
    def subject_words(self) -> str:
        """The subject as phrases are looked for in it."""
        return haystack(self.subject)

    @cached_property
    def text_words(self) -> str:
        """The text likewise."""
        return haystack(self.text)

    @cached_property
    def file_words(self) -> str:
        """The names of its attachments likewise."""
        return haystack(" \n ".join(self.attachments))

    @property
    def failed_checks(self) -> bool:
        """Whether a check of the sender failed: it may be forged."""
        return any(result == "fail" for result in self.checks.values())


@dataclass(slots=True)
class Course:
    """What rules have already done with the contact: the rules after them see it so."""

    priority: int
    team: int | None
    owner: int | None
    open_cases: int
    is_answered: bool = False

    @classmethod
    def at_first(cls, known: Known) -> "Course":
        """Before any rule."""
        return cls(known.priority, known.team, known.owner, known.open_cases)
