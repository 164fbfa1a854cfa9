"""Two files made one, and two again."""

from typing import Any

import pytest

from onhand.customers.access import VIEW
from onhand.customers.enums import CustomerKind, RelationKind
from onhand.customers.finding.find import find_customers
from onhand.customers.identification.level import Reached
from onhand.customers.membership import member_ids
from onhand.customers.merging.duplicates import look_again, open_suggestions
from onhand.customers.merging.refusals import FileErased, FileMerged
from onhand.customers.models import Customer, Identity, IdentityCheck, Merge, Note, Relation
from onhand.customers.protection import protect_values
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.errors import NotPermitted, NotPossible, SubjectNotFound
from onhand.kernel.models import ActRecord, EventRecord
from onhand.kernel.perform import Outcome, perform
from onhand.kernel.subjects import reference_type, subject_type
from tests.customers.persons import file_of
from tests.factories import NOON, make_actor, make_customer
from tests.factories.staff import make_site

pytestmark = pytest.mark.django_db


def do(name: str, customer: Customer, actor: Actor | None = None, **arguments: Any) -> Outcome:
    return perform(
        f"customers.{name}", actor=actor or make_actor(), subject_id=customer.pk, arguments=arguments, at=NOON
    )


def merge(survivor: Customer, other: Customer, **more: Any) -> Merge:
    do("merge_customer", survivor, other=other.pk, reason="the same person", **more)
    return Merge.objects.get(absorbed=other, undone_at=None)


def unmerge(root: Customer, undone: Merge, **more: Any) -> Outcome:
    return do("unmerge_customer", root, merge=undone.pk, reason="a mistake", **more)


def roots(*customers: Customer) -> list[int]:
    return [file_of(customer.pk) for customer in customers]


def emails(customer: Customer) -> list[str]:
    customer.refresh_from_db()
    return list(subject_type(CUSTOMER).snapshot(customer)["emails"])


def test_merge_customer_reads_two_files_as_one_and_says_what_joined() -> None:
    ana, twice = make_customer("Ana Prieto"), make_customer("A. Prieto")
    do("add_email", ana, email="ana@example.com")
    do("add_email", twice, email="a.prieto@example.com")
    do("add_note", twice, text="Called.")
    outcome = do("merge_customer", ana, other=twice.pk, reason="same person")
    assert outcome.before == {}
    assert outcome.after == {
        "merged_files": [twice.reference],
        "why": "same person",
        "joined_identities": 1,
        "joined_notes": 1,
    }
    assert member_ids(ana.pk) == [ana.pk, twice.pk]
    assert roots(ana, twice) == [ana.pk, ana.pk]
    assert emails(ana) == ["ana@example.com", "a.prieto@example.com"]
    assert Note.objects.get().customer_id == twice.pk, "rows stay where they were written"
    for typed in ("a.prieto@example.com", twice.reference):
        assert [one.id for one in find_customers(make_actor(), typed).customers] == [ana.pk]
    assert file_of(10**9) == 10**9


def test_unmerge_customer_gives_each_what_was_written_on_it_and_since() -> None:
    ana, twice = make_customer("Ana Prieto"), make_customer("A. Prieto")
    do("add_email", twice, email="before@example.com")
    undone = merge(ana, twice)
    do("add_email", ana, email="since@example.com")
    outcome = unmerge(ana, undone)
    assert outcome.before == {"merged_files": [twice.reference], "joined_identities": 1}
    assert outcome.after == {"why": "a mistake"}
    assert roots(ana, twice) == [ana.pk, twice.pk]
    assert (emails(ana), emails(twice)) == (["since@example.com"], ["before@example.com"])
    assert [one.id for one in find_customers(make_actor(), "before@example.com").customers] == [twice.pk]
    undone.refresh_from_db()
    assert (undone.undone_at, undone.undone_by_name) == (NOON, "Ana Prieto")
    with pytest.raises(NotPossible):
        unmerge(ana, undone)
    again = merge(twice, ana)
    assert roots(ana, twice) == [twice.pk, twice.pk]
    assert Merge.objects.count() == 2
    unmerge(twice, again)


def test_trees_are_kept_flat_and_split_where_they_are_cut() -> None:
    a, b, c, d = (make_customer(name) for name in "ABCD")
    c_in_b = merge(b, c)
    d_in_c_file = merge(b, d)
    b_in_a = merge(a, b)
    assert roots(a, b, c, d) == [a.pk] * 4
    unmerge(a, c_in_b)
    assert roots(a, b, c, d) == [a.pk, a.pk, c.pk, a.pk]
    unmerge(a, b_in_a)
    assert roots(a, b, c, d) == [a.pk, b.pk, c.pk, b.pk]
    unmerge(b, d_in_c_file)
    assert roots(a, b, c, d) == [a.pk, b.pk, c.pk, d.pk]


