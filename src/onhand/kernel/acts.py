"""
Acts: what can be done, each defined once.

    @act(subject="customer", permission=access.CHANGE_CONTACT_POINTS, label=_("Change the language"))
    def change_language(customer: Customer, *, run: Run, language: Annotated[str, Field(widget="language")]) -> None:
        \"\"\"Change the language the customer is spoken and written to in.\"\"\"

From this come the form, the palette entry, the REST address, the OpenAPI description, the MCP tool, the preview and the record.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from inspect import cleandoc, signature
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError

from onhand.kernel.actor import Actor, ActorKind
from onhand.kernel.errors import ArgumentsInvalid, UnknownAct
from onhand.kernel.events import Event
from onhand.kernel.fields import Field, arguments_model, read_fields
from onhand.kernel.messages import field_message
from onhand.kernel.money import Money

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

ActFunction = Callable[..., Any]
FactsFunction = Callable[..., Mapping[str, Any]]
JurisdictionFunction = Callable[..., str]
LocksFunction = Callable[..., Collection[int]]


@dataclass(slots=True)
class Run:
    """The circumstances of one act being done, handed to its function."""

    act: "Act"
    actor: Actor
    at: datetime
    contact_id: int | None
    case_id: int | None
    is_preview: bool
    facts: Mapping[str, Any] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    only_said: bool = False

    def say_only_this(self) -> None:
        """
        Keep the difference of the snapshots out of the record: it holds what `changed` says and nothing else. For acts after which
        the subject is read together with things that belong to somebody else's record too.
        """
        self.only_said = True

    def show_once(self, key: str, value: str) -> None:
        """Show the caller a secret in the outcome: it is in no record, and a replay of the request does not show it again."""
        if not self.is_preview:
            self.shown[key] = value

    def changed(self, key: str, *, before: Any = None, after: Any = None) -> None:
        """Put a change into the record that the subject's snapshot does not show, such as a new note."""
        if before is not None:
            self.before[key] = before
        if after is not None:
            self.after[key] = after

    def publish(self, event: Event) -> None:
        """Publish an event of the subject, written with the act's record if the act succeeds."""
        self.events.append(event)


