"""Reactions to what happens to customers' files."""

from typing import Any

from onhand.customers.events import CustomersMerged, CustomersUnmerged
from onhand.customers.merging.duplicates import look_again
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.events import ActDone, handles
from onhand.kernel.models import EventRecord

_SAYS_NOTHING_NEW = frozenset({"customers.add_note", "customers.merge_customer", "customers.unmerge_customer"})


def _changes_a_file(done: Any, subject_type: str) -> bool:
    """Acts of the upper apps and notes leave what files are compared by as it is; merges have events of their own."""
    return bool(subject_type == CUSTOMER and done.act.startswith("customers.") and done.act not in _SAYS_NOTHING_NEW)


@handles(ActDone, wants=_changes_a_file)
def look_for_duplicates(event: EventRecord) -> None:
    """See whether the file looks like another one now, or not any more."""
    _look_again(event)


@handles(CustomersMerged)
def look_for_duplicates_of_merged(event: EventRecord) -> None:
    """The file is compared with what it has now; what was merged into it is not compared any more."""
    _look_again(event)


@handles(CustomersUnmerged)
def look_for_duplicates_of_unmerged(event: EventRecord) -> None:
    """Both are compared again, each with what it has."""
    _look_again(event)


def _look_again(event: EventRecord) -> None:
    if event.subject_id is not None:
        look_again([event.subject_id], at=event.at)
