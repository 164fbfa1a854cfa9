"""Shipped procedures for a company: put into force where it is the demo's, begun as drafts where somebody asks for them."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from onhand.guidelines.enums import DraftState
from onhand.kernel.actor import Actor, system_actor
from onhand.kernel.perform import perform
from onhand.procedures.models import Procedure

FILES = ("damaged", "late_or_lost", "disputed_bill")
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Shipped:
    """A procedure that comes with the product: its name, which is its title, and its text."""

    name: str
    text: str


def all_shipped() -> list[Shipped]:
    """Every procedure that comes with the product, as it is in this version."""
    texts = [(_HERE / f"{name}.md").read_text(encoding="utf-8") for name in FILES]
    return [Shipped(text.partition("\n")[0].removeprefix("# ").strip(), text) for text in texts]


def publish_shipped(at: datetime) -> int:
    """
    Put into force what is not there yet; how many that were. What was begun and interrupted is ended; what a person wrote is left
    alone. The guidelines whose remedies they offer have to be in force.

    :raises ActError: one cannot be read, or a test case of it comes out otherwise.
    """
    actor = system_actor("procedures")
    count = 0
    for one in all_shipped():
        found = Procedure.objects.filter(name__iexact=one.name).first()
        if found is not None and (found.draft_by_id is not None or found.versions.exists()):
            continue
        if found is None:
            made = perform("procedures.add_procedure", actor=actor, arguments=_given(one), at=at)
            found = Procedure.objects.get(pk=made.subject_id or 0)
        if found.draft_state != DraftState.IN_REVIEW:
            perform("procedures.submit_procedure", actor=actor, arguments={}, at=at, subject_id=found.pk)
        perform("procedures.publish_procedure", actor=actor, arguments={}, at=at, subject_id=found.pk)
        count += 1
    return count


def not_taken_up() -> list[str]:
    """The names of the shipped procedures of whose name there is none."""
    return [one.name for one in _missing()]


def offer_drafts(*, actor: Actor, at: datetime) -> int:
    """
    Begin a draft of each shipped procedure of whose name there is none; how many. Nobody goes through them before somebody else looked at
    them and put them into force.
    """
    missing = _missing()
    for one in missing:
        perform("procedures.add_procedure", actor=actor, arguments=_given(one), at=at)
    return len(missing)


def _missing() -> list[Shipped]:
    there = {name.casefold() for name in Procedure.objects.values_list("name", flat=True)}
    return [one for one in all_shipped() if one.name.casefold() not in there]


def _given(one: Shipped) -> dict[str, str]:
    return {"name": one.name, "text": one.text}
