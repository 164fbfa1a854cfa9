"""
What rules can do: each action is an act on the contact. Its arguments are the act's own, read by the act's own schema when a rule is
saved; what only the moment can say, such as a time, is filled in when the rule acts.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ValidationError

from onhand.kernel.acts import Act, get_act
from onhand.kernel.errors import ArgumentsInvalid, UnknownAct
from onhand.kernel.fields import Field, arguments_model, read_fields
from onhand.kernel.messages import field_message
from onhand.rules.situations import Course, Situation

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

TEAM, REPRESENTATIVE, RESPONSE, QUEUE = "rules.team", "rules.representative", "rules.response", "rules.queue"
LONGEST_WAIT = 24 * 365  # hours
MOST_SILENCE = 24 * 30  # hours
EXAMPLE = Situation(
    message_id=1, contact_id=1, at=datetime(2026, 1, 5, 12, tzinfo=UTC), subject="…", sender="a@example.com"
)
Values = Mapping[str, Any]
Fill = Callable[[Situation, Values], dict[str, Any]]


def _as_given(_situation: Situation, values: Values) -> dict[str, Any]:
    return dict(values)


def _nothing_else(_course: Course, _values: Values) -> None:
    """Most actions change nothing that a condition asks about."""


def _no_own() -> None:
    """An action whose arguments are all the act's."""


@dataclass(frozen=True)
class ActionKind:
    """
    One thing rules can do. `taken` names the act's arguments that a rule gives as they are, `references` what they may refer to;
    `own` is a function whose keyword arguments a rule gives beside them. `fill` makes the act's arguments of both, and `effect` says
    what the conditions of later rules see of it. `answers` marks the one that writes to the customer.
    """

    key: str
    label: "_StrOrPromise"
    act_name: str
    taken: tuple[str, ...] = ()
    own: Callable[..., None] = _no_own
    fill: Fill = _as_given
    effect: Callable[[Course, Values], None] = _nothing_else
    references: Mapping[str, str] = field(default_factory=dict)
    answers: bool = False

    @property
    def act(self) -> Act | None:
        """The act, if this installation has it."""
        try:
            return get_act(self.act_name)
        except UnknownAct:
            return None

    @cached_property
    def own_model(self) -> type[BaseModel]:
        """A parser of what a rule gives beside the act's arguments."""
        return arguments_model(self.own, f"{self.key.capitalize()}Values")

    @property
    def fields(self) -> list[Field]:
        """What a rule is asked for, in order."""
        act = self.act
        given = {field.name: field for field in act.fields} if act else {}
        named = self.references
        taken = [replace(given[name], current=None) for name in self.taken if name in given]
        taken = [
            replace(one, reference=named[one.name], widget="reference") if one.name in named else one for one in taken
        ]
        return [*read_fields(self.own), *taken]

    def read(self, given: Values) -> dict[str, Any]:
        """
        What a rule gives, checked, as JSON values.

        :raises ArgumentsInvalid: naming every field at fault.
        """
        own_names = {field.name for field in read_fields(self.own)}
        own = self._read_own({name: value for name, value in given.items() if name in own_names})
        taken = {name: value for name, value in given.items() if name in self.taken and value not in ("", None)}
        unknown = sorted(str(name)[:50] for name in given if name not in own_names and name not in self.taken)
        if unknown:
            raise ArgumentsInvalid({name: [_("There is no such field.")] for name in unknown})
        act = self.act
        if act is None:
            raise ArgumentsInvalid({"do": [_("This cannot be done here.")]})
        parsed = act.read_arguments(self.fill(EXAMPLE, own | taken)).model_dump(mode="json")
        return own | {name: parsed.get(name) for name in taken}

    def _read_own(self, given: Values) -> dict[str, Any]:
        try:
            return self.own_model.model_validate(dict(given)).model_dump(mode="json")
        except ValidationError as error:
            fields: dict[str, list[str]] = {}
            for problem in error.errors(include_url=False):
                fields.setdefault(str(problem["loc"][0] if problem["loc"] else "do"), []).append(field_message(problem))
            raise ArgumentsInvalid(fields) from None


_kinds: dict[str, ActionKind] = {}


def register_action(kind: ActionKind) -> ActionKind:
    """Make something known that rules can do."""
    _kinds[kind.key] = kind
    return kind


def find_action(key: str) -> ActionKind | None:
    """The kind of action of that key, if there is one."""
    return _kinds.get(key)


