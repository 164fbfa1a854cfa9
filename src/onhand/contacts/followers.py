"""
Who goes by how cases and questions to colleagues stand: told in the transaction of a change, with the row locked and stored.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from onhand.contacts.models import Case, HelpRequest

T = TypeVar("T")


class Followers(Generic[T]):
    """Functions that are told of every change of a thing of one kind, in the order they were added."""

    def __init__(self) -> None:
        self._following: list[Callable[[T, datetime], None]] = []

    def add(self, follow: Callable[[T, datetime], None]) -> None:
        """Tell this function too, from now on; once, however often it is added."""
        if follow not in self._following:
            self._following.append(follow)

    def tell(self, thing: T, at: datetime) -> None:
        """Say that the thing changed. It is locked, and stored as it is."""
        for follow in self._following:
            follow(thing, at)


CASES: Followers[Case] = Followers()
HELP: Followers[HelpRequest] = Followers()
