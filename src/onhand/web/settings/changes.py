"""What an act changed, in words for people."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from onhand.kernel.actor import Actor
from onhand.kernel.acts import all_acts
from onhand.kernel.models import AccessRecord, ActRecord
from onhand.kernel.money import Money
from onhand.kernel.permissions import all_permissions
from onhand.kernel.subjects import SubjectType, find_subject_type
from onhand.web.desk.act_words import ChangeWords

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


# What things are called, by kind and number.
Titles = dict[tuple[str, int | None], str]


def subject_titles(actor: Actor, records: Iterable[ActRecord | AccessRecord]) -> Titles:
    """Names of what records are about, one query a kind; what this actor may not see is not among them."""
    wanted = {(record.subject_type, record.subject_id) for record in records}
    titles: Titles = {}
    for name in {kind for kind, _pk in wanted}:
        kind, numbers = find_subject_type(name), [pk for one, pk in wanted if one == name and pk]
        if kind:
            titles |= {(name, one.pk): kind.title(one) for one in kind.visible(actor).filter(pk__in=numbers)}
    return titles


def title_of(record: ActRecord | AccessRecord, titles: Titles) -> str:
    """What a record is about by name, or only by kind and number where the name is not for this reader."""
    kind = find_subject_type(record.subject_type)
    unnamed = f"{kind.label if kind else record.subject_type} {record.subject_id or ''}".strip()
    return titles.get((record.subject_type, record.subject_id)) or unnamed


def via_words(via: str) -> str:
    """The door an act came through, in words."""
    return {"desk": _("desk"), "api": "API", "mcp": "MCP", "job": _("job"), "command": _("command")}.get(via, via)


def described_changes(
    kind: SubjectType[Any] | None, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[dict[str, str]]:
    """Every change as {label, before, after}; of lists only what was taken away and what was added."""
    labels: Mapping[str, Any] = kind.change_labels if kind else {}
    words = ChangeWords(kind.name if kind else "")
    found = []
    for key in dict.fromkeys([*before, *after]):
        old, new = before.get(key), after.get(key)
        if isinstance(old, list) and isinstance(new, list):
            old, new = [one for one in old if one not in new], [one for one in new if one not in old]
        label = str(labels.get(key, key.replace("_", " ").capitalize()))
        was, now = _say(words, key, old), _say(words, key, new)
        if was or now:
            found.append({"label": label, "before": was, "after": now})
    return found


def _say(words: ChangeWords, key: str, value: Any) -> str:
    if key == "limits":
        return limits_in_words(value)
    return in_words(value) if key == "permissions" else words.value(key, value)


def limits_in_words(limits: Mapping[str, Mapping[str, int]] | None) -> str:
    """The amounts a role's acts are limited to, act by act."""
    labels = act_labels()
    return "; ".join(f"{labels.get(name, name)}: {amounts_in_words(most)}" for name, most in (limits or {}).items())


def amounts_in_words(most: Mapping[str, int]) -> str:
    """Largest amounts by currency, as people say them."""
    amounts = [Money(minor, currency).formatted() for currency, minor in most.items()]
    return _("up to %(amounts)s") % {"amounts": ", ".join(amounts)} if amounts else _("no amount at all")


def in_words(value: Any) -> str:
    """A recorded value as a person reads it; permissions by their label."""
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(in_words(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {in_words(inner)}" for key, inner in value.items())
    return str(_permission_labels().get(str(value), value))


def _permission_labels() -> "dict[str, _StrOrPromise]":
    return {p.name: p.label for p in all_permissions()}


def act_labels() -> "dict[str, _StrOrPromise]":
    """What every act is called."""
    return {act.name: act.label for act in all_acts()}


def subject_page(subject: str, subject_id: int | None) -> str:
    """Where a record's subject is seen; empty if nowhere."""
    kind = find_subject_type(subject)
    return kind.page(subject_id) if kind and subject_id else ""
