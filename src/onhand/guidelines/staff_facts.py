"""Facts about what the person who does an act can and may: they stand here because staff stands below guidelines."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from onhand.guidelines.facts import Fact, Source, register_facts
from onhand.kernel.actor import ActorKind
from onhand.kernel.decisions import Question
from onhand.staff.abilities import attributes_of


def _of_the_abilities(question: Question) -> Mapping[str, object]:
    """What holds at the moment of the question; a key's hyphens are underscores, as names of the language have none."""
    if question.actor.kind is ActorKind.SYSTEM or question.actor.id is None:
        return {}
    found = attributes_of([question.actor.id], question.at)[question.actor.id]
    skills = {name.removeprefix("skill:"): level for name, level in found.items() if name.startswith("skill:")}
    languages = {name.removeprefix("language:"): level for name, level in found.items() if name.startswith("language:")}
    licences = {name.removeprefix("licence:") for name in found if name.startswith("licence:")}
    return {
        "skill": {_plain(name): level for name, level in skills.items()},
        "highest skill": max(skills.values(), default=0),
        "speaks": {_plain(name): level for name, level in languages.items()},
        "licence": {_plain(name): True for name in licences if ":" not in name},
        "licences held": len([name for name in licences if ":" not in name]),
    }


def _plain(key: str) -> str:
    return key.replace("-", "_").replace(":", "_")


register_facts(
    Source(
        "abilities",
        _("What they can and may"),
        (
            Fact("skill", "", _("Their level from 1 to 5, by the key of the skill: skill.returns."), example=">= 3"),
            Fact(
                "highest skill", "number", _("Their highest level of any skill; 0 where none is recorded."), example="5"
            ),
            Fact("speaks", "", _("Their level from 1 to 5, by the code of the language: speaks.es."), example=">= 3"),
            Fact(
                "licence",
                "",
                _("Whether a licence is valid now, by the key of its kind: licence.insurance."),
                example="true",
            ),
            Fact(
                "licences held", "number", _("Of how many kinds they hold a licence that is valid now."), example="> 0"
            ),
        ),
        _of_the_abilities,
    )
)
