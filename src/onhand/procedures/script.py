"""
A procedure as people write it: readable text with tables, headings for steps, one line for what each is.

    # Damaged on arrival

    What is said and done when goods arrive damaged.

    about: order
    reasons: damaged
    note: Damaged: {damage}. Given: {remedy}.

    ## What is damaged
    ask: damage
    must
    en: What is damaged?
    es: ¿Qué está dañado?

    | damage    | en                 | es                |
    | packaging | Only the packaging | Solo el embalaje  |
    | product   | The product itself | El producto mismo |

Conditions and values are expressions of the same language as cells of guidelines, over facts and what was answered before.
`docs/howto/write-a-procedure.md` names every line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from onhand.guidelines.feel.evaluating import Evaluation
from onhand.guidelines.feel.values import Value

Texts = Mapping[str, str]  # language → text


class StepKind(StrEnum):
    """What a step is: words to say, a question, identification, an end, remedies to choose from, or an act to do."""

    SAY = "say"
    ASK = "ask"
    IDENTIFY = "identify"
    STOP = "stop"
    OFFER = "offer"
    DO = "do"


class AnswerType(StrEnum):
    """What an answer can be."""

    CHOICE = "choice"
    YES_NO = "yes or no"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression as it is written, ready to be worked out, with the facts and answers it names."""

    text: str
    evaluate: Evaluation
    names: frozenset[str]

    def holds(self, known: Mapping[str, Value]) -> bool:
        """Whether it is true; what cannot be worked out is not."""
        return self.evaluate(known) is True


@dataclass(frozen=True, slots=True)
class Prepared:
    """An act as a step prepares it: its name, and arguments by name."""

    act: str
    arguments: tuple[tuple[str, Formula], ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose. Of an offer it is a remedy: with what is done for it (None: nothing), and when it is on the list."""

    key: str
    words: Texts
    prepared: Prepared | None = None
    when: Formula | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """
    A step. `when` says that it is only needed then; `must` that nobody may skip it. `words` are said to the customer, `hints` are for
    who says them. Of a question: the `variable` its answer is known by, of which `type`, and the `fact` looked up in its place. Of an
    offer: the `guideline` whose remedies are offered, empty for all of the step's own. `line` is where it begins.
    """

    key: str
    kind: StepKind
    line: int
    when: Formula | None = None
    must: bool = False
    words: Texts = field(default_factory=dict)
    hints: Texts = field(default_factory=dict)
    articles: tuple[str, ...] = ()
    variable: str = ""
    type: AnswerType = AnswerType.TEXT
    fact: str = ""
    options: tuple[Option, ...] = ()
    level: int = 0
    ends_when: Formula | None = None
    guideline: str = ""
    prepared: Prepared | None = None

    @property
    def all_prepared(self) -> "tuple[Prepared, ...]":
        """Every act the step could do."""
        offered = tuple(one.prepared for one in self.options if one.prepared)
        return (*offered, self.prepared) if self.prepared else offered

    def option(self, key: str) -> Option | None:
        """The option of that key."""
        return next((one for one in self.options if one.key == key), None)

    def read(self, text: str) -> Value:
        """
        An answer as a value of the language.

        :raises ValueError: it is none of this type.
        """
        text = text.strip()
        if self.type is AnswerType.YES_NO:
            if text not in ("yes", "no"):
                raise ValueError
            return text == "yes"
        if self.type is AnswerType.NUMBER:
            try:
                number = Decimal(text)
            except InvalidOperation:
                raise ValueError from None
            if not number.is_finite() or abs(number.adjusted()) > LARGEST_EXPONENT or len(text) > LONGEST_NUMBER:
                raise ValueError
            return number
        if self.type is AnswerType.DATE:
            return date.fromisoformat(text)
        if not text or (self.type is AnswerType.CHOICE and self.option(text) is None):
            raise ValueError
        return text


LARGEST_EXPONENT, LONGEST_NUMBER = 30, 40


@dataclass(frozen=True, slots=True)
class Binding:
    """An act nobody does outside the procedure, where `when` holds (None: always)."""

    act: str
    when: Formula | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """
    A test case: facts and answers as a cell would say them, and what must come of it: the remedies offered, the step it stops at, or
    that it goes through to the end (neither).
    """

    name: str
    line: int
    known: tuple[tuple[str, str], ...] = ()
    offers: tuple[str, ...] | None = None
    stops: str = ""


@dataclass(frozen=True, slots=True)
class Script:
    """A procedure, read. `about` is the type of subject it is about; `reasons` are the keys of the contact reasons it is meant for."""

    title: str
    purpose: str
    about: str
    reasons: tuple[str, ...]
    note: str
    binds: tuple[Binding, ...]
    steps: tuple[Step, ...]
    tries: tuple[Try, ...]
    facts: frozenset[str]

    def step(self, key: str) -> Step | None:
        """The step of that name."""
        return next((one for one in self.steps if one.key == key), None)

    @property
    def offered_acts(self) -> frozenset[str]:
        """The acts by which its remedies are given."""
        offers = (step for step in self.steps if step.kind is StepKind.OFFER)
        return frozenset(one.act for step in offers for one in step.all_prepared)

    @property
    def languages(self) -> list[str]:
        """The languages anything is worded in."""
        return sorted({language for step in self.steps for language in step.words})


@dataclass(frozen=True, slots=True)
class ScriptFault:
    """What is wrong, and in which line (from 1; 0: the whole)."""

    line: int
    message: str


class ScriptError(ValueError):
    """A text that is no procedure; `faults` are all that were found."""

    def __init__(self, faults: "list[ScriptFault]") -> None:
        super().__init__("; ".join(f"{one.line}: {one.message}" if one.line else one.message for one in faults))
        self.faults = tuple(faults)
