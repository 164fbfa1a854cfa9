"""Cases merged, split, made part of one another, linked, and given further customers."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from onhand.contacts.cases import states
from onhand.contacts.cases.belonging import cases_of, family_ids
from onhand.contacts.cases.states import Written
from onhand.contacts.enums import CaseState
from onhand.contacts.models import Case, CaseContact, CaseCustomer, CaseLink
from onhand.kernel.actor import Visibility
from onhand.kernel.errors import ActError, NotPossible
from onhand.kernel.subjects import reference_type
from tests.contacts.cases import DAY, HOUR, MONDAY, on_case, open_case, running
from tests.factories import make_actor, make_customer
from tests.factories.contacts import make_contact


@pytest.mark.django_db
def test_merge_cases_moves_nothing_and_undo_merge_of_case_gives_it_back() -> None:
    ana = make_customer()
    kept, same = open_case(ana), open_case(ana, matter="The same lamp")
    contact = make_contact(ana)
    CaseContact.objects.create(case=same, contact=contact, at=MONDAY, by_name="Ana Prieto")
    on_case("wait_for_customer", same, at=MONDAY + HOUR)
    before = (same.state, same.waiting_since, same.closes_at, running(same), list(same.clocks.values_list("paused_at")))
    on_case("merge_cases", same, other=kept.pk, reason="Wrote twice", at=MONDAY + 2 * HOUR)
    assert (same.state, same.merged_into, running(same)) == (CaseState.CLOSED, kept, {})
    assert family_ids(kept.pk) == [kept.pk, same.pk]
    assert cases_of(contact.pk) == [same.pk]
    with pytest.raises(NotPossible, match=kept.reference):
        on_case("change_case", same, matter="x", kind="question")
    # What is written to the merged case counts for the one it is read with.
    states.case_answered([kept.pk], MONDAY + 2 * HOUR)
    assert states.case_written_to(same.pk, False, MONDAY + 3 * HOUR) is Written.NOTED
    assert set(running(kept)) == {"next_reply", "resolution"}
    on_case("undo_merge_of_case", same, at=MONDAY + DAY)
    assert (
        same.state,
        same.waiting_since,
        same.closes_at,
        running(same),
        list(same.clocks.values_list("paused_at")),
    ) == (before)
    assert same.merged_into is None
    with pytest.raises(NotPossible):
        on_case("undo_merge_of_case", same)


@pytest.mark.django_db
def test_merge_cases_refuses_what_could_not_be_read() -> None:
    one, two, three = open_case(), open_case(), open_case()
    for wrong in (one.pk, 999_999):
        with pytest.raises(NotPossible) as refused:
            on_case("merge_cases", one, other=wrong)
        assert list(refused.value.fields) == ["other"]
    on_case("merge_cases", one, other=two.pk)
    with pytest.raises(NotPossible):  # merged itself
        on_case("merge_cases", two, other=one.pk)
    on_case("merge_cases", two, other=three.pk)
    assert family_ids(three.pk) == [three.pk, one.pk, two.pk]
    closed = open_case()
    on_case("solve_case", closed, outcome="Sent")
    with pytest.raises(NotPossible):
        on_case("merge_cases", three, other=closed.pk)


@pytest.mark.django_db(transaction=True)
def test_merged_in_both_directions_at_once_one_is_refused() -> None:
    one, two = open_case(), open_case()
    together = Barrier(2)

    def merge(case: Case, into: Case) -> bool:
        try:
            together.wait(10)
            on_case("merge_cases", case, other=into.pk)
        except ActError:
            return False
        finally:
            connection.close()
        return True

    for _turn in range(5):
        with ThreadPoolExecutor(2) as pool:
            done = sorted(
                call.result(30)
                for call in [
                    pool.submit(merge, Case.objects.get(pk=one.pk), two),
                    pool.submit(merge, Case.objects.get(pk=two.pk), one),
                ]
            )
        assert done == [False, True]
        (merged,) = Case.objects.filter(merged_into__isnull=False)
        assert len(family_ids(merged.merged_into_id or 0)) == 2
        on_case("undo_merge_of_case", merged)


@pytest.mark.django_db(transaction=True)
def test_made_parts_of_one_another_at_once_there_is_no_ring() -> None:
    cases = [open_case() for _number in range(4)]
    together = Barrier(4)

    def put(number: int) -> None:
        try:
            together.wait(10)
            on_case("make_part_of_case", cases[number], parent=cases[(number + 1) % 4].pk)
        except ActError:
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(4)))
    above = dict(Case.objects.values_list("pk", "parent_id"))
    assert sum(parent is None for parent in above.values()) >= 1
    for case in cases:
        place, steps = above[case.pk], 0
        while place is not None:
            place, steps = above[place], steps + 1
            assert steps < 4


@pytest.mark.django_db
def test_split_case_takes_a_contact_over() -> None:
    ana = make_customer()
    case, contact = open_case(ana), make_contact(ana, case=None)
    CaseContact.objects.create(case=case, contact=contact, at=MONDAY, by_name="Ana Prieto")
    outcome = on_case("split_case", case, matter="And the bill is wrong", kind="complaint", contact=contact.pk)
    new = Case.objects.get(pk=outcome.after["split_off"]["id"])
    assert (new.customer, new.kind, set(running(new))) == (ana, "complaint", {"first_reply", "resolution"})
    assert cases_of(contact.pk) == [new.pk]
    assert CaseLink.objects.filter(case=new, other=case, kind="split").exists()
    with pytest.raises(NotPossible):
        on_case("split_case", case, matter="x", kind="question", contact=contact.pk)


@pytest.mark.django_db
def test_make_part_of_case_in_few_levels_and_never_in_a_ring() -> None:
    cases = [open_case() for _number in range(6)]
    for part, whole in zip(cases[1:5], cases, strict=False):
        on_case("make_part_of_case", part, parent=whole.pk)
    for part, whole in ((cases[0], cases[4]), (cases[0], cases[0]), (cases[5], cases[4])):
        with pytest.raises(NotPossible) as refused:
            on_case("make_part_of_case", part, parent=whole.pk)
        assert list(refused.value.fields) == ["parent"]
    on_case("make_part_of_case", cases[1])
    assert cases[1].parent is None


@pytest.mark.django_db
def test_link_cases_once_and_unlink_cases() -> None:
    one, two = open_case(), open_case()
    outcome = on_case("link_cases", one, other=two.pk, kind="follows")
    assert outcome.after == {"links": [f"{two.reference}: follows"]}
    for case, other in ((one, two), (two, one)):
        with pytest.raises(NotPossible):
            on_case("link_cases", case, other=other.pk)
    with pytest.raises(NotPossible):
        on_case("link_cases", two, other=open_case().pk, kind="split")
    on_case("unlink_cases", one, other=two.pk)
    with pytest.raises(NotPossible):
        on_case("unlink_cases", one, other=two.pk)


@pytest.mark.django_db
def test_add_customer_to_case_lets_it_be_seen_and_take_customer_from_case() -> None:
    ana, eva = make_customer(), make_customer("Eva Gil")
    case = open_case(ana)
    outcome = on_case("add_customer_to_case", case, customer=eva.pk, role="witness")
    assert outcome.after == {"further_customers": [f"{eva.reference}: witness"]}
    for again in (eva, ana):
        with pytest.raises(NotPossible):
            on_case("add_customer_to_case", case, customer=again.pk)
    row = CaseCustomer.objects.get()
    options = reference_type("contacts.further_customer").options
    assert [one.label for one in options(make_actor(), case.pk, "")] == ["Eva Gil"]
    assert options(make_actor(visibility=Visibility.OWN), case.pk, "") == []
    on_case("take_customer_from_case", case, further=row.pk)
    with pytest.raises(NotPossible):
        on_case("take_customer_from_case", case, further=row.pk)
