"""
Any sequence of merging, unmerging, changing, sharing and erasing keeps every identity, note and record reachable and right: the
product is compared after each step with a model of a few lines.
"""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from onhand.customers.file_queries import read_file
from onhand.customers.finding.find import search_customers
from onhand.customers.membership import member_ids
from onhand.customers.merging.refusals import FileErased, FileMerged
from onhand.customers.models import Identity, Merge, Note
from onhand.customers.privacy.enums import ErasureBasis
from onhand.customers.recognition.clues import ClueKind, read_clue
from onhand.customers.recognition.recognise import Answer, recognise
from onhand.kernel.errors import NotPossible
from onhand.kernel.models import ActRecord
from onhand.kernel.perform import perform
from tests.customers.persons import file_of
from tests.examples import examples
from tests.factories import NOON, make_actor, make_customer

PEOPLE, VALUES = 5, 3
person, which = st.integers(0, PEOPLE - 1), st.integers(0, VALUES - 1)


@dataclass
class Held:
    """An identity as the model knows it: written on whom, and whether it is theirs now and theirs alone."""

    owner: int
    value: int
    is_current: bool = True
    is_shared: bool = False


@dataclass
class Model:
    """What should be so."""

    into: dict[int, int] = field(default_factory=dict)  # absorbed → survivor, of merges not undone
    held: list[Held] = field(default_factory=list)
    notes: list[tuple[int, str]] = field(default_factory=list)
    records: list[int] = field(default_factory=list)  # on whom
    erased: set[int] = field(default_factory=set)

    def root(self, one: int) -> int:
        while one in self.into:
            one = self.into[one]
        return one

    def file(self, one: int) -> set[int]:
        return {other for other in range(PEOPLE) if self.root(other) == self.root(one)}

    def of_file(self, one: int) -> list[Held]:
        return [held for held in self.held if held.owner in self.file(one) and held.is_current]

    def has(self, one: int, value: int) -> list[Held]:
        return [held for held in self.of_file(one) if held.value == value]