def test_a_chain_of_fifty_is_one_file_and_comes_apart_in_the_middle() -> None:
    chain = [make_customer(f"Link {n}") for n in range(50)]
    merges = [merge(chain[n], chain[n + 1]) for n in reversed(range(49))]  # each absorbs all that hang on the next
    assert set(roots(*chain)) == {chain[0].pk}
    middle = next(one for one in merges if one.absorbed_id == chain[25].pk)
    unmerge(chain[0], middle)
    assert set(roots(*chain[:25])) == {chain[0].pk}
    assert set(roots(*chain[25:])) == {chain[25].pk}
    assert len(member_ids(chain[25].pk)) == 25
    chain[25].refresh_from_db()
    assert [one.id for one in find_customers(make_actor(), "link 49").customers[:1]] == [chain[25].pk]


def test_nothing_is_done_on_a_merged_file_and_the_error_says_where_to_go() -> None:
    ana, twice = make_customer(), make_customer()
    undone = merge(ana, twice)
    for name, arguments in (
        ("add_note", {"text": "x"}),
        ("merge_customer", {"other": ana.pk, "reason": "x"}),
        ("unmerge_customer", {"merge": undone.pk, "reason": "x"}),
        ("change_language", {"language": "es"}),
    ):
        with pytest.raises(FileMerged, match=ana.reference) as refused:
            do(name, twice, **arguments)
        assert refused.value.as_json()["merged_into"] == ana.pk
    assert ActRecord.objects.count() == 1


def test_nothing_is_done_on_an_erased_file() -> None:
    gone = make_customer(erased_at=NOON)
    with pytest.raises(FileErased):
        do("add_note", gone, text="x")
    with pytest.raises(NotPossible, match="erased"):
        merge(make_customer(), gone)


def test_what_cannot_be_merged_is_said() -> None:
    ana, twice = make_customer(), make_customer()
    with pytest.raises(NotPossible, match="same file"):
        merge(ana, ana)
    with pytest.raises(NotPossible, match="does not exist"):
        do("merge_customer", ana, other=10**9, reason="x")
    undone = merge(ana, twice)
    with pytest.raises(NotPossible, match="part of the file already"):
        do("merge_customer", ana, other=twice.pk, reason="x")
    third = make_customer()
    with pytest.raises(NotPossible, match=ana.reference):
        do("merge_customer", third, other=twice.pk, reason="x")
    with pytest.raises(NotPossible, match="another file"):
        unmerge(third, undone)


def test_two_that_differ_are_merged_only_when_that_is_meant() -> None:
    from datetime import date

    ana, firm = make_customer(born_on=date(1980, 1, 1)), make_customer(kind=CustomerKind.ORGANISATION)
    with pytest.raises(NotPossible, match="organisation") as refused:
        merge(ana, firm)
    assert list(refused.value.fields) == ["although_different"]
    younger = make_customer(born_on=date(1981, 1, 1))
    with pytest.raises(NotPossible, match="birth"):
        merge(ana, younger)
    merge(ana, firm, although_different=True)


def test_somebody_who_speaks_for_another_is_not_the_same() -> None:
    ana, luis, twice = make_customer(), make_customer(), make_customer()
    Relation.objects.create(customer=ana, other=luis, kind=RelationKind.AUTHORISED, valid_from=NOON, set_by_name="x")
    merge(luis, twice)
    for survivor, other in ((ana, luis), (luis, ana)):
        with pytest.raises(NotPossible, match="speaks for"):
            merge(survivor, other)
    Relation.objects.update(ended_at=NOON)
    merge(ana, luis)


def test_both_must_be_seen_and_the_role_must_allow_it() -> None:
    here, there = make_site(), make_site()
    mine, theirs = make_customer(site=here), make_customer(site=there)
    at_site = make_actor(visibility=Visibility.SITE, site_ids=frozenset({here.pk}))
    with pytest.raises(NotPossible, match="may not see"):
        merge(mine, theirs, actor=at_site)
    with pytest.raises(SubjectNotFound):
        merge(theirs, mine, actor=at_site)
    with pytest.raises(NotPermitted):
        merge(mine, theirs, actor=make_actor(permissions=frozenset({VIEW})))
    undone = merge(mine, theirs)
    assert reference_type("customers.merge").options(at_site, mine.pk, "") == []
    with pytest.raises(NotPossible, match="would not see"):
        unmerge(mine, undone, actor=at_site)
    unmerge(mine, undone)


def test_a_preview_merges_nothing() -> None:
    ana, twice = make_customer(), make_customer()
    before = (ActRecord.objects.count(), EventRecord.objects.count())
    outcome = perform(
        "customers.merge_customer",
        actor=make_actor(),
        subject_id=ana.pk,
        arguments={"other": twice.pk, "reason": "x"},
        at=NOON,
        preview=True,
    )
    assert outcome.after["merged_files"] == [twice.reference]
    assert roots(ana, twice) == [ana.pk, twice.pk]
    assert (Merge.objects.count(), ActRecord.objects.count(), EventRecord.objects.count()) == (0, *before)


