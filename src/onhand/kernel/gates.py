"""Hooks for what stands before protected acts; the apps that know fill them at start-up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from onhand.kernel.actor import Actor

if TYPE_CHECKING:
    from onhand.kernel.acts import Act


@dataclass(frozen=True, slots=True)
class Approach:
    """Somebody about to do an act: which, on what, on which contact, when."""

    actor: Actor
    act: "Act"
    subject_id: int | None
    contact_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How well the customer is identified for this act (0 is not at all); `message` says why not, where there is more to say."""

    level: int
    message: str = ""


IdentificationGate = Callable[[Approach], Standing]


def nobody_identified(approach: Approach) -> Standing:  # noqa: ARG001
    """Until an identity check exists, nobody is identified, and protected acts stay shut."""
    return Standing(0)


_gate: IdentificationGate = nobody_identified


def set_identification(gate: IdentificationGate) -> IdentificationGate:
    """Say who knows how well customers are identified, and return who knew before. Called once, at start-up."""
    global _gate
    previous, _gate = _gate, gate
    return previous


def identification(approach: Approach) -> Standing:
    """How well the customer is identified for this act on this contact."""
    return _gate(approach)


class LicenceGate(Protocol):
    """Says why an actor has no licence of this kind that is valid there and then; None where they have one. Nowhere is anywhere."""

    def __call__(self, actor: Actor, kind: str, jurisdiction: str, at: datetime) -> str | None: ...


def nobody_licensed(actor: Actor, kind: str, jurisdiction: str, at: datetime) -> str | None:  # noqa: ARG001
    """Until licences are recorded somewhere, nobody has one, and acts that need one stay shut."""
    return ""


_licences: LicenceGate = nobody_licensed


def set_licences(gate: LicenceGate) -> LicenceGate:
    """Say who knows of licences, and return who knew before. Called once, at start-up."""
    global _licences
    previous, _licences = _licences, gate
    return previous


def why_unlicensed(actor: Actor, kind: str, jurisdiction: str, at: datetime) -> str | None:
    """Why the actor has no such valid licence, in a sentence or empty where there is nothing to say; None where they have one."""
    return _licences(actor, kind, jurisdiction, at)
