"""
Tests on the books: what says by itself that a promise was kept. Each app registers those of its own business, by name.

    @promise_test("contacts.message_sent", _("A message was sent to the customer"))
    def message_sent(promise: Promise, at: datetime) -> bool: ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from onhand.contacts.models import Promise

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Holds = Callable[[Promise, datetime], bool]


@dataclass(frozen=True, slots=True)
class PromiseTest:
    """
    One test: `holds(promise, at)` looks at what happened since the promise was made, and says whether that keeps it; `is_moot` whether what
    was promised is not wanted any more, such as the money for a return that was called off.
    """

    key: str
    label: "_StrOrPromise"
    holds: Holds
    is_moot: Holds | None = None


_tests: dict[str, PromiseTest] = {}


def promise_test(key: str, label: "_StrOrPromise", *, is_moot: Holds | None = None) -> Callable[[Holds], Holds]:
    """
    Register the function below as a test under `<app>.<name>`.

    :raises TypeError: the name is taken.
    """

    def register(holds: Holds) -> Holds:
        if key in _tests:
            raise TypeError(f"two tests of promises are called {key}")
        _tests[key] = PromiseTest(key, label, holds, is_moot)
        return holds

    return register


def find_test(key: str) -> PromiseTest | None:
    """The test of that name, if this version of the product has it."""
    return _tests.get(key)


def offered_tests() -> "list[tuple[str, _StrOrPromise]]":
    """(key, label) of what can be chosen when a promise is made."""
    return [(one.key, one.label) for one in sorted(_tests.values(), key=lambda one: one.key)]


def forget_test(key: str) -> None:
    """Take a test out again: for tests that define their own."""
    _tests.pop(key, None)
