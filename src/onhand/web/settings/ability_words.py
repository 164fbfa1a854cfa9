"""What people can and may, in words, and where each is changed."""

from datetime import datetime

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from onhand.staff.ability_queries import Standing, standing
from onhand.staff.languages import language_name
from onhand.staff.licensing import place_name
from onhand.staff.models import Ability, LanguageLevel, Licence, SkillLevel
from onhand.staff.subjects import REPRESENTATIVE
from onhand.web.addresses import address_of

OneAbility = SkillLevel | LanguageLevel | Licence
TONES = {Standing.SOON: "warn", Standing.OVER: "bad", Standing.TO_COME: "info", Standing.VALID: ""}


def days_words(ability: Ability, at: datetime) -> dict[str, str]:
    """From when to when something is valid, in words with the tone of a badge."""
    now = standing(ability, at)
    first = date_format(ability.valid_from, "DATE_FORMAT") if ability.valid_from else ""
    last = date_format(ability.valid_until, "DATE_FORMAT") if ability.valid_until else ""
    match now:
        case Standing.OVER:
            text = _("ran out on %(day)s") % {"day": last}
        case Standing.TO_COME:
            text = _("from %(day)s") % {"day": first}
        case Standing.SOON:
            text = _("runs out on %(day)s") % {"day": last}
        case _:
            text = _("until %(day)s") % {"day": last} if last else _("without an end")
    return {"text": text, "tone": TONES[now]}


def ability_name(one: OneAbility) -> str:
    """What somebody can or may, in short."""
    match one:
        case SkillLevel():
            return one.skill.name
        case LanguageLevel():
            return language_name(one.language)
    return f"{one.kind.name} · {place_name(one.jurisdiction)}"


def change_address(one: OneAbility) -> str:
    """The form that changes what is written down, filled with it."""
    values = QueryDict(mutable=True)
    for name in ("valid_from", "valid_until"):
        day = getattr(one, name)
        values[name] = day.isoformat() if day else ""
    match one:
        case SkillLevel():
            act = "staff.give_skill"
            values |= {"skill": str(one.skill_id), "level": str(one.level)}
        case LanguageLevel():
            act = "staff.give_language"
            values |= {"language": one.language, "level": str(one.level)}
        case _:
            act = "staff.correct_licence"
            values |= {"licence": str(one.pk), "number": one.number, "proof": one.proof}
    return f"{act_form(one.representative_id, act)}?{values.urlencode()}"


def take_address(one: OneAbility) -> str:
    """The form that takes it away."""
    match one:
        case SkillLevel():
            return f"{act_form(one.representative_id, 'staff.take_skill')}?skill={one.skill_id}"
        case LanguageLevel():
            return f"{act_form(one.representative_id, 'staff.take_language')}?language={one.pk}"
    return f"{act_form(one.representative_id, 'staff.withdraw_licence')}?licence={one.pk}"


def act_form(person: int, act: str) -> str:
    """The form of an act on a person."""
    return address_of("settings:act", REPRESENTATIVE, person, act)
