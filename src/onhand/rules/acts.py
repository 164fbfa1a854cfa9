"""Writing rules: a draft is changed rule by rule, then published as a version."""

from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.actor import Actor
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.fields import Field
from onhand.rules import access
from onhand.rules.actions import find_action
from onhand.rules.definitions import LONGEST_DEFINITION, MOST_RULES, parse_rule, read_rule
from onhand.rules.models import RuleSet, RuleSetVersion
from onhand.rules.subjects import RULE_SET

Key = Annotated[
    str, Field(label=gettext_lazy("Rule"), help=gettext_lazy("The key of a rule of the draft."), max_length=20)
]


@act(subject=RULE_SET, permission=access.SET_UP, label=gettext_lazy("Write a rule"), row_only=True)
def write_rule(
    rule_set: RuleSet,
    *,
    run: Run,
    definition: Annotated[
        str,
        Field(
            label=gettext_lazy("Rule, as JSON"),
            help=gettext_lazy("A rule with a key the draft has takes that one's place; any other is put last."),
            widget="textarea",
            max_length=LONGEST_DEFINITION,
        ),
    ],
) -> None:
    """Put a rule into the draft, or change one of it. Nothing is applied before the draft is published."""
    rule = parse_rule(definition)
    written, draft = rule.as_json(), list(rule_set.draft)
    places = [place for place, one in enumerate(draft) if one["key"] == rule.key]
    if places:
        run.changed("rule", before=draft[places[0]]["name"], after=rule.name)
        draft[places[0]] = written
    else:
        if len(draft) >= MOST_RULES:
            raise NotPossible(
                _("There are %(most)s rules already, which is as many as there may be.") % {"most": MOST_RULES}
            )
        run.changed("rule", after=rule.name)
        draft.append(written)
    _change(rule_set, draft, run)


@act(subject=RULE_SET, permission=access.SET_UP, label=gettext_lazy("Remove a rule"), row_only=True)
def remove_rule(rule_set: RuleSet, *, run: Run, key: Key) -> None:
    """Take a rule out of the draft."""
    place = _place(rule_set, key)
    run.changed("rule", before=rule_set.draft[place]["name"])
    _change(rule_set, rule_set.draft[:place] + rule_set.draft[place + 1 :], run)


@act(subject=RULE_SET, permission=access.SET_UP, label=gettext_lazy("Move a rule"), row_only=True)
def move_rule(
    rule_set: RuleSet,
    *,
    run: Run,
    key: Key,
    place: Annotated[int, Field(label=gettext_lazy("Place"), help=gettext_lazy("1 is asked first."))],
) -> None:
    """Put a rule of the draft at another place: rules are asked in order."""
    before = _place(rule_set, key)
    if not 1 <= place <= len(rule_set.draft):
        raise NotPossible(_("Give %(least)s to %(most)s.") % {"least": 1, "most": len(rule_set.draft)}, field="place")
    draft = list(rule_set.draft)
    draft.insert(place - 1, draft.pop(before))
    run.changed("rule", after=rule_set.draft[before]["name"])
    run.changed("place", before=before + 1, after=place)
    _change(rule_set, draft, run)


@act(subject=RULE_SET, permission=access.SET_UP, label=gettext_lazy("Switch a rule on or off"), row_only=True)
def switch_rule(
    rule_set: RuleSet,
    *,
    run: Run,
    key: Key,
    is_on: Annotated[bool, Field(label=gettext_lazy("On"))] = False,
) -> None:
    """Leave a rule in the draft, but do not ask it; or ask it again."""
    place = _place(rule_set, key)
    draft = list(rule_set.draft)
    run.changed("rule", after=draft[place]["name"])
    draft[place] = draft[place] | {"is_on": is_on}
    _change(rule_set, draft, run)


@act(
    subject=RULE_SET,
    permission=access.SET_UP,
    label=gettext_lazy("Begin the draft again from a version"),
    row_only=True,
)
def take_up_version(
    rule_set: RuleSet,
    *,
    run: Run,
    number: Annotated[int, Field(label=gettext_lazy("Version"))],
) -> None:
    """Make the draft what an earlier version was. Version 0 is no rules at all."""
    rules: list[Any] = []
    if number:
        version = RuleSetVersion.objects.filter(number=number).first()
        if version is None:
            raise NotPossible(_("There is no such version."), field="number")
        rules = version.rules
    run.changed("draft", after=number)
    _change(rule_set, rules, run)


@act(subject=RULE_SET, permission=access.SET_UP, label=gettext_lazy("Publish the draft"), row_only=True)
def publish_rules(
    rule_set: RuleSet,
    *,
    run: Run,
    note: Annotated[str, Field(label=gettext_lazy("What is new"), max_length=300)] = "",
) -> None:
    """Apply the draft from now on, everywhere, as a new version. You must be allowed each act its rules do."""
    newest = RuleSetVersion.objects.order_by("-number").first()
    if newest is not None and newest.number == rule_set.published and newest.rules == rule_set.draft:
        raise NotPossible(_("The draft is the same as what is published."))
    rules = [
        read_rule(one).as_json() for one in rule_set.draft
    ]  # what has gone since it was written is found before it is applied
    _require_allowed(run.actor, rules)
    number = (newest.number if newest else 0) + 1
    RuleSetVersion.objects.create(
        number=number, rules=rules, published_at=run.at, published_by_name=run.actor.name, note=note
    )
    rule_set.published, rule_set.draft = number, rules
    run.changed("note", after=note or None)


def _require_allowed(actor: Actor, rules: list[dict[str, Any]]) -> None:
    """Rules do what their publisher may do: they are no way around a role."""
    for rule in rules:
        for action in rule["actions"]:
            kind = find_action(action["do"])
            if kind is not None and kind.act is not None and not actor.may(kind.act.permission):
                raise NotPermitted(kind.act.permission)


def _place(rule_set: RuleSet, key: str) -> int:
    for place, one in enumerate(rule_set.draft):
        if one["key"] == key:
            return place
    raise NotPossible(_("The draft has no such rule any more."), field="key")


def _change(rule_set: RuleSet, draft: list[Any], run: Run) -> None:
    rule_set.draft = draft
    rule_set.changed_at, rule_set.changed_by_name = run.at, run.actor.name
