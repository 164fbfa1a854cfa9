"""What guidelines decide before an act: one answer for everybody, kept with its reasons."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils.translation import gettext_lazy

from onhand.customers.models import Customer
from onhand.guidelines import book
from onhand.guidelines.answers import Said
from onhand.guidelines.documents import Words, as_json
from onhand.guidelines.facts import Fact, Source, forget_facts, register_facts
from onhand.guidelines.feel.values import Value
from onhand.guidelines.models import Given
from onhand.guidelines.tables import HitPolicy
from onhand.guidelines.voices import Voice, forget_voice, register_voice
from onhand.invoicing.models import Document as Invoice
from onhand.kernel.actor import Actor, ActorKind, Via, system_actor
from onhand.kernel.bulk import decide_for_all
from onhand.kernel.decisions import Answer, NeedsApproval, Question, Refused
from onhand.kernel.errors import IdentityNeeded
from onhand.kernel.models import ActRecord
from onhand.kernel.money import Money
from onhand.kernel.perform import Outcome, perform
from tests.factories import make_customer
from tests.guidelines.company import document, nothing_laid_down, publish, somebody
from tests.invoicing.documents import NOW

pytestmark = pytest.mark.django_db(transaction=True)
GOODWILL = "invoicing.give_goodwill"


def give(minor: int, actor: Actor | None = None, to: Customer | None = None, **more: Any) -> Outcome:
    arguments = {"amount": Money(minor, more.pop("currency", "EUR")).as_json(), "reason": "A long wait"}
    subject = to or make_customer()
    return perform(GOODWILL, actor=actor or somebody(), arguments=arguments, at=NOW, subject_id=subject.pk, **more)


def test_what_gives_something_away_asks_where_nothing_is_laid_down() -> None:
    nothing_laid_down()
    with pytest.raises(NeedsApproval) as asked:
        give(100)
    assert asked.value.decision.may_approve == ("supervisor", "administrator")
    assert asked.value.decision.rule == "no-guideline"
    assert not Invoice.objects.exists()
    assert give(100, somebody("supervisor", 8)).decision.answer is Answer.ALLOW  # who is asked need not ask
    assert give(100, system_actor("rules")).decision.answer is Answer.ALLOW
    note = {"text": "She called."}
    perform("customers.add_note", actor=somebody(), arguments=note, at=NOW, subject_id=make_customer().pk)


def test_a_table_allows_asks_and_refuses_and_the_record_says_which_row() -> None:
    nothing_laid_down()
    words = {
        "much": Words(
            {"en": "{amount given} {currency} is a lot.", "es": "Es mucho."},
            {"en": "I ask my colleague.", "es": "Pregunto."},
        )
    }
    rows = [
        ("<= 20", '"allow"', "", "", ""),
        ("(20..100]", '"ask"', '"senior"', "", '"much"'),
        ("> 100", '"refuse"', "", "", '"much"'),
    ]
    made = publish("Goodwill", document([GOODWILL], ["amount given"], rows, words=words))
    ana = make_customer(language="es")
    done = give(2000, to=ana)
    record = ActRecord.objects.get(pk=done.record_id)
    assert record.decision["rule"] == f"guideline:{made.pk}"
    assert record.decision["known"]["amount given"] == "20.00"
    assert record.decision["said"][0]["rows"][0]["row"] == 1
    with pytest.raises(NeedsApproval) as asked:
        give(2001, to=ana)
    decision = asked.value.decision
    assert (decision.reason, decision.words) == ("20.01 EUR is a lot.", "Pregunto.")
    assert decision.may_approve == ("senior",)
    assert asked.value.as_json()["decision"]["words"] == "Pregunto."
    with pytest.raises(Refused) as refused:
        give(10_001, somebody("administrator"), ana)
    assert refused.value.code == "refused"
    assert Given.objects.values_list("customer_id", "minor").get() == (ana.pk, 2000)


def test_the_stricter_wins_and_all_are_kept() -> None:
    publish(
        "Mondays",
        document(
            [GOODWILL],
            ["weekday"],
            [('"Tuesday"', '"refuse"', "", "", ""), ("-", '"allow"', "", "", "")],
            policy=HitPolicy.FIRST,
        ),
    )
    with pytest.raises(Refused) as refused:
        give(100)  # the day of the tests is a Tuesday
    said = refused.value.decision.as_json()["said"]
    assert [one["answer"] for one in said] == ["refuse", "allow"]


def test_everybody_gets_the_same_answer() -> None:
    nothing_laid_down()
    publish(
        "Goodwill",
        document(
            [GOODWILL], ["amount given"], [("<= 20", '"allow"', "", "", ""), ("> 20", '"ask"', '"supervisor"', "", "")]
        ),
    )
    for kind in (ActorKind.PERSON, ActorKind.SERVICE, ActorKind.AI, ActorKind.SYSTEM):
        for via in Via:
            actor = somebody(kind=kind, via=via)
            with pytest.raises(NeedsApproval):
                give(2001, actor)
            assert give(2000, actor).decision.answer is Answer.ALLOW


def test_a_gap_and_a_contradiction_fall_back_to_the_safe_answer() -> None:
    nothing_laid_down()
    publish(
        "With a gap",
        document(
            [GOODWILL], ["amount given"], [("<= 20", '"allow"', "", "", ""), ("[10..30]", '"refuse"', "", "", "")]
        ),
    )
    with pytest.raises(NeedsApproval, match="contradicts itself"):
        give(1500)
    with pytest.raises(NeedsApproval, match="No guideline says"):
        give(5000)


def test_most_is_what_may_be_given_alone() -> None:
    nothing_laid_down()
    publish(
        "Up to",
        document(
            [GOODWILL],
            ["role"],
            [('"beginner"', '"allow"', "", "5", ""), ("-", '"allow"', '"supervisor"', "30", "")],
            policy=HitPolicy.FIRST,
        ),
    )
    give(3000)
    with pytest.raises(NeedsApproval, match=r"more than the €30\."):
        give(3001)
    with pytest.raises(Refused, match=r"more than the €5\.") as refused:
        give(501, somebody("beginner"))
    assert refused.value.code == "refused"
    with pytest.raises(NeedsApproval, match="more than the ¥30"):
        give(31, currency="JPY")


def test_a_guideline_can_ask_that_the_customer_is_better_identified() -> None:
    nothing_laid_down()
    outputs = ("answer", "identification")
    publish("Strict", document([GOODWILL], ["amount given"], [("-", '"allow"', "9")], outputs))
    with pytest.raises(IdentityNeeded):
        give(100, somebody(permissions=somebody().permissions - {"customers.work_without_contact"}))


def test_somebody_else_approves_with_authority_of_their_own() -> None:
    nothing_laid_down()
    rows = [
        ("<= 20", '"allow"', "", "", ""),
        ("(20..500]", '"ask"', '"supervisor"', "", ""),
        ("> 500", '"refuse"', "", "", ""),
    ]
    publish("Goodwill", document([GOODWILL], ["amount given"], rows))
    asker, ana = somebody(), make_customer()
    done = give(10_000, asker, ana, approver=somebody("supervisor", 8))
    record = ActRecord.objects.get(pk=done.record_id)
    assert (record.actor_id, record.decision["approved_by"]["id"]) == (7, 8)
    with pytest.raises(NeedsApproval):
        give(10_000, asker, ana, approver=somebody("senior", 9))
    with pytest.raises(Refused, match="themselves"):
        give(10_000, asker, ana, approver=somebody("supervisor", 7))
    with pytest.raises(Refused):
        give(60_000, asker, ana, approver=somebody("supervisor", 8))
    assert Invoice.objects.count() == 1


def test_a_fact_nobody_knows_any_more_asks() -> None:
    def weather(_question: Question) -> dict[str, Value]:
        return {"weather": "rain"}

    nothing_laid_down()
    register_facts(
        Source("tests", gettext_lazy("Tests"), (Fact("weather", "string", gettext_lazy("Outside.")),), weather)
    )
    try:
        publish("Weather", document([GOODWILL], ["weather"], [('"rain"', '"allow"', "", "", "")]))
        assert give(100).decision.known["weather"] == '"rain"'
    finally:
        forget_facts("tests")
    book.forget()  # as a process that starts with the next version of the product
    with pytest.raises(NeedsApproval, match="no fact “weather”"):
        give(100)


def test_a_published_guideline_holds_from_its_moment_on() -> None:
    nothing_laid_down()
    made = publish("Now", document([GOODWILL], [], [('"allow"', "", "", "")]))
    later = NOW + timedelta(hours=1)
    actor = system_actor("tests")
    text = json.dumps(as_json(document([GOODWILL], [], [('"refuse"', "", "", "")])))
    for act, arguments in (
        ("write_draft", {"document": text}),
        ("submit_guideline", {}),
        ("publish_guideline", {"effective_from": later.isoformat()}),
    ):
        perform(f"guidelines.{act}", actor=actor, arguments=arguments, at=NOW, subject_id=made.pk)
    ana = make_customer()
    give(100, to=ana)
    arguments = {"amount": Money(100, "EUR").as_json(), "reason": "x"}
    with pytest.raises(Refused):
        perform(GOODWILL, actor=somebody(), arguments=arguments, at=later, subject_id=ana.pk)


def test_what_gives_something_away_is_never_done_to_many_at_once() -> None:
    with pytest.raises(TypeError, match="act by act"):
        decide_for_all(GOODWILL, actor=somebody(), at=NOW)


def test_an_app_above_has_a_say_that_counts_like_a_guideline_s() -> None:
    def says(question: Question, _number: int) -> list[Said]:
        if question.act != GOODWILL or question.actor.role == "administrator":
            return []
        return [Said(Answer.REFUSE, "Read “Goodwill from May on” first.", "notice:4", "1")]

    register_voice(Voice("test", says))
    try:
        ana = make_customer()
        with pytest.raises(Refused) as refused:
            give(100, somebody("supervisor"), ana)
        assert refused.value.decision.rule == "notice:4"
        assert {one["rule"] for one in refused.value.decision.said} > {"notice:4"}  # what the tables say is kept beside
        assert give(100, somebody("administrator", 9), ana).decision.answer is Answer.ALLOW
    finally:
        forget_voice("test")