@dataclass(frozen=True, eq=False)  # there is one of each name
class Act:
    """
    One registered act.

    `subject` names the subject type. An act that `creates` its subject is given none and returns the new one. `only_adds` says it
    cannot overwrite anything, so a stale version does not stop it. `protects` is the level of identification the contact must have
    reached, and `scope` the business it belongs to: somebody who speaks for the customer may be allowed only some. `licence` is the
    kind of licence the actor must hold, `jurisdiction(subject, **arguments)` where it must be valid (without it, or where that is
    empty: anywhere). `also_locks(subject id, **arguments)` gives the ids of further subjects of the type that are changed with it: all
    are locked, in order of id, so that two such acts never wait for one another.
    `follows` names what it changes by itself beside its arguments: taking the act back takes that back too. `row_only` says that of
    what snapshots hold it changes nothing but the subject's own row, so that no more is read and compared. `gives` names the fact that
    is the money the company gives away with it, at the discretion of who does it: guidelines look at that first.
    """

    name: str
    subject: str
    permission: str
    label: "_StrOrPromise"
    function: ActFunction
    facts: FactsFunction | None = None
    creates: bool = False
    only_adds: bool = False
    protects: int = 0
    licence: str = ""
    also_locks: LocksFunction | None = None
    scope: str = ""
    follows: tuple[str, ...] = ()
    row_only: bool = False
    jurisdiction: JurisdictionFunction | None = None
    gives: str = ""

    @cached_property
    def has_secrets(self) -> bool:
        """Whether an argument is kept out of records. Such an act has no preview, which would be a try that is not counted."""
        return any(field.secret for field in self.fields)

    @cached_property
    def doc(self) -> str:
        """What the act does, in a sentence or two."""
        return cleandoc(self.function.__doc__ or "")

    @cached_property
    def fields(self) -> list[Field]:
        """Its arguments in order, as form fields."""
        return read_fields(self.function)

    @cached_property
    def arguments_model(self) -> type[BaseModel]:
        """A pydantic model of the arguments."""
        words = self.name.replace(".", "_").split("_")
        with translation.override(None):  # made once, so not in the language of whoever happens to ask first
            return arguments_model(self.function, "".join(word.capitalize() for word in words) + "Arguments")

    def given(self, facts: Mapping[str, Any]) -> Money | None:
        """What the company gives away, by the act's facts; None for nothing."""
        amount = facts.get(self.gives) if self.gives else None
        return amount if isinstance(amount, Money) and amount.minor else None

    @cached_property
    def facts_need_moment(self) -> bool:
        """Whether its facts depend on when it is done: their function then has a parameter `at`."""
        return self.facts is not None and "at" in signature(self.facts).parameters

    @property
    def json_schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments."""
        return self.arguments_model.model_json_schema()

    def read_arguments(self, raw: Mapping[str, Any]) -> BaseModel:
        """The arguments parsed; raises ArgumentsInvalid naming every field at fault."""
        try:
            return self.arguments_model.model_validate(dict(raw))
        except ValidationError as error:
            fields: dict[str, list[str]] = {}
            for problem in error.errors(include_url=False):
                name = _printable(str(problem["loc"][0])) if problem["loc"] else "arguments"
                fields.setdefault(name, []).append(self._placed(problem["loc"], field_message(problem)))
            raise ArgumentsInvalid(fields) from None

    def _placed(self, place: tuple[int | str, ...], message: str) -> str:
        """A message with the row and column it is about, where the argument is a table."""
        if len(place) < 3 or not isinstance(place[1], int):
            return message
        columns = {
            column.name: str(column.label) for one in self.fields if one.name == place[0] for column in one.columns
        }
        column = columns.get(str(place[2]), _printable(str(place[2])))
        return _("Row %(number)s, %(column)s: %(message)s") % {
            "number": place[1] + 1,
            "column": column,
            "message": message,
        }


def _printable(name: str) -> str:
    """An argument name as it may be shown: callers send any."""
    return name[:100].encode("utf-8", "replace").decode().replace("\x00", "?")


_acts: dict[str, Act] = {}


def act(
    *,
    subject: str,
    permission: str,
    label: "_StrOrPromise",
    name: str | None = None,
    facts: FactsFunction | None = None,
    creates: bool = False,
    only_adds: bool = False,
    protects: int = 0,
    licence: str = "",
    jurisdiction: JurisdictionFunction | None = None,
    also_locks: LocksFunction | None = None,
    scope: str = "",
    follows: tuple[str, ...] = (),
    row_only: bool = False,
    gives: str = "",
) -> Callable[[ActFunction], ActFunction]:
    """
    Register the function below as an act. Its name is `<app>.<function>` unless given.

    :raises TypeError: the function has no docstring, an argument of a kind no form can ask for, a name already taken, a place for no
        licence, or something given that no facts tell of.
    """

    def register(function: ActFunction) -> ActFunction:
        full_name = name or f"{function.__module__.split('.')[-2]}.{function.__name__}"
        if full_name in _acts:
            raise TypeError(f"two acts are called {full_name}")
        if jurisdiction and not licence:
            raise TypeError(f"{full_name} says where a licence must be valid, and not which")
        if gives and facts is None:
            raise TypeError(f"{full_name} gives {gives}, and no facts say how much")
        if not function.__doc__:
            raise TypeError(f"{full_name} needs a docstring: it is what people and programs read")
        new = Act(
            full_name,
            subject,
            permission,
            label,
            function,
            facts,
            creates,
            only_adds,
            protects,
            licence,
            scope=scope,
            also_locks=also_locks,
            follows=follows,
            row_only=row_only,
            jurisdiction=jurisdiction,
            gives=gives,
        )
        _ = new.fields  # an argument no form can ask for stops the start, not a customer
        _acts[full_name] = new
        _acts_allowed.cache_clear()
        return function

    return register


def all_acts() -> list[Act]:
    """Every act, by name."""
    return [_acts[name] for name in sorted(_acts)]


def acts_on(subject: str, actor: Actor) -> tuple[Act, ...]:
    """The acts this actor's role allows on subjects of that type, by label in the language that is active."""
    permissions = None if actor.kind is ActorKind.SYSTEM else actor.permissions
    return _acts_allowed(subject, permissions, translation.get_language())


@lru_cache(maxsize=256)
def _acts_allowed(subject: str, permissions: frozenset[str] | None, _language: str | None) -> tuple[Act, ...]:
    on_it = (a for a in _acts.values() if a.subject == subject and not a.creates)
    allowed = (a for a in on_it if permissions is None or a.permission in permissions)
    return tuple(sorted(allowed, key=lambda a: str(a.label)))


def find_act(name: str) -> Act | None:
    """The act of that name, if this version of the product has it."""
    return _acts.get(name)


def get_act(name: str) -> Act:
    """The act of that name; raises UnknownAct."""
    if name not in _acts:
        raise UnknownAct(name)
    return _acts[name]


def forget_act(name: str) -> None:
    """Take an act out of the registry again: for tests that define their own."""
    _acts.pop(name, None)
    _acts_allowed.cache_clear()
