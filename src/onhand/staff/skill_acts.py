"""What can be done with the lists of skills and of kinds of licences."""

import re
from itertools import count
from typing import Annotated

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.subjects import Snapshot
from onhand.kernel.versions import ToVersion, goes_back_by, state_at
from onhand.staff import access
from onhand.staff.abilities import tell_router
from onhand.staff.ability_subjects import LICENCE_KIND, SKILL
from onhand.staff.models import Licence, LicenceKind, Skill, SkillLevel

MOST = 500  # of each list: they are read whole where one is chosen
_KEY = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")

Name = Annotated[str, Field(label=gettext_lazy("Name"), max_length=80, current=lambda one: one.name)]
Purpose = Annotated[
    str,
    Field(label=gettext_lazy("What it is for"), widget="textarea", max_length=300, current=lambda one: one.purpose),
]
Key = Annotated[
    str,
    Field(
        label=gettext_lazy("Key"),
        help=gettext_lazy(
            "What queues, rules and programs name it by, in small letters and figures. Made from the name if left empty; never changes."
        ),
        max_length=40,
    ),
]


@act(subject=SKILL, creates=True, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Add a skill"))
def add_skill(*, run: Run, skill_name: Name, purpose: Purpose = "", key: Key = "") -> Skill:
    """Add something that work can ask of people, at a level from 1 to 5."""
    _require_free(Skill, skill_name, "skill_name")
    return Skill.objects.create(key=_free_key(Skill, key, skill_name), name=skill_name, purpose=purpose)


@act(subject=SKILL, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Change the skill"))
def change_skill(skill: Skill, *, run: Run, skill_name: Name, purpose: Purpose = "") -> None:
    """Give the skill another name, or say better what it is for."""
    _require_free(Skill, skill_name, "skill_name", of=skill.pk)
    skill.name, skill.purpose = skill_name, purpose


@act(subject=SKILL, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Retire the skill"))
def retire_skill(skill: Skill, *, run: Run) -> None:
    """Let nobody have the skill any more: work that asks for it finds nobody. People's levels are kept for its return."""
    _set_active(skill, active=False)
    tell_router(SkillLevel.objects.filter(skill=skill).values_list("representative_id", flat=True))


@act(subject=SKILL, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Bring the skill back"))
def bring_skill_back(skill: Skill, *, run: Run) -> None:
    """Use a retired skill again, with the levels people had."""
    _set_active(skill, active=True)
    tell_router(SkillLevel.objects.filter(skill=skill).values_list("representative_id", flat=True))


@act(
    subject=LICENCE_KIND, creates=True, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Add a kind of licence")
)
def add_licence_kind(*, run: Run, licence_name: Name, purpose: Purpose = "", key: Key = "") -> LicenceKind:
    """Add a sort of licence the law asks for. Acts that need it name it by its key."""
    _require_free(LicenceKind, licence_name, "licence_name")
    return LicenceKind.objects.create(key=_free_key(LicenceKind, key, licence_name), name=licence_name, purpose=purpose)


@act(subject=LICENCE_KIND, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Change the kind of licence"))
def change_licence_kind(kind: LicenceKind, *, run: Run, licence_name: Name, purpose: Purpose = "") -> None:
    """Give the kind of licence another name, or say better what it is for."""
    _require_free(LicenceKind, licence_name, "licence_name", of=kind.pk)
    kind.name, kind.purpose = licence_name, purpose


@act(subject=LICENCE_KIND, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Retire the kind of licence"))
def retire_licence_kind(kind: LicenceKind, *, run: Run) -> None:
    """Let no licence of this kind count any more: whatever needs one is refused. Licences are kept for its return."""
    _set_active(kind, active=False)
    tell_router(Licence.objects.filter(kind=kind).values_list("representative_id", flat=True))


@act(subject=LICENCE_KIND, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Bring the kind of licence back"))
def bring_licence_kind_back(kind: LicenceKind, *, run: Run) -> None:
    """Let licences of a retired kind count again."""
    _set_active(kind, active=True)
    tell_router(Licence.objects.filter(kind=kind).values_list("representative_id", flat=True))


@act(subject=SKILL, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Go back to a version"))
def take_skill_back(skill: Skill, *, run: Run, version: ToVersion) -> None:
    """Let a skill be called, described and used as it was after an earlier change. Its key and people's levels stay."""
    _restore(skill, state_at(SKILL, skill, version))
    tell_router(SkillLevel.objects.filter(skill=skill).values_list("representative_id", flat=True))


@act(subject=LICENCE_KIND, permission=access.MANAGE_ABILITIES, label=gettext_lazy("Go back to a version"))
def take_licence_kind_back(kind: LicenceKind, *, run: Run, version: ToVersion) -> None:
    """Let a kind of licence be called, described and used as it was after an earlier change. Its key and people's licences stay."""
    _restore(kind, state_at(LICENCE_KIND, kind, version))
    tell_router(Licence.objects.filter(kind=kind).values_list("representative_id", flat=True))


goes_back_by(SKILL, "staff.take_skill_back")
goes_back_by(LICENCE_KIND, "staff.take_licence_kind_back")


def _restore(one: Skill | LicenceKind, was: Snapshot) -> None:
    _require_free(type(one), was["name"], "version", of=one.pk)
    one.name, one.purpose, one.is_active = was["name"], was["purpose"], was["active"]


def _set_active(one: Skill | LicenceKind, *, active: bool) -> None:
    if one.is_active is active:
        raise NotPossible(_("This is in use already.") if active else _("This is retired already."))
    one.is_active = active


def _require_free(model: type[Skill] | type[LicenceKind], name: str, field: str, of: int = 0) -> None:
    if model._default_manager.filter(name__iexact=name).exclude(pk=of).exists():
        raise NotPossible(_("This name is taken."), field=field)
    if not of and model._default_manager.count() >= MOST:
        raise NotPossible(_("There are %(most)s already, the most there can be.") % {"most": MOST})


def _free_key(model: type[Skill] | type[LicenceKind], key: str, name: str) -> str:
    """The key asked for, or one made from the name."""
    made = key or slugify(name)[:40].strip("-_") or "skill"
    if key and not _KEY.fullmatch(key):
        raise NotPossible(_("A key has small letters and figures, with single - or _ between them."), field="key")
    taken = set(model._default_manager.filter(key__startswith=made[:36]).values_list("key", flat=True))
    if key and key in taken:
        raise NotPossible(_("This key is taken."), field="key")
    free = (one for number in count(1) if (one := made if number == 1 else f"{made[:36]}-{number}") not in taken)
    return next(free)