def test_both_files_hear_of_it() -> None:
    ana, twice = make_customer(), make_customer()
    undone = merge(ana, twice)
    unmerge(ana, undone)
    for name in ("customers.merged", "customers.unmerged"):
        events = EventRecord.objects.filter(name=name)
        assert set(events.values_list("subject_id", flat=True)) == {ana.pk, twice.pk}
        assert len(events) == 2
        assert {event.payload["absorbed_id"] for event in events} == {twice.pk}
        assert {event.payload["merge_id"] for event in events} == {undone.pk}


def test_the_record_holds_nothing_of_the_other_customers_data() -> None:
    ana, twice = make_customer("Ana Prieto"), make_customer("Secret Name")
    do("add_email", twice, email="secret@example.com")
    unmerge(ana, merge(ana, twice))
    for record in ActRecord.objects.filter(subject_id=ana.pk):
        assert "ecret" not in f"{record.before} {record.after} {record.arguments} {record.facts}"


def test_the_same_request_again_after_the_survivor_was_merged_itself_gives_the_same_outcome() -> None:
    a, b, c = (make_customer() for _ in range(3))
    given: dict[str, Any] = {"other": b.pk, "reason": "x", "although_different": False}

    def ask() -> Outcome:
        return perform(
            "customers.merge_customer",
            actor=make_actor(),
            subject_id=a.pk,
            arguments=given,
            at=NOON,
            idempotency_key="once",
        )

    first = ask()
    merge(c, a)
    assert (ask().record_id, ask().is_replay) == (first.record_id, True)


def test_identities_of_a_merged_file_are_removed_wherever_they_sit() -> None:
    ana, twice = make_customer(), make_customer()
    for customer in (ana, twice):
        do("add_email", customer, email="both@example.com")
    do("add_email", twice, email="theirs@example.com")
    merge(ana, twice)
    options = reference_type("customers.email").options(make_actor(), ana.pk, "")
    assert [one.label for one in options] == ["both@example.com", "both@example.com", "theirs@example.com"]
    with pytest.raises(NotPossible):
        do("add_email", ana, email="THEIRS@example.com")
    do("remove_email", ana, email=Identity.objects.get(value="theirs@example.com").pk)
    do("remove_email", ana, email=options[0].value)
    assert emails(ana) == []
    assert Identity.objects.filter(withdrawn_at=NOON).count() == 3
    assert find_customers(make_actor(), "theirs@example.com").customers == []


def test_what_was_parted_is_not_suggested_again() -> None:
    ana, twice = make_customer("Ana Prieto"), make_customer("Ana Prieto")
    for customer in (ana, twice):
        do("add_email", customer, email="both@example.com")
    look_again([ana.pk], at=NOON)
    assert len(open_suggestions(make_actor())) == 1
    undone = merge(ana, twice)
    assert open_suggestions(make_actor()) == []
    look_again([ana.pk, twice.pk], at=NOON)
    unmerge(ana, undone)
    assert look_again([ana.pk, twice.pk], at=NOON) == 0
    assert open_suggestions(make_actor()) == []


def test_other_files_are_offered_to_merge_with() -> None:
    ana, twice, other = make_customer("Ana Prieto"), make_customer("Ana Prieto"), make_customer("Ana Prieto")
    do("merge_customer", ana, other=twice.pk, reason="x")
    offered = reference_type("customers.customer").options(make_actor(), ana.pk, "prieto")
    assert [one.value for one in offered] == [other.pk]


def test_who_was_identified_is_identified_again_after_merging_and_after_parting() -> None:
    ana, twice = make_customer(), make_customer()
    IdentityCheck.objects.bulk_create(
        IdentityCheck(customer=one, contact_id=7, way="code", level=2, at=NOON, until=NOON, by_name="x")
        for one in (ana, twice)
    )
    undone = merge(ana, twice)
    assert not IdentityCheck.objects.filter(ended_at=None).exists()
    IdentityCheck.objects.create(customer=ana, contact_id=7, way="code", level=2, at=NOON, until=NOON, by_name="x")
    unmerge(ana, undone)
    assert not IdentityCheck.objects.filter(ended_at=None).exists()


def test_what_the_record_says_of_a_merge_is_shown_before_anybody_is_identified() -> None:
    ana, twice = make_customer(), make_customer()
    do("add_note", twice, text="x")
    outcome = do("merge_customer", ana, other=twice.pk, reason="the same")
    shown = protect_values(outcome.after, Reached())
    assert shown == outcome.after
