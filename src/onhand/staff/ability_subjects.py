"""Skills and kinds of licences as subjects of acts, and what acts on people's abilities choose from."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.staff import access
from onhand.staff.languages import language_name
from onhand.staff.models import LanguageLevel, Licence, LicenceKind, Skill, SkillLevel

SKILL, LICENCE_KIND = "skill", "licence_kind"

_LABELS = {"key": _("Key"), "name": _("Name"), "purpose": _("What it is for"), "active": _("In use")}


def _snapshot(one: Skill | LicenceKind) -> dict[str, Any]:
    return {"key": one.key, "name": one.name, "purpose": one.purpose, "active": one.is_active}


register_subject(
    SubjectType(
        name=SKILL,
        label=_("Skill"),
        model=Skill,
        visible=access.visible_skills,
        snapshot=_snapshot,
        title=lambda skill: skill.name,
        page=lambda pk: f"/settings/skills/{pk}/",
        change_labels=_LABELS,
    )
)
register_subject(
    SubjectType(
        name=LICENCE_KIND,
        label=_("Kind of licence"),
        model=LicenceKind,
        visible=access.visible_licence_kinds,
        snapshot=_snapshot,
        title=lambda kind: kind.name,
        page=lambda pk: f"/settings/licences/{pk}/",
        change_labels=_LABELS,
    )
)


def _skills(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = access.visible_skills(actor).filter(is_active=True, name__icontains=typed).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")]


def _licence_kinds(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = access.visible_licence_kinds(actor).filter(is_active=True, name__icontains=typed).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")]


def _own_skills(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    """The skills the subject of the act has."""
    found = SkillLevel.objects.filter(
        representative__in=access.visible_representatives(actor),
        representative=subject_id,
        skill__name__icontains=typed,
    ).order_by("skill__name")
    return [Option(pk, name) for pk, name in found.values_list("skill_id", "skill__name")]


def _own_languages(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    found = LanguageLevel.objects.filter(
        representative__in=access.visible_representatives(actor), representative=subject_id
    ).order_by("language")
    named = ((pk, language_name(code)) for pk, code in found.values_list("pk", "language"))
    return [Option(pk, name) for pk, name in named if typed.casefold() in name.casefold()]


def licence_title(licence: Licence) -> str:
    """A licence as it is told from others: kind, where, number."""
    return f"{licence.kind.name} · {licence.jurisdiction} · {licence.number}"


def _own_licences(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    found = Licence.objects.filter(
        representative__in=access.visible_representatives(actor), representative=subject_id
    ).select_related("kind")
    titles = (
        (one.pk, licence_title(one)) for one in found.order_by("kind__name", "jurisdiction", "-valid_until", "pk")
    )
    return [Option(pk, title) for pk, title in titles if typed.casefold() in title.casefold()]


register_reference(ReferenceType(name="staff.skill", options=_skills, is_short=True))
register_reference(ReferenceType(name="staff.licence_kind", options=_licence_kinds, is_short=True))
register_reference(ReferenceType(name="staff.own_skill", options=_own_skills, is_short=True))
register_reference(ReferenceType(name="staff.own_language", options=_own_languages, is_short=True))
register_reference(ReferenceType(name="staff.own_licence", options=_own_licences, is_short=True))
