"""
What follows from an act whose decision says that something does: apps above do it, in the transaction of the act, once it was done and
counted.

A preview has no followers: its decision says what would follow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from onhand.kernel.decisions import Decision, Question


@dataclass(frozen=True, slots=True)
class DoneAct:
    """An act that was done: what was asked, what was decided, the row it was done to (also where it made it), and the id of its record."""

    question: Question
    decision: Decision
    subject: Any
    record_id: int


Follower = Callable[[DoneAct], None]
_followers: dict[str, Follower] = {}


def register_follower(key: str, follower: Follower) -> None:
    """Have an app told of each act done with follow-ups. The same key again takes the place of the one before."""
    _followers[key] = follower


def forget_follower(key: str) -> None:
    """Take one out again: for tests that register their own."""
    _followers.pop(key, None)


def follow(done: DoneAct) -> None:
    """Let what was decided follow from an act, where anything does."""
    if done.decision.follow_ups:
        for key in sorted(_followers):
            _followers[key](done)
