"""What can be done with people's skills, languages and licences: the router gives work by them, and some acts need a licence."""

import re
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.staff import access, guards
from onhand.staff.abilities import tell_router, validity
from onhand.staff.enums import language_level_options, level_options
from onhand.staff.languages import language_options
from onhand.staff.models import LanguageLevel, Licence, LicenceKind, Representative, Skill, SkillLevel
from onhand.staff.subjects import REPRESENTATIVE

_JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")

SkillId = Annotated[int, Field(label=gettext_lazy("Skill"), reference="staff.skill")]
Level = Annotated[int, Field(label=gettext_lazy("Level"), options=level_options)]
ValidFrom = Annotated[
    date | None,
    Field(label=gettext_lazy("Valid from"), help=gettext_lazy("The first day. Leave empty if it holds already.")),
]
ValidUntil = Annotated[
    date | None,
    Field(label=gettext_lazy("Valid until"), help=gettext_lazy("The last day. Leave empty if it has no end.")),
]
Number = Annotated[str, Field(label=gettext_lazy("Number"), max_length=80)]
Proof = Annotated[
    str,
    Field(
        label=gettext_lazy("Proof"),
        help=gettext_lazy("Where it can be seen: a page of the register, or where the document lies."),
        max_length=300,
    ),
]
OwnLicence = Annotated[int, Field(label=gettext_lazy("Licence"), reference="staff.own_licence")]


