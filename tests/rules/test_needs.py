"""Rules say what a contact needs of whoever takes it; its work is so from the beginning, and stays so when the customer writes again."""

import pytest

from onhand.contacts.models import Contact
from onhand.contacts.work import tell_lists
from onhand.kernel.errors import ActError
from onhand.kernel.perform import perform
from onhand.routing.models import ContactNeeds, WorkItem
from onhand.routing.router.running import lead_once
from onhand.rules.definitions import read_rule
from onhand.rules.models import RuleExecution
from onhand.rules.running import apply_to_arrival
from onhand.rules.wording import Wording
from onhand.staff.models import Skill, SkillLevel
from tests.factories import NOON, make_actor
from tests.factories.work import make_person, make_seat
from tests.routing.standing import make_queue
from tests.rules.made import definition, make_written, publish

pytestmark = pytest.mark.django_db


def item_of(contact: Contact) -> WorkItem:
    return WorkItem.objects.filter(subject_id=contact.pk, kind="contact.email").latest("pk")


@pytest.fixture
def refunds() -> Skill:
    return Skill.objects.create(key="refunds", name="Refunds")


def needs(queue: int) -> list[dict[str, object]]:
    return [
        {"do": "need_skill", "with": {"skill": "refunds", "level": "3"}},
        {"do": "set_difficulty", "with": {"difficulty": "4"}},
        {"do": "choose_queue", "with": {"queue": queue}},
    ]


def test_what_a_rule_says_is_how_the_work_waits(refunds: Skill) -> None:
    queue = make_queue("Refunds")
    publish(definition("Refunds", actions=needs(queue.pk)))
    contact, message = make_written()
    apply_to_arrival(contact, message, NOON)
    item = item_of(contact)
    assert item.wanted == {"has": "skill:refunds", "from": 3}
    assert (item.difficulty, item.queue_id, item.is_queue_chosen) == (4, queue.pk, True)
    told = RuleExecution.objects.get().done
    assert [one["do"] for one in told] == ["need_skill", "set_difficulty", "choose_queue"]
    assert not any("problem" in one for one in told)


def test_it_is_given_to_who_has_the_skill_and_is_up_to_it(refunds: Skill) -> None:
    publish(definition("Refunds", actions=needs(make_queue("Refunds").pk)))
    able, beginner, unskilled = make_person(), make_person(), make_person()
    for person, hardest in ((able, 5), (beginner, 2), (unskilled, 5)):
        make_seat(person, hardest=hardest)
    for person in (able, beginner):
        SkillLevel.objects.create(representative=person, skill=refunds, level=4)
    contact, message = make_written()
    apply_to_arrival(contact, message, NOON)
    lead_once(NOON)
    assert item_of(contact).holder_id == able.pk


def test_it_still_needs_it_when_the_customer_writes_again(refunds: Skill) -> None:
    queue = make_queue("Refunds")
    contact, _message = make_written()
    tell_lists(contact, NOON)
    for one in needs(queue.pk):
        perform(
            f"routing.{one['do']}",
            actor=make_actor(),
            subject_id=contact.pk,
            arguments=one["with"],
            at=NOON,  # type: ignore[arg-type]
        )
    contact.refresh_from_db()
    contact.needs_answer = False
    contact.save()
    tell_lists(contact, NOON)
    assert item_of(contact).state == "ended"
    contact.needs_answer = True
    contact.save()
    tell_lists(contact, NOON)
    again = item_of(contact)
    assert (again.state, again.difficulty, again.queue_id) == ("waiting", 4, queue.pk)
    assert again.wanted == {"has": "skill:refunds", "from": 3}


def test_several_skills_are_all_needed_and_wrong_ones_are_refused(refunds: Skill) -> None:
    Skill.objects.create(key="law", name="Law")
    contact, _message = make_written()
    tell_lists(contact, NOON)
    for key in ("refunds", "law"):
        perform("routing.need_skill", actor=make_actor(), subject_id=contact.pk, arguments={"skill": key}, at=NOON)
    assert item_of(contact).wanted == {"all": [{"has": "skill:law", "from": 1}, {"has": "skill:refunds", "from": 1}]}
    wrong = (
        ("need_skill", {"skill": "none"}),
        ("need_skill", {"skill": "law", "level": "9"}),
        ("set_difficulty", {"difficulty": "0"}),
        ("choose_queue", {"queue": 999_999}),
    )
    for name, given in wrong:
        with pytest.raises(ActError):
            perform(f"routing.{name}", actor=make_actor(), subject_id=contact.pk, arguments=given, at=NOON)
    assert ContactNeeds.objects.get().difficulty == 1


def test_they_are_told_in_words(refunds: Skill) -> None:
    told = Wording(make_actor()).rule(read_rule(definition("Refunds", actions=needs(make_queue("Refunds").pk))))
    assert told.actions == [
        "let it need a skill (Skill: Refunds; Level at least: 3)",
        "say how hard it is (4)",
        "let it wait in a queue (Refunds)",
    ]
