"""Answers at the same moment: whatever the order, an approval ends once and its act is done once at most."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from onhand.approvals.ending import expire_due
from onhand.approvals.models import Approval
from onhand.kernel.errors import ActError
from onhand.kernel.models import ActRecord
from tests.approvals.asked import GOODWILL, LATER, ask, do, given, lay_down, on_contact, people
from tests.factories.work import make_person

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """What came of these, begun together."""
    ready, ended = threading.Barrier(len(works)), [None] * len(works)

    def run(number: int, work: Callable[[], Any]) -> None:
        try:
            ready.wait(20)
            ended[number] = work()
        except ActError as error:
            ended[number] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    return ended


def test_two_who_allow_at_once_do_it_once() -> None:
    lay_down()
    asker, supervisor = people()
    others = [make_person("supervisor") for _ in range(3)]
    approval = ask(asker, on_contact(asker))
    ended = at_once(*(lambda one=one: do("allow", approval, one) for one in (supervisor, *others)))
    assert sum(not isinstance(one, ActError) for one in ended) == 1
    assert given() == 1
    assert ActRecord.objects.filter(act=GOODWILL).count() == 1
    assert ActRecord.objects.filter(act="approvals.allow").count() == 1


def test_allowed_denied_withdrawn_and_late_at_once_only_one_counts() -> None:
    lay_down()
    asker, supervisor = people()
    other = make_person("supervisor")
    for _ in range(3):
        approval = ask(asker, on_contact(asker))
        before = given()
        at_once(
            lambda one=approval: do("allow", one, supervisor),
            lambda one=approval: do("deny", one, other, reason="No"),
            lambda one=approval: do("withdraw", one, asker),
            lambda one=approval: expire_due(one.expires_at),
        )
        approval.refresh_from_db()
        assert not approval.is_open
        assert given() - before == (1 if approval.state == "allowed" else 0)
        assert (approval.record_id is not None) == (approval.state == "allowed")


def test_asked_at_once_under_a_key_it_is_one() -> None:
    lay_down()
    asker, _supervisor = people()
    contact = on_contact(asker)
    ended = at_once(*(lambda: ask(asker, contact, key="once") for _ in range(4)))
    assert {one.pk for one in ended if isinstance(one, Approval)} == {Approval.objects.get().pk}
    assert not [one for one in ended if not isinstance(one, Approval)]


def test_killed_in_between_it_is_as_if_nobody_had_answered() -> None:
    lay_down()
    asker, supervisor = people()
    approval = ask(asker, on_contact(asker))

    class KilledError(Exception):
        """Stands for the end of the process before the commit."""

    with pytest.raises(KilledError), transaction.atomic():
        from onhand.kernel.perform import perform
        from tests.factories.staff import actor_of

        perform(
            "approvals.allow",
            actor=actor_of(supervisor),
            subject_id=approval.pk,
            arguments={},
            at=LATER,
            idempotency_key="allow-1",
            as_part=True,
        )
        assert given() == 1
        raise KilledError
    approval.refresh_from_db()
    assert (approval.state, given()) == ("open", 0)
    do("allow", approval, supervisor)
    assert given() == 1