@act(subject=REPRESENTATIVE, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Give a skill"))
def give_skill(
    representative: Representative,
    *,
    run: Run,
    skill: SkillId,
    level: Level,
    valid_from: ValidFrom = None,
    valid_until: ValidUntil = None,
) -> None:
    """Say that the person has a skill, how well and for how long. What was said of this skill before is replaced."""
    guards.require_reach_over(run.actor, representative)
    chosen = Skill.objects.filter(pk=skill, is_active=True).first()
    if chosen is None:
        raise NotPossible(_("Choose one of the list."), field="skill")
    values = {"level": _level(level), **_validity(representative, valid_from, valid_until)}
    SkillLevel.objects.update_or_create(representative=representative, skill=chosen, defaults=values)
    tell_router([representative.pk])


@act(subject=REPRESENTATIVE, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Take a skill away"))
def take_skill(
    representative: Representative,
    *,
    run: Run,
    skill: Annotated[int, Field(label=gettext_lazy("Skill"), reference="staff.own_skill")],
) -> None:
    """Take a skill from the person: work that asks for it goes to others."""
    guards.require_reach_over(run.actor, representative)
    removed, _kinds = SkillLevel.objects.filter(representative=representative, skill=skill).delete()
    if not removed:
        raise NotPossible(_("Choose one of the list."), field="skill")
    tell_router([representative.pk])


@act(subject=REPRESENTATIVE, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Give a language"))
def give_language(
    representative: Representative,
    *,
    run: Run,
    language: Annotated[str, Field(label=gettext_lazy("Language"), widget="language", options=language_options)],
    level: Annotated[int, Field(label=gettext_lazy("Level"), options=language_level_options)],
    valid_from: ValidFrom = None,
    valid_until: ValidUntil = None,
) -> None:
    """Say that the person serves customers in a language, how well and for how long. What was said of it before is replaced."""
    guards.require_reach_over(run.actor, representative)
    if language not in dict(language_options()):
        raise NotPossible(_("Choose one of the list."), field="language")
    values = {"level": _level(level), **_validity(representative, valid_from, valid_until)}
    LanguageLevel.objects.update_or_create(representative=representative, language=language, defaults=values)
    tell_router([representative.pk])


@act(subject=REPRESENTATIVE, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Take a language away"))
def take_language(
    representative: Representative,
    *,
    run: Run,
    language: Annotated[int, Field(label=gettext_lazy("Language"), reference="staff.own_language")],
) -> None:
    """Take a language from the person: work in it goes to others."""
    guards.require_reach_over(run.actor, representative)
    removed, _kinds = LanguageLevel.objects.filter(representative=representative, pk=language).delete()
    if not removed:
        raise NotPossible(_("Choose one of the list."), field="language")
    tell_router([representative.pk])


@act(subject=REPRESENTATIVE, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Record a licence"))
def record_licence(
    representative: Representative,
    *,
    run: Run,
    licence_kind: Annotated[int, Field(label=gettext_lazy("Kind of licence"), reference="staff.licence_kind")],
    jurisdiction: Annotated[
        str,
        Field(
            label=gettext_lazy("Where it is valid"),
            help=gettext_lazy("A country by its code, such as ES, or a part of one, such as US-NY."),
            max_length=6,
            clean=str.upper,
        ),
    ],
    number: Number,
    proof: Proof = "",
    valid_from: ValidFrom = None,
    valid_until: ValidUntil = None,
) -> None:
    """Record that the person may do what the law asks a licence for. A renewal is recorded beside the one it follows."""
    _require_may_license(run, representative)
    kind = LicenceKind.objects.filter(pk=licence_kind, is_active=True).first()
    if kind is None:
        raise NotPossible(_("Choose one of the list."), field="licence_kind")
    if not _JURISDICTION.fullmatch(jurisdiction):
        raise NotPossible(
            _("Give a country by its code, such as ES, or a part of one, such as US-NY."), field="jurisdiction"
        )
    key = {"representative": representative, "kind": kind, "jurisdiction": jurisdiction, "number": number}
    if Licence.objects.filter(**key).exists():
        raise NotPossible(_("This licence is recorded already."), field="number")
    Licence.objects.create(**key, proof=proof, **_validity(representative, valid_from, valid_until))
    tell_router([representative.pk])


@act(subject=REPRESENTATIVE, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Correct a licence"))
def correct_licence(
    representative: Representative,
    *,
    run: Run,
    licence: OwnLicence,
    number: Number,
    proof: Proof = "",
    valid_from: ValidFrom = None,
    valid_until: ValidUntil = None,
) -> None:
    """Correct number, proof or days of a licence, for example to let it end today."""
    _require_may_license(run, representative)
    found = _own_licence(representative, licence)
    found.number, found.proof = number, proof
    for name, value in _validity(representative, valid_from, valid_until).items():
        setattr(found, name, value)
    alike = Licence.objects.filter(
        representative=representative, kind=found.kind_id, jurisdiction=found.jurisdiction, number=number
    )
    if alike.exclude(pk=found.pk).exists():
        raise NotPossible(_("This licence is recorded already."), field="number")
    found.save()
    tell_router([representative.pk])


@act(subject=REPRESENTATIVE, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Withdraw a licence"))
def withdraw_licence(representative: Representative, *, run: Run, licence: OwnLicence) -> None:
    """Take a licence off the person, as if they had never had it: for one that was revoked or recorded by mistake."""
    guards.require_reach_over(run.actor, representative)
    _own_licence(representative, licence).delete()
    tell_router([representative.pk])


def _level(level: int) -> int:
    if not 1 <= level <= 5:
        raise NotPossible(_("Give a level from 1 to 5."), field="level")
    return level


def _own_licence(representative: Representative, pk: int) -> Licence:
    found = Licence.objects.filter(representative=representative, pk=pk).first()
    if found is None:
        raise NotPossible(_("Choose one of the list."), field="licence")
    return found


def _require_may_license(run: Run, representative: Representative) -> None:
    """Nobody opens the gate of the law for themselves, but an administrator, who may be alone."""
    guards.require_reach_over(run.actor, representative)
    if representative.pk == run.actor.id and not run.actor.may(access.MANAGE_ROLES):
        raise NotPossible(_("Somebody else records your licences."))


def _validity(representative: Representative, valid_from: date | None, valid_until: date | None) -> dict[str, Any]:
    """The fields of a validity: the days, and the moments they begin and end where the person works."""
    if valid_from and valid_until and valid_until < valid_from:
        raise NotPossible(_("The last day is before the first."), field="valid_until")
    site = representative.sites.order_by("pk").first()
    zone = ZoneInfo(site.time_zone if site else representative.time_zone)
    return validity(valid_from, valid_until, zone)
