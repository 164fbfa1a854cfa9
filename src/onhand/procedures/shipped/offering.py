"""Shipped procedures for a company: put into force where it is the demo's, begun as drafts where somebody asks for them."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

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
    Put into force what is not there yet; how many that were. The guidelines whose remedies they offer have to be in force.

    :raises ActError: one cannot be read, or a test case of it comes out otherwise.
    """
    actor = system_actor("procedures")
    missing = _missing()
    for one in missing:
        made = perform("procedures.add_procedure", actor=actor, arguments=_given(one), at=at)
        for act in ("procedures.submit_procedure", "procedures.publish_procedure"):
            perform(act, actor=actor, arguments={}, at=at, subject_id=made.subject_id)
    return len(missing)


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
