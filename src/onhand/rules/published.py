"""The rules that are applied now, read once by each process and again when another version is published."""

from dataclasses import dataclass
from functools import lru_cache

from onhand.rules.definitions import Rule, trusted_rules
from onhand.rules.models import RuleSet, RuleSetVersion


@dataclass(frozen=True, slots=True)
class Applied:
    """The rules of one version."""

    number: int
    rules: tuple[Rule, ...]


def current() -> RuleSet:
    """The company's rules; there is one set, made with the tables."""
    return RuleSet.objects.earliest("pk")


@lru_cache(maxsize=8)
def applied(version_id: int) -> Applied:
    """The rules of a version by its row's id; none for 0. A version never changes, so what was read once stays right."""
    if version_id == 0:
        return Applied(0, ())
    found = RuleSetVersion.objects.get(pk=version_id)
    return Applied(found.number, trusted_rules(found.rules))
