"""Acts, changes and decisions in words people can read, and read out."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onhand.customers.contact_points import show_telephone
from onhand.kernel.acts import all_acts, get_act
from onhand.kernel.decisions import Answer, Decision
from onhand.kernel.errors import UnknownAct
from onhand.kernel.fields import Field
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money
from onhand.kernel.subjects import find_subject_type
from onhand.receipts.gate import RULE
from onhand.staff.queries import roles_in_words
from onhand.web.addresses import address_of
from onhand.web.templating import show_date, show_datetime

Words = dict[str, Any]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?[+-]\d{2}:\d{2}")
Shown = Callable[[Mapping[str, Any]], Mapping[str, Any]]  # a record's values as the reader may see them


def act_label(name: str) -> str:
    """What an act is called; an act this version of the product does not have any more keeps its name."""
    try:
        return str(get_act(name).label)
    except UnknownAct:
        return name


class ChangeWords:
    """Before and after in words. Keeps what it looked up: make one for a page."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        kind = find_subject_type(subject)
        self.labels = kind.change_labels if kind else {}
        known = kind.value_labels if kind else {}
        self._choices = {key: {value: str(label) for value, label in names.items()} for key, names in known.items()}

    def changes(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Words]:
        """One line a changed thing: its label, what it was, what it is. Lists show only what came and went."""
        lines = []
        for key in (*before, *(key for key in after if key not in before)):
            was, now = before.get(key), after.get(key)
            if isinstance(was, list) and isinstance(now, list):
                was, now = [one for one in was if one not in now], [one for one in now if one not in was]
            label = self._label(key)
            before_words, after_words = self.value(key, was), self.value(key, now)
            if before_words or after_words:  # what was empty and stays empty says nothing
                lines.append({"label": label, "before": before_words, "after": after_words})
        return lines

    def value(self, key: str, value: Any) -> str:
        """A recorded value as people say it."""
        match value:
            case None | "" | []:
                return ""
            case bool():
                return _("Yes") if value else _("No")
            case list():
                return ", ".join(self.value(key, one) for one in value)
            case {"minor": int(minor), "currency": str(currency)}:
                return Money(minor, currency).formatted()
            case dict():
                said = (
                    (self._label(name), self.value(name, inner))
                    for name, inner in value.items()
                    if name != "id" or len(value) == 1
                )
                return ", ".join(f"{label}: {words}" for label, words in said if words)
            case str() if _MOMENT.fullmatch(value):
                return show_datetime(datetime.fromisoformat(value))
            case str() if _DAY.fullmatch(value):
                return show_date(date.fromisoformat(value))
            case str() if value.startswith("+") and value[1:].isdigit():
                return show_telephone(value)
        return self._chosen(key).get(str(value), str(value))

    def _label(self, key: str) -> str:
        return str(self.labels.get(key) or key.replace("_", " ").capitalize())

    def _chosen(self, key: str) -> dict[str, str]:
        if key not in self._choices:
            fields = (field for act in all_acts() if act.subject == self.subject for field in act.fields)
            found = next((field for field in fields if field.name == key and _offers(field)), None)
            self._choices[key] = {str(value): str(label) for value, label in found.offered()} if found else {}
        return self._choices[key]


def _offers(field: Field) -> bool:
    return field.options is not None or bool(field.choices)


def decision_words(decision: Decision | Mapping[str, Any]) -> Words:
    """A decision for the templates: outcome, reason, and where it comes from or who may approve."""
    given = decision.as_json() if isinstance(decision, Decision) else decision
    source = ""
    if given["answer"] == Answer.ASK and given["may_approve"]:
        source = _("%(roles)s may approve this.") % {"roles": roles_in_words(given["may_approve"])}
    elif given["rule"].startswith("procedure:"):
        source = _("Version %(version)s of the procedure.") % {"version": given["version"]}
    elif given["rule"] not in ("role-permission", "role-limit"):
        source = _("Guideline %(rule)s, version %(version)s.") % {"rule": given["rule"], "version": given["version"]}
    links = notice_links(given) if given["answer"] == Answer.REFUSE else []
    told = {
        "outcome": str(given["answer"]),
        "reason": given["reason"],
        "source": "" if links else source,
        "links": links,
    }
    promised = [_promised(one) for one in given.get("follow_ups") or ()]
    return {**told, **({"promised": promised} if promised else {})}


def _promised(one: Mapping[str, Any]) -> str:
    """What is promised with it, and by when."""
    days = int(one.get("days") or 0)
    if not days:
        return _("%(what)s, today") % {"what": one["what"]}
    return ngettext("%(what)s, within %(days)s day", "%(what)s, within %(days)s days", days) % {
        "what": one["what"],
        "days": days,
    }


def notice_links(given: Mapping[str, Any]) -> list[Words]:
    """The notices somebody has to read first, by a decision that refused them something."""
    rules = [given["rule"], *(said.get("rule", "") for said in given.get("said", ()) if said.get("answer") == "refuse")]
    numbers = [rule.removeprefix(RULE) for rule in dict.fromkeys(rules) if rule.startswith(RULE)]
    return [{"label": _("Read it"), "url": address_of("desk:notice", int(number))} for number in numbers]


def is_ordinary(decision: Mapping[str, Any]) -> bool:
    """Whether a decision is not worth a line in a timeline: the role simply allows it."""
    return bool(decision.get("rule", "role-permission") == "role-permission")


def plain_inverse(
    act: str, before: Mapping[str, Any], after: Mapping[str, Any], now: Mapping[str, Any]
) -> dict[str, Any] | None:
    """
    What to put into the same act's form to take a recorded act back: the values before it. `now` is the subject's snapshot. None
    where the inverse is not plain (the act changed something its form does not ask for) or not safe (what it changed has been
    changed again since).
    """
    try:
        done = get_act(act)
    except UnknownAct:
        return None
    fields = {field.name for field in done.fields if field.current is not None} | set(done.follows)
    is_plain = bool(before) and before.keys() == after.keys() and before.keys() <= fields
    return dict(before) if is_plain and all(now.get(key) == after[key] for key in after) else None


def since_words(records: Iterable[ActRecord], words: ChangeWords, shown: Shown) -> str:
    """What was done meanwhile, in one paragraph: who, what, and what changed, as far as `shown` lets it through."""
    said = []
    for record in records:
        changes = words.changes(shown(record.before), shown(record.after))
        arrows = ", ".join(f"{one['label']}: {one['before'] or '—'} → {one['after'] or '—'}" for one in changes)
        said.append(
            f"{record.actor_name}: {act_label(record.act)} ({arrows})."
            if arrows
            else f"{record.actor_name}: {act_label(record.act)}."
        )
    return " ".join(said)
