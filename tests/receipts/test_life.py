"""The life of a notice: written, published, replaced, withdrawn; what was published is never changed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from onhand.guidelines.models import Guideline
from onhand.kernel.errors import ActError, ArgumentsInvalid, NotPermitted, NotPossible, SubjectNotFound
from onhand.kernel.models import ActRecord, EventRecord
from onhand.receipts.enums import NoticeState
from onhand.receipts.models import Notice, Receipt
from tests.factories.staff import make_person, make_team
from tests.guidelines.company import document
from tests.guidelines.company import publish as publish_guideline
from tests.knowledge.writing import make_published
from tests.receipts.reading import NOTE, NOW, QUESTIONS, TEXTS, begin, do, publish, understand

pytestmark = pytest.mark.django_db(transaction=True)


def a_guideline() -> Guideline:
    return publish_guideline("Damage", document(["invoicing.give_goodwill"], [], [('"allow"', "", "", "")]))


def test_begin_notice_and_write_notice_keep_what_is_written() -> None:
    boss, team, guideline = make_person("supervisor"), make_team(), a_guideline()
    article = make_published()
    given: dict[str, Any] = {"guideline": guideline.pk, "guideline_version": 1, "article": article.pk}
    given |= {"roles": ["beginner"], "teams": [team.pk], "acts": [NOTE], "withholds_work": True}
    notice = begin(boss, due_at=(NOW + timedelta(days=3)).isoformat(), **given)
    assert (notice.title, notice.state, notice.written_by_name) == ("Damage within 30 days", "draft", boss.name)
    assert ActRecord.objects.get(act="receipts.begin_notice").after["title"] == "Damage within 30 days"
    assert notice.texts["es"]["title"] == "Daños en 30 días"
    assert [one["right"] for one in notice.questions] == [1, 1]
    assert set(notice.questions[0]["words"]) == {"en", "es"}
    assert (notice.guideline_id, notice.guideline_version, notice.article_id) == (guideline.pk, 1, article.pk)
    assert (notice.role_keys, notice.team_ids, notice.withheld_acts) == (["beginner"], [team.pk], [NOTE])
    outcome = do("write_notice", boss, notice, texts=TEXTS[1:], acts=[NOTE])
    notice.refresh_from_db()
    assert (notice.title, notice.questions, notice.team_ids, notice.withholds_work) == (
        "Daños en 30 días",
        [],
        [],
        False,
    )
    assert outcome.after["title"] == "Daños en 30 días"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"texts": []}, "texts"),
        ({"texts": [TEXTS[0], TEXTS[0]]}, "texts"),
        ({"texts": [TEXTS[0] | {"language": "xx"}]}, "texts"),
        ({"questions": [QUESTIONS[0] | {"right": 3}]}, "questions"),
        ({"questions": [QUESTIONS[0] | {"right": 0}]}, "questions"),
        ({"questions": [QUESTIONS[0] | {"answers": "Only one", "right": 1}]}, "questions"),
        ({"questions": [QUESTIONS[0] | {"answers": "One\n One "}]}, "questions"),
        ({"questions": [QUESTIONS[0] | {"answers": "One\n" + "x" * 301}]}, "questions"),
        ({"questions": [QUESTIONS[0], QUESTIONS[1] | {"right": 1}]}, "questions"),
        ({"questions": [QUESTIONS[0], QUESTIONS[0]]}, "questions"),
        ({"questions": [QUESTIONS[0] | {"number": at} for at in range(11)]}, "questions"),
        ({"roles": ["nobody"]}, "roles"),
        ({"teams": [999_999]}, "teams"),
        ({"acts": ["no.such"]}, "acts"),
        ({"acts": ["receipts.pass_notice"]}, "acts"),
        ({"guideline": 999_999}, "guideline"),
        ({"guideline_version": 1}, "guideline_version"),
        ({"article": 999_999}, "article"),
        ({"replaces": 999_999}, "replaces"),
    ],
)
def test_what_does_not_fit_together_is_named(given: dict[str, Any], field: str) -> None:
    with pytest.raises((NotPossible, ArgumentsInvalid)) as refused:
        begin(make_person("supervisor"), **given)
    assert set(refused.value.fields) == {field}
    assert not Notice.objects.exists()


def test_publish_notice_once_with_the_moment_it_is_due() -> None:
    boss = make_person("supervisor")
    notice = publish(boss)
    assert (notice.state, notice.due_at, notice.published_by_name) == (NoticeState.PUBLISHED, NOW, boss.name)
    assert EventRecord.objects.get(name="receipts.published").payload["notice_id"] == notice.pk
    for name, given in (("publish_notice", {}), ("write_notice", {"texts": TEXTS})):
        with pytest.raises(NotPossible):
            do(name, boss, notice, **given)
    late = begin(boss, due_at=(NOW + timedelta(minutes=1)).isoformat())
    with pytest.raises(NotPossible, match="over"):
        do("publish_notice", boss, late, NOW + timedelta(minutes=2))


def test_the_database_keeps_what_was_published_and_passed() -> None:
    notice = publish(make_person("supervisor"))
    ana = make_person()
    understand(ana, notice)
    for changes in ({"texts": {}}, {"due_at": NOW - timedelta(days=1)}, {"withheld_acts": ["x"]}, {"state": "draft"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Notice.objects.filter(pk=notice.pk).update(**changes)
    for rows in (Receipt.objects.filter(representative=ana), Notice.objects.filter(pk=notice.pk)):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**({"passed_at": None} if rows.model is Receipt else {"title": "Otherwise"}))
        with pytest.raises(IntegrityError), transaction.atomic():
            rows._raw_delete(rows.db)


def test_withdraw_notice_and_one_that_takes_its_place() -> None:
    boss, ana = make_person("supervisor"), make_person()
    first = publish(boss)
    understand(ana, first)
    second = begin(boss, replaces=first.pk)
    assert Notice.objects.get(pk=first.pk).is_published  # until the other is out
    do("publish_notice", boss, second)
    first.refresh_from_db()
    assert (first.state, first.why_withdrawn) == ("withdrawn", "“Damage within 30 days” took its place.")
    do("withdraw_notice", boss, second, reason="A mistake")
    second.refresh_from_db()
    assert (second.state, second.withdrawn_by_name, second.why_withdrawn) == ("withdrawn", boss.name, "A mistake")
    for name, given in (
        ("withdraw_notice", {"reason": "x"}),
        ("publish_notice", {}),
        ("write_notice", {"texts": TEXTS}),
    ):
        with pytest.raises(NotPossible):
            do(name, boss, second, **given)
    with pytest.raises(NotPossible, match="not to be read"):
        understand(boss, publish_and_withdraw(boss))
    assert Receipt.objects.filter(representative=ana, passed_at__isnull=False).count() == 1


def publish_and_withdraw(boss: Any) -> Notice:
    notice = publish(boss)
    do("withdraw_notice", boss, notice, reason="A mistake")
    return notice


def test_who_may_write_publish_and_pass() -> None:
    boss, ana = make_person("supervisor"), make_person()
    notice = begin(boss)
    for name, given in (
        ("write_notice", {"texts": TEXTS}),
        ("publish_notice", {}),
        ("withdraw_notice", {"reason": "x"}),
    ):
        with pytest.raises(NotPermitted):
            do(name, ana, notice, **given)
    with pytest.raises(NotPermitted):
        begin(ana)
    with pytest.raises(SubjectNotFound):  # a draft is nobody's but who writes them
        understand(ana, notice)
    with pytest.raises(NotPossible):
        understand(boss, notice)
    assert not Receipt.objects.exists()


def test_a_wrong_answer_is_a_try_that_is_kept_and_names_the_question() -> None:
    ana, notice = make_person(), publish(make_person("supervisor"))
    outcome = understand(ana, notice, answers=(1, 2))
    assert outcome.after == {"outcome": "not passed", "tries": 1, "wrong": [1]}
    receipt = Receipt.objects.get(representative=ana)
    assert (receipt.passed_at, receipt.tries, receipt.answers) == (None, 1, [1, 2])
    outcome = understand(ana, notice, at=NOW + timedelta(minutes=1))
    assert outcome.after == {"outcome": "passed", "tries": 2}
    receipt.refresh_from_db()
    assert (receipt.read_at, receipt.passed_at) == (NOW, NOW + timedelta(minutes=1))
    assert (receipt.tries, receipt.answers) == (2, [2, 2])
    with pytest.raises(NotPossible, match="already"):
        understand(ana, notice)
    assert ActRecord.objects.filter(act="receipts.pass_notice").count() == 2
    assert EventRecord.objects.filter(name="receipts.passed").count() == 1


@pytest.mark.parametrize("answers", [(), (2,), (2, 2, 2), (0, 2), (3, 2), (-1, 2), (2, 9_000_000_000)])
def test_answers_that_are_none_leave_nothing(answers: tuple[int, ...]) -> None:
    ana, notice = make_person(), publish(make_person("supervisor"))
    with pytest.raises(ActError) as refused:
        understand(ana, notice, answers=answers)
    assert "answers" in refused.value.fields
    assert not Receipt.objects.exists()


def test_without_questions_saying_so_is_enough() -> None:
    ana, notice = make_person(), publish(make_person("supervisor"), questions=[])
    assert do("pass_notice", ana, notice).after["outcome"] == "passed"
    assert Receipt.objects.get().tries == 1


def test_it_concerns_roles_in_teams_and_nobody_else() -> None:
    boss, team = make_person("supervisor"), make_team()
    notice = publish(boss, roles=["beginner", "ai"], teams=[team.pk])
    inside = make_person("beginner", teams=(team,))
    assert understand(inside, notice).after["outcome"] == "passed"
    for outside in (make_person("beginner"), make_person("representative", teams=(team,))):
        with pytest.raises(SubjectNotFound):
            understand(outside, notice)
    with pytest.raises(NotPossible, match="not concern you"):
        understand(boss, notice)
    joined = make_person("beginner")
    joined.teams.add(team)  # concerned from now on
    assert understand(joined, notice).after["outcome"] == "passed"
    inside.teams.clear()
    assert Receipt.objects.filter(representative=inside).exists()  # what somebody passed stays
