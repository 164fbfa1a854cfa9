"""Rules, reasons and what was done as sentences anyone can read, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from onhand.kernel.actor import Actor
from onhand.kernel.subjects import find_reference_type
from onhand.rules.actions import find_action
from onhand.rules.conditions import Condition, Group
from onhand.rules.definitions import Action, Rule
from onhand.rules.enums import GroupHow, How, Joined, Moment
from onhand.rules.planning import AUTOMATON, LATELY, NOBODY, ONCE, UNSURE
from onhand.rules.qualities import Kind, Quality, find_quality

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

MOST_NAMED = 8  # values a sentence names
LONGEST_TEXT = 80  # of a text an action gives, in a sentence

LEFT_OUT: "dict[str, _StrOrPromise]" = {
    AUTOMATON: gettext_lazy("not answered: an automaton wrote it"),
    UNSURE: gettext_lazy("not answered: the sender may be forged"),
    NOBODY: gettext_lazy("not answered: nobody reads that address"),
    LATELY: gettext_lazy("not answered: the address was answered not long ago"),
    ONCE: gettext_lazy("not answered: another rule answered it already"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A rule in parts: when it is asked, the lines of its conditions, the lines of what it does."""

    when: str
    groups: Sequence[tuple[str, Sequence[str]]]
    joined: str
    actions: Sequence[str]
    stops: bool

    @property
    def sentence(self) -> str:
        """All of it in one."""
        between = _(" or ") if self.joined == Joined.ANY else _("; and ")
        groups = between.join(f"{how}: {', '.join(lines)}" if how else lines[0] for how, lines in self.groups)
        does = ", ".join(self.actions) + (_(", and no rule after this one is asked") if self.stops else "")
        pattern = _("%(when)s, if %(groups)s: %(does)s.") if groups else _("%(when)s: %(does)s.")
        return pattern % {"when": self.when, "groups": groups, "does": does}


@dataclass(slots=True)
class Wording:
    """Turns rules into words. Holds the names of teams and the like once they were read: make one for each page."""

    actor: Actor
    _options: dict[str, dict[str, str]] = field(default_factory=dict)

    def rule(self, rule: Rule) -> Told:
        """A rule in words."""
        return Told(
            when=capfirst(self._when(rule)),
            groups=[self._group(group) for group in rule.groups],
            joined=rule.joined.value,
            actions=[self.action(action) for action in rule.actions],
            stops=rule.stops,
        )

    def _when(self, rule: Rule) -> str:
        if rule.when is Moment.WAITING:
            return _("when a contact has waited %(long)s for an answer") % {"long": duration(rule.wait_minutes)}
        if rule.when is Moment.MESSAGE:
            return _("when any message arrives")
        return _("when a message begins a new contact")

    def _group(self, group: Group) -> tuple[str, list[str]]:
        lines = [self.condition(one) for one in group.conditions]
        if len(lines) == 1 and group.how is not GroupHow.NONE:
            return "", lines
        return str(group.how.label), lines

    def condition(self, condition: Condition) -> str:
        """A condition in words."""
        quality = condition.quality
        if quality is None:
            return _("something this version of Onhand does not know")
        if quality.kind is Kind.YES_NO:
            return str(quality.label if condition.how is How.YES else quality.otherwise)
        value = self._value(quality, condition.value)
        return f"{quality.label} {condition.how.label} {value}"

    def _value(self, quality: Quality, value: Any) -> str:
        if isinstance(value, tuple):
            named = [self._choice(quality, one) for one in value[:MOST_NAMED]]
            more = len(value) - len(named)
            tail = ngettext(" and %(count)s more", " and %(count)s more", more) % {"count": more} if more else ""
            return _(" or ").join(f"“{one}”" for one in named) + tail
        return f"{value} {quality.unit}".strip() if quality.unit else str(value)

    def _choice(self, quality: Quality, value: str) -> str:
        if quality.kind is not Kind.CHOICE:
            return value
        if quality.key not in self._options:
            self._options[quality.key] = {key: str(label) for key, label in quality.options()}
        return self._options[quality.key].get(value, _("(gone: %(value)s)") % {"value": value})

    def reason(self, because: Mapping[str, str]) -> str:
        """Why a rule held, as it is stored: what was asked, and what was found."""
        quality, found = find_quality(because["what"]), because["found"]
        if quality is None:
            return because["what"]
        if quality.kind is Kind.YES_NO:
            return str(quality.label if because["how"] == How.YES else quality.otherwise)
        how = How(because["how"])
        if quality.kind is Kind.CHOICE:
            return _("%(what)s is “%(found)s”") % {"what": quality.label, "found": self._choice(quality, found)}
        if how is How.HAS_NONE:
            return _("%(what)s contains none of the words") % {"what": quality.label}
        if how is How.IS_NONE:
            return _("%(what)s is none of those named") % {"what": quality.label}
        verb = _("contains") if quality.kind is Kind.WORDS else _("is")
        return f"{quality.label} {verb} “{found}”{f' {quality.unit}' if quality.unit else ''}"

    def action(self, action: Action) -> str:
        """What a rule does, in words."""
        kind = find_action(action.do)
        if kind is None:
            return _("something this version of Onhand cannot do")
        shown = []
        for one in kind.fields:
            value = action.values.get(one.name)
            if value not in (None, "", []):
                text = self._named(one.reference, one.offered(), value)
                shown.append(text if len(kind.fields) == 1 else f"{one.label}: {text}")
        return f"{kind.label} ({'; '.join(shown)})" if shown else str(kind.label)

    def step(self, step: Mapping[str, Any]) -> str:
        """The same of a stored step, with why it was left out or what went wrong."""
        words = self.action(Action(step["do"], step["with"]))
        why = str(LEFT_OUT.get(step.get("left_out", ""), "")) or step.get("problem", "")
        return f"{words} – {why}" if why else words

    def _named(self, reference: str, choices: Sequence[tuple[Any, Any]], value: Any) -> str:
        kind = find_reference_type(reference) if reference else None
        if kind is not None:
            key = f"→{reference}"
            if key not in self._options:
                self._options[key] = {str(one.value): one.label for one in kind.options(self.actor, None, "")}
            if str(value) in self._options[key]:
                return self._options[key][str(value)]
            label = kind.label(self.actor, int(value)) if kind.label else ""
            return label or _("(gone: %(value)s)") % {"value": value}
        text = next((str(words) for key, words in choices if str(key) == str(value)), str(value))
        return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"


def duration(minutes: int) -> str:
    """Minutes in words: 45 minutes, 4 hours, 2 days."""
    if minutes % 1440 == 0:
        return ngettext("%(count)s day", "%(count)s days", minutes // 1440) % {"count": minutes // 1440}
    if minutes % 60 == 0:
        return ngettext("%(count)s hour", "%(count)s hours", minutes // 60) % {"count": minutes // 60}
    return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