class Files(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.actor, self.model, self.steps = make_actor(), Model(), 0
        self.people = [make_customer(f"Ana Prieto{letter}") for letter in "abcde"]
        self.values = [f"v{n}-{self.people[0].pk}@example.com" for n in range(VALUES)]
        self.number = {one.pk: n for n, one in enumerate(self.people)}

    def do(self, act: str, on: int, **arguments: Any) -> bool:
        """Whether it was done; whenever the file is closed it must not be, and the error must say so."""
        closed = on in self.model.into, on in self.model.erased
        given: dict[str, Any] = {
            "actor": self.actor,
            "subject_id": self.people[on].pk,
            "arguments": arguments,
            "at": NOON,
        }
        try:
            perform(f"customers.{act}", **given)
        except FileMerged as error:
            assert closed[0]
            assert error.into == self.people[self.model.root(on)].pk
            return False
        except FileErased:
            assert closed[1]
            return False
        except NotPossible:
            assert not any(closed)
            return False
        assert not any(closed), "nothing is done on a closed file"
        self.model.records.append(on)
        return True

    @rule(survivor=person, other=person)
    def merge(self, survivor: int, other: int) -> None:
        closed = {survivor, other} & (self.model.into.keys() | self.model.erased)
        done = self.do("merge_customer", survivor, other=self.people[other].pk, reason="same")
        assert done == (survivor != other and not closed)
        if done:
            self.model.into[other] = survivor

    @rule(choice=st.integers(0, 50))
    def unmerge(self, choice: int) -> None:
        active = sorted(self.model.into)
        if not active:
            return
        absorbed = active[choice % len(active)]
        merge = Merge.objects.get(absorbed=self.people[absorbed], undone_at=None)
        root = self.model.root(absorbed)
        if self.do("unmerge_customer", root, merge=merge.pk, reason="not the same"):
            del self.model.into[absorbed]
        else:
            assert root in self.model.erased

    @rule(on=person, value=which)
    def add_email(self, on: int, value: int) -> None:
        is_new = not self.model.has(on, value)
        if self.do("add_email", on, email=self.values[value]):
            assert is_new
            self.model.held.append(Held(on, value))

    @rule(on=person, value=which)
    def remove_email(self, on: int, value: int) -> None:
        held = self.model.has(on, value)
        if held and self.do("remove_email", on, email=self.stored(held[-1])):
            for one in held:
                one.is_current = False

    @rule(on=person, value=which)
    def share(self, on: int, value: int) -> None:
        held = self.model.has(on, value)
        if held and self.do("mark_shared", on, identity=self.stored(held[0])):
            for one in held:
                one.is_shared = True

    def stored(self, held: Held) -> int:
        return Identity.objects.get(
            customer=self.people[held.owner], value=self.values[held.value], withdrawn_at=None
        ).pk

    @rule(on=person)
    def note(self, on: int) -> None:
        self.steps += 1
        if self.do("add_note", on, text=f"note {self.steps}"):
            self.model.notes.append((on, f"note {self.steps}"))

    @rule(on=person, language=st.sampled_from(["es", "fr"]))
    def change(self, on: int, language: str) -> None:
        self.do("change_language", on, language=language)

    @rule(on=person)
    def erase(self, on: int) -> None:
        """Erase a whole file, once in a while."""
        self.steps += 1
        members = self.model.file(on)
        if self.steps % 3 == 0 and self.do("erase_customer", on, basis=ErasureBasis.ASKED):
            self.model.erased |= members
            self.model.held = [held for held in self.model.held if held.owner not in members]
            self.model.notes = [note for note in self.model.notes if note[0] not in members]

    @invariant()
    def files_are_as_merged(self) -> None:
        for n, one in enumerate(self.people):
            root = self.model.root(n)
            assert file_of(one.pk) == self.people[root].pk
            if root == n and n not in self.model.erased:
                assert {self.number[pk] for pk in member_ids(one.pk)} == self.model.file(n)

    @invariant()
    def identities_notes_and_records_are_reachable(self) -> None:
        for n in {self.model.root(n) for n in range(PEOPLE)} - self.model.erased:
            one, members = self.people[n], self.model.file(n)
            shown = [identity.value for identity in read_file(self.actor, one.pk).identities]
            assert sorted(shown) == sorted(self.values[held.value] for held in self.model.of_file(n))
            notes = Note.objects.filter(customer__in=member_ids(one.pk)).order_by("pk")
            assert list(notes.values_list("text", flat=True)) == [
                t for owner, t in self.model.notes if owner in members
            ]
            records = ActRecord.objects.filter(subject_type="customer", subject_id__in=member_ids(one.pk))
            assert records.count() == sum(owner in members for owner in self.model.records)
        stored = Identity.objects.filter(customer__in=self.people)
        assert stored.count() == len(self.model.held), "none is lost but by erasure"

    @invariant()
    def search_finds_whole_files(self) -> None:
        for value, text in enumerate(self.values):
            found = {self.number.get(one.id) for one in search_customers(self.actor, text)}
            assert self.holders(value) - self.model.erased <= found, "and others, that are written alike"
            assert not found & self.model.into.keys()
        for n, letter in enumerate("abcde"):
            found = {self.number.get(one.id) for one in search_customers(self.actor, f"prieto{letter}")}
            assert n in self.model.erased or self.model.root(n) in found
            assert not found & self.model.into.keys(), "only files are found, not their parts"

    @invariant()
    def recognition_is_right_and_never_too_certain(self) -> None:
        for value, text in enumerate(self.values):
            answer = recognise(self.actor, [read_clue(ClueKind.EMAIL, text)], at=NOON)
            holders, shared = (
                self.holders(value),
                any(h.is_shared for h in self.model.held if h.value == value and h.is_current),
            )
            known = len(holders) == 1 and not shared and not holders & self.model.erased
            assert (answer.answer is Answer.KNOWN) == known, (answer, holders)
            ever = {self.model.root(held.owner) for held in self.model.held if held.value == value}
            expected = holders if known else ever - self.model.erased
            assert {self.number[one.customer_id] for one in answer.candidates} == expected

    def holders(self, value: int) -> set[int]:
        return {self.model.root(held.owner) for held in self.model.held if held.value == value and held.is_current}


@pytest.mark.django_db
def test_any_sequence_keeps_everything_reachable_and_right() -> None:
    run_state_machine_as_test(
        Files,
        settings=settings(
            max_examples=examples(12),
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