def forget_action(key: str) -> None:
    """Take one out again: for tests that define their own."""
    _kinds.pop(key, None)


def offered_actions() -> Sequence[ActionKind]:
    """What rules can do in this installation, in the order it is offered."""
    return [kind for kind in _kinds.values() if kind.act is not None]


def _wait(
    *,
    hours: Annotated[int, Field(label=gettext_lazy("Hours to wait"))],
) -> None: ...


def _case(
    *,
    matter: Annotated[
        str,
        Field(
            label=gettext_lazy("What it is about"),
            help=gettext_lazy("Empty: the subject of the message."),
            max_length=200,
        ),
    ] = "",
) -> None: ...


def _answer(
    *,
    response: Annotated[int, Field(label=gettext_lazy("Standard response"), reference=RESPONSE)],
    hours: Annotated[
        int,
        Field(
            label=gettext_lazy("Hours before the same address is answered again"),
            help=gettext_lazy("Automata, lists and senders whose checks failed are never answered."),
        ),
    ] = 24,
) -> None: ...


def within(values: Values, name: str, most: int) -> int:
    """A number of hours a rule gives; raises ArgumentsInvalid outside of 1 to `most`."""
    hours = int(values[name])
    if not 1 <= hours <= most:
        raise ArgumentsInvalid({name: [_("Give %(least)s to %(most)s.") % {"least": 1, "most": most}]})
    return hours


def _fill_wait(situation: Situation, values: Values) -> dict[str, Any]:
    rest = {name: value for name, value in values.items() if name != "hours"}
    until = situation.at + timedelta(hours=within(values, "hours", LONGEST_WAIT))
    return rest | {"until": until.isoformat()}


def _fill_case(situation: Situation, values: Values) -> dict[str, Any]:
    matter = values.get("matter") or situation.subject.strip() or situation.sender or _("Without a subject")
    return {**values, "matter": " ".join(matter.split())[:200]}


def _fill_answer(_situation: Situation, values: Values) -> dict[str, Any]:
    within(values, "hours", MOST_SILENCE)
    return {"text": "…"}  # the response's text is put in when it is answered


def _set_team(course: Course, values: Values) -> None:
    course.team, course.owner = int(values["team"]), None


def _set_owner(course: Course, values: Values) -> None:
    course.owner = int(values["representative"])


def _set_priority(course: Course, values: Values) -> None:
    course.priority = int(values["priority"])


def _add_case(course: Course, _values: Values) -> None:
    course.open_cases += 1


def _set_answered(course: Course, _values: Values) -> None:
    course.is_answered = True


for _kind in (
    ActionKind(
        *("hand_to_team", gettext_lazy("hand it to a team"), "contacts.hand_to_team", ("team",)),
        effect=_set_team,
        references={"team": TEAM},
    ),
    ActionKind(
        *("assign", gettext_lazy("assign it to somebody"), "contacts.assign_contact", ("representative",)),
        effect=_set_owner,
        references={"representative": REPRESENTATIVE},
    ),
    ActionKind(
        *("set_priority", gettext_lazy("set the priority"), "contacts.set_contact_priority", ("priority",)),
        effect=_set_priority,
    ),
    ActionKind("need_skill", gettext_lazy("let it need a skill"), "routing.need_skill", ("skill", "level")),
    ActionKind("set_difficulty", gettext_lazy("say how hard it is"), "routing.set_difficulty", ("difficulty",)),
    ActionKind(
        *("choose_queue", gettext_lazy("let it wait in a queue"), "routing.choose_queue", ("queue",)),
        references={"queue": QUEUE},
    ),
    ActionKind("write_note", gettext_lazy("write a note for colleagues"), "contacts.write_note", ("text",)),
    ActionKind(
        *("open_case", gettext_lazy("open a case about it"), "contacts.open_case_about", ("kind",)),
        own=_case,
        fill=_fill_case,
        effect=_add_case,
    ),
    ActionKind(
        *("answer", gettext_lazy("answer automatically"), "contacts.answer"),
        own=_answer,
        fill=_fill_answer,
        effect=_set_answered,
        answers=True,
    ),
    ActionKind("wait", gettext_lazy("put it by"), "contacts.wait_for", ("why",), own=_wait, fill=_fill_wait),
    ActionKind("wrap_up", gettext_lazy("wrap it up"), "contacts.wrap_up", ("reason", "summary")),
):
    register_action(_kind)
