"""Merging while others merge, change and part the same files: one wins, the others are told, and nothing hangs or gets lost."""

import random
from typing import Any

import pytest

from onhand.customers.finding.find import search_customers
from onhand.customers.membership import member_ids
from onhand.customers.merging.refusals import FileMerged
from onhand.customers.models import Customer, Identity, Merge, Note
from onhand.kernel.errors import ActError, NotPossible, SubjectBusy
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import Outcome, perform
from tests.customers.persons import file_of
from tests.factories import NOON, make_actor, make_customer
from tests.kernel.sessions import together

pytestmark = pytest.mark.django_db(transaction=True)


def do(name: str, customer: Customer, **arguments: Any) -> Outcome:
    return perform(f"customers.{name}", actor=make_actor(), subject_id=customer.pk, arguments=arguments, at=NOON)


def merge(survivor: Customer, other: Customer) -> Outcome:
    return do("merge_customer", survivor, other=other.pk, reason="the same")


def require_sound(*customers: Customer) -> None:
    """`merged_into` says what the merges say: flat, without a ring."""
    into = {one.absorbed_id: one.survivor_id for one in Merge.objects.filter(undone_at=None)}
    for customer in customers:
        root, steps = customer.pk, 0
        while root in into:
            root, steps = into[root], steps + 1
            assert steps <= len(customers), "a ring"
        assert file_of(customer.pk) == root


@pytest.mark.parametrize("_round", range(5))
def test_merges_in_both_directions_at_once_one_wins(_round: int) -> None:
    ana, twice = make_customer(), make_customer()
    done = together(*[lambda: merge(ana, twice), lambda: merge(twice, ana)] * 3)
    outcomes = [one for one in done if isinstance(one, Outcome)]
    assert len(outcomes) == 1, done
    assert all(isinstance(one, Outcome | FileMerged | NotPossible) for one in done), "nobody had to wait for a deadlock"
    assert Merge.objects.count() == ActRecord.objects.count() == 1
    require_sound(ana, twice)


def test_many_merging_and_parting_the_same_few_files_stay_sound() -> None:
    files = [make_customer() for _ in range(6)]
    chance = random.Random(4)
    plans = [[[*chance.sample(range(6), 2), chance.random()] for _ in range(8)] for _ in range(6)]

    def work(plan: list[list[Any]]) -> list[Any]:
        results: list[Any] = []
        for survivor, other, dice in plan:
            try:
                if dice < 0.7:
                    results.append(merge(files[survivor], files[other]))
                elif undone := Merge.objects.filter(undone_at=None).order_by("-pk").first():
                    root = Customer.objects.get(pk=file_of(undone.survivor_id))
                    results.append(do("unmerge_customer", root, merge=undone.pk, reason="x"))
            except ActError as error:
                results.append(error)
        return results

    done = together(*[lambda plan=plan: work(plan) for plan in plans])
    results = [one for results in done for one in results]
    assert all(isinstance(one, Outcome | FileMerged | NotPossible | SubjectBusy) for one in results), results
    assert ActRecord.objects.count() == sum(isinstance(one, Outcome) for one in results)
    require_sound(*files)


def test_changes_during_a_merge_are_kept_or_refused() -> None:
    ana, twice = make_customer(), make_customer()
    work: list[Any] = [lambda n=n: do("add_email", twice, email=f"a{n}@example.com") for n in range(6)]
    work[3:3] = [lambda: merge(ana, twice)]
    work += [lambda n=n: do("add_note", ana, text=f"n{n}") for n in range(4)]
    done = together(*work)
    assert all(isinstance(one, Outcome | FileMerged) for one in done), done
    refused = sum(isinstance(one, FileMerged) for one in done)
    assert Identity.objects.filter(customer=twice).count() == 6 - refused
    assert Note.objects.filter(customer__in=member_ids(ana.pk)).count() == 4
    for identity in Identity.objects.all():
        found = [one.id for one in search_customers(make_actor(), identity.value)]
        assert ana.pk in found, "what was added just before the merge is found too"


def test_a_merge_whose_family_grows_meanwhile_is_whole_or_told_to_try_again() -> None:
    a, b, c, d = (make_customer() for _ in range(4))
    done = together(lambda: merge(a, b), lambda: merge(b, c), lambda: merge(c, d), lambda: merge(d, a))
    assert all(isinstance(one, Outcome | FileMerged | NotPossible | SubjectBusy) for one in done), done
    assert any(isinstance(one, Outcome) for one in done)
    require_sound(a, b, c, d)
