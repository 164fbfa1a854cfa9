"""
What tables can ask about: facts, each declared once by the app that knows it, fetched only where a guideline needs it.

A *source* gives several facts by one look at the books. Its function gets the question an act asks; it depends on that alone and on
what is stored. A fact is a number, a day, a code or a yes or no, never what tells who somebody is: decisions are kept with their facts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from babel.numbers import get_currency_precision

from onhand.guidelines.feel.values import Value, as_value
from onhand.kernel.decisions import Question
from onhand.kernel.money import Money

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Provide = Callable[[Question], Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class Fact:
    """
    One fact. `name` is what tables call it; `type` is one of `tables.TYPES`; `values` are the texts it can be, where they are few, and what
    people call them; `example` is a test a cell could hold. `called` says what people call texts that acts or the company lay down.
    """

    name: str
    type: str
    help: "_StrOrPromise"
    values: "Mapping[str, _StrOrPromise]" = field(default_factory=dict)
    example: str = ""
    called: "Callable[[], Mapping[str, _StrOrPromise]]" = dict

    def words(self) -> dict[str, str]:
        """What people call the texts it can be."""
        return {text: str(words) for text, words in {**self.called(), **self.values}.items()}


@dataclass(frozen=True, slots=True)
class Source:
    """
    Facts that are found together. `subjects` names the types of subject it knows them of; none: of every act. `always` says that it costs
    no look at the books, so that its facts are kept with each decision and drafts can be tried on the past with them.
    """

    key: str
    label: "_StrOrPromise"
    facts: tuple[Fact, ...]
    provide: Provide
    subjects: frozenset[str] = frozenset()
    always: bool = False

    def knows(self, subject_type: str) -> bool:
        """Whether it has facts about such a subject."""
        return not self.subjects or subject_type in self.subjects


_sources: dict[str, Source] = {}
_by_name: dict[str, tuple[Source, Fact]] = {}
_customers: dict[str, Callable[[Any], int | None]] = {}


def register_facts(source: Source) -> Source:
    """Make a source known. Raises TypeError where one of its facts is known already."""
    for fact in source.facts:
        if fact.name in _by_name and _by_name[fact.name][0].key != source.key:
            raise TypeError(f"two facts are called {fact.name}")
    _sources[source.key] = source
    _by_name.update({fact.name: (source, fact) for fact in source.facts})
    return source


def forget_facts(key: str) -> None:
    """Take a source out again: for tests that define their own."""
    source = _sources.pop(key, None)
    for fact in source.facts if source else ():
        _by_name.pop(fact.name, None)


def all_sources() -> list[Source]:
    """Every source, by key."""
    return [_sources[key] for key in sorted(_sources)]


def find_fact(name: str) -> Fact | None:
    """The fact of that name, if this version of the product has it."""
    found = _by_name.get(name)
    return found[1] if found else None


def register_customer_of(subject_type: str, of: Callable[[Any], int | None]) -> None:
    """Say whose a subject of this type is, where its row has no `customer_id` itself."""
    _customers[subject_type] = of


def customer_of(question: Question) -> int | None:
    """Whose file an act is about: the id of the customer, None where it is nobody's."""
    if question.subject_type == "customer":
        return question.subject_id
    if question.subject is None:
        return None
    of = _customers.get(question.subject_type)
    found = of(question.subject) if of else getattr(question.subject, "customer_id", None)
    return found if isinstance(found, int) else None


def is_free(name: str) -> bool:
    """Whether a fact follows from the question alone, without a look at the books."""
    found = _by_name.get(name)
    return found is not None and found[0].always


def gather(names: Iterable[str], question: Question, *, with_free: bool = False) -> dict[str, Value]:
    """
    These facts as values of the language, and those found with them; `with_free` adds those that cost nothing. What is not known of
    such a subject, or to this version of the product, is null. Costs one call for each source that is needed.
    """
    wanted = {_by_name[name][0].key for name in names if name in _by_name}
    found: dict[str, Value] = dict.fromkeys(names)
    for source in _sources.values():
        if (source.key in wanted or (with_free and source.always)) and source.knows(question.subject_type):
            found.update({name: value_of(fact) for name, fact in source.provide(question).items()})
    return found


def value_of(fact: object) -> Value:
    """A fact as a value of the language; an amount as its number in whole units of its currency, exactly."""
    if isinstance(fact, Money):
        return in_units(fact.minor, fact.currency)
    return as_value(fact)


def in_units(minor: int, currency: str) -> Decimal:
    """An amount of minor units as a number of whole ones, exactly."""
    return Decimal(minor).scaleb(-get_currency_precision(currency))


def in_minor(number: Decimal, currency: str) -> int:
    """A number of whole units as minor ones, what is finer cut off: an upper limit is never rounded up."""
    return int(number.scaleb(get_currency_precision(currency)))
