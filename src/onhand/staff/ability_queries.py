"""Reads of what people can and may, for pages: who has a skill, what one person has, what runs out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from django.db.models import QuerySet

from onhand.kernel.actor import Actor
from onhand.staff.access import visible_representatives
from onhand.staff.models import Ability, LanguageLevel, Licence, SkillLevel

A = TypeVar("A", bound=Ability)

SOON = timedelta(days=30)
MOST_WARNINGS = 50
_NEVER = datetime.max.replace(tzinfo=UTC)


class Standing(StrEnum):
    """Whether an ability counts at a moment: it does while *valid* or running out *soon*."""

    TO_COME = "to_come"
    VALID = "valid"
    SOON = "soon"
    OVER = "over"


def standing(ability: Ability, at: datetime) -> Standing:
    """Where an ability stands at a moment; *soon* is within thirty days of its end."""
    if ability.ends_at is not None and ability.ends_at <= at:
        return Standing.OVER
    if ability.begins_at is not None and ability.begins_at > at:
        return Standing.TO_COME
    return Standing.SOON if ability.ends_at is not None and ability.ends_at <= at + SOON else Standing.VALID


@dataclass(frozen=True, slots=True)
class Abilities:
    """What is written down of one person, valid or not."""

    skills: list[SkillLevel]
    languages: list[LanguageLevel]
    licences: list[Licence]


def abilities_of_person(representative_id: int) -> Abilities:
    """Everything that is written down of one person's abilities, in three statements."""
    skills = SkillLevel.objects.filter(representative=representative_id).select_related("skill")
    licences = Licence.objects.filter(representative=representative_id).select_related("kind")
    return Abilities(
        skills=list(skills.order_by("skill__name")),
        languages=list(LanguageLevel.objects.filter(representative=representative_id).order_by("language")),
        licences=list(licences.order_by("kind__name", "jurisdiction", "valid_until", "pk")),
    )


def running_out(actor: Actor, at: datetime) -> list[SkillLevel | LanguageLevel | Licence]:
    """
    What ends within thirty days, or ended in the thirty before and was not followed by another, of the people this actor sees and who
    are active: the earliest first, at most fifty.
    """
    found: list[SkillLevel | LanguageLevel | Licence] = [
        *_ending(SkillLevel.objects.filter(skill__is_active=True).select_related("representative", "skill"), actor, at),
        *_ending(LanguageLevel.objects.select_related("representative"), actor, at),
        *_not_renewed(
            _ending(Licence.objects.filter(kind__is_active=True).select_related("representative", "kind"), actor, at)
        ),
    ]
    return sorted(found, key=lambda one: (one.ends_at or at, one.pk))[:MOST_WARNINGS]


def _ending(rows: QuerySet[A], actor: Actor, at: datetime) -> QuerySet[A]:
    seen = visible_representatives(actor).filter(is_active=True)
    within = rows.filter(ends_at__gt=at - SOON, ends_at__lte=at + SOON, representative__in=seen)
    return within.order_by("ends_at", "pk")[: 4 * MOST_WARNINGS]


def _not_renewed(licences: Iterable[Licence]) -> list[Licence]:
    """Those whose end no other licence of the same kind and place outlasts."""
    ending = list(licences)
    others = Licence.objects.filter(representative__in={one.representative_id for one in ending})
    last: dict[tuple[int, int, str], datetime] = {}
    for person, kind, place, ends in others.values_list("representative_id", "kind_id", "jurisdiction", "ends_at"):
        last[person, kind, place] = max(ends or _NEVER, last.get((person, kind, place), ends or _NEVER))
    return [one for one in ending if last[one.representative_id, one.kind_id, one.jurisdiction] == one.ends_at]
