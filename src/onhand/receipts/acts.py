"""The life of a notice: written, published, passed by those it concerns, withdrawn."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.guidelines.access import visible_guidelines
from onhand.guidelines.book import turn_page
from onhand.kernel.actor import Actor
from onhand.kernel.acts import Run, act, find_act
from onhand.kernel.errors import NotPossible
from onhand.kernel.hints import send_after_commit
from onhand.knowledge.access import visible_articles
from onhand.knowledge.languages import languages
from onhand.receipts import access, fields
from onhand.receipts.documents import Asked, Wording, read_questions, read_texts, wrong_ones
from onhand.receipts.enums import NoticeState
from onhand.receipts.events import NoticePassed, NoticePublished, NoticeWithdrawn
from onhand.receipts.gate import OWN_ACTS
from onhand.receipts.models import Notice
from onhand.receipts.operations import keep_try, lock_receipt, withdraw
from onhand.receipts.subjects import NOTICE
from onhand.receipts.withholding_work import tell_router
from onhand.staff.models import Role, Team

TOPIC = "notices"  # of lists of notices; one's own strip follows `staff:<person>` too
PASSED, NOT_PASSED = "passed", "not passed"


@act(subject=NOTICE, permission=access.WRITE, label=gettext_lazy("Write a notice"), creates=True)
def begin_notice(
    *,
    run: Run,
    texts: fields.Texts,
    questions: fields.Questions | None = None,
    guideline: fields.Guideline = None,
    guideline_version: fields.GuidelineVersion = None,
    article: fields.Article = None,
    roles: fields.Roles | None = None,
    teams: fields.Teams | None = None,
    due_at: fields.DueAt = None,
    acts: fields.WithheldActs | None = None,
    withholds_work: fields.WithholdsWork = False,
    replaces: fields.Replaces = None,
) -> Notice:
    """Write what everybody concerned has to read, and the questions about it. Nobody sees it before it is published."""
    notice = Notice(created_at=run.at, written_by_name=run.actor.name)
    _fill_words(notice, texts, questions or [])
    _fill_about(notice, run.actor, guideline, guideline_version, article, replaces)
    _fill_for(notice, roles or [], teams or [], due_at, acts or [], withholds_work=withholds_work)
    notice.save(force_insert=True)
    send_after_commit(TOPIC)
    return notice


@act(subject=NOTICE, permission=access.WRITE, label=gettext_lazy("Change the draft"), row_only=True)
def write_notice(
    notice: Notice,
    *,
    run: Run,
    texts: fields.Texts,
    questions: fields.Questions | None = None,
    guideline: fields.Guideline = None,
    guideline_version: fields.GuidelineVersion = None,
    article: fields.Article = None,
    roles: fields.Roles | None = None,
    teams: fields.Teams | None = None,
    due_at: fields.DueAt = None,
    acts: fields.WithheldActs | None = None,
    withholds_work: fields.WithholdsWork = False,
    replaces: fields.Replaces = None,
) -> None:
    """Write the draft of a notice anew. One that is published is never changed: write another that takes its place."""
    if notice.state != NoticeState.DRAFT:
        raise NotPossible(_("What was published is never changed. Write a notice that takes its place."))
    _fill_words(notice, texts, questions or [])
    _fill_about(notice, run.actor, guideline, guideline_version, article, replaces)
    _fill_for(notice, roles or [], teams or [], due_at, acts or [], withholds_work=withholds_work)
    send_after_commit(TOPIC)


@act(subject=NOTICE, permission=access.PUBLISH, label=gettext_lazy("Publish the notice"), row_only=True)
def publish_notice(notice: Notice, *, run: Run) -> None:
    """
    Let everybody concerned read it from now on, whoever joins later too. From when it is due, what it withholds is withheld from who has
    not passed. What it takes the place of is withdrawn.
    """
    if notice.state != NoticeState.DRAFT:
        raise NotPossible(_("This notice was published already."))
    if notice.due_at is not None and notice.due_at < run.at:
        raise NotPossible(_("The moment it is due is over. Change the draft first."))
    is_work = notice.withholds_work
    if notice.replaces_id is not None:
        is_work |= withdraw(notice.replaces_id, run, _("“%(title)s” took its place.") % {"title": notice.title})
    notice.due_at = notice.due_at or run.at
    notice.state = NoticeState.PUBLISHED
    notice.published_at, notice.published_by_name = run.at, run.actor.name
    run.publish(NoticePublished(notice.pk, notice.due_at.isoformat(), notice.replaces_id))
    _changed(is_work=is_work)


@act(subject=NOTICE, permission=access.PUBLISH, label=gettext_lazy("Withdraw the notice"), row_only=True)
def withdraw_notice(notice: Notice, *, run: Run, reason: fields.Why) -> None:
    """Take a notice back, or give up a draft. It withholds nothing any more; who passed it keeps their receipt."""
    if notice.state == NoticeState.WITHDRAWN:
        raise NotPossible(_("This notice is withdrawn already."))
    notice.state = NoticeState.WITHDRAWN
    notice.withdrawn_at, notice.withdrawn_by_name, notice.why_withdrawn = run.at, run.actor.name, reason
    run.changed("reason", after=reason)
    run.publish(NoticeWithdrawn(notice.pk))
    _changed(is_work=notice.withholds_work)


@act(
    subject=NOTICE,
    permission=access.READ,
    label=gettext_lazy("Say that you have read and understood it"),
    only_adds=True,
)
def pass_notice(notice: Notice, *, run: Run, answers: fields.Answers | None = None) -> None:
    """
    Say that you have read and understood a notice, and answer its questions. Where an answer is wrong the outcome is “not passed” and names
    the questions to look at again; the try is counted, and you can try again at once.
    """
    given = answers or []
    _require_to_pass(notice, run.actor)
    _require_answers(notice, given)
    receipt = lock_receipt(notice.pk, run.actor, run.at)
    if receipt.passed_at is not None:
        raise NotPossible(_("You have passed this already."))
    wrong = wrong_ones(notice.questions, given)
    tries = keep_try(receipt, given, run.at, is_passed=not wrong)
    run.say_only_this()
    run.changed("outcome", after=NOT_PASSED if wrong else PASSED)
    run.changed("tries", after=tries)
    if wrong:
        run.changed("wrong", after=wrong)
        return
    run.publish(NoticePassed(notice.pk, receipt.representative_id, tries))
    send_after_commit(f"staff:{run.actor.id}", f"work:{run.actor.id}", TOPIC)
    if notice.withholds_work:
        tell_router([receipt.representative_id])


def _require_to_pass(notice: Notice, actor: Actor) -> None:
    """It is out and concerns the actor."""
    if actor.id is None:
        raise NotPossible(_("Somebody has to read this, not the product itself."))
    if not notice.is_published:
        raise NotPossible(_("This notice is not to be read any more."))
    if not Notice.objects.filter(access.concerning(actor), pk=notice.pk).exists():
        raise NotPossible(_("This notice does not concern you."))


def _require_answers(notice: Notice, answers: Sequence[int]) -> None:
    """There is one answer to each question, and it is one of those offered."""
    if len(answers) != len(notice.questions):
        said = {"many": len(notice.questions)}
        raise NotPossible(_("Answer every question: there are %(many)s.") % said, field="answers")
    offered = [len(next(iter(one["words"].values()))["answers"]) for one in notice.questions]
    for place, (answer, many) in enumerate(zip(answers, offered, strict=True), 1):
        if not 1 <= answer <= many:
            raise NotPossible(_("Question %(number)s has no such answer.") % {"number": place}, field="answers")


def _changed(*, is_work: bool) -> None:
    """Something is withheld that was not, or the other way round; `is_work` says that work is."""
    turn_page()
    send_after_commit(TOPIC, "everyone")
    if is_work:
        tell_router(None)


def _fill_words(notice: Notice, texts: Sequence[fields.WordingRow], questions: Sequence[fields.QuestionRow]) -> None:
    known = {code for code, _name in languages()}
    for name, rows in (("texts", texts), ("questions", questions)):
        if any(row.language not in known for row in rows):
            raise NotPossible(_("Choose a language of the list."), field=name)
    notice.texts = read_texts([Wording(row.language, row.title, row.text) for row in texts])
    notice.title = next(iter(notice.texts.values()))["title"]
    asked = [Asked(row.number, row.language, row.question, row.answers, row.right) for row in questions]
    notice.questions = read_questions(asked)


def _fill_about(
    notice: Notice, actor: Actor, guideline: int | None, version: int | None, article: int | None, replaces: int | None
) -> None:
    found = visible_guidelines(actor).filter(pk=guideline).first() if guideline else None
    if guideline and found is None:
        raise NotPossible(_("Choose one of the list."), field="guideline")
    if version is not None and not (found and 0 < version < 2**31 and found.versions.filter(number=version).exists()):
        raise NotPossible(_("There is no such version."), field="guideline_version")
    if article and not visible_articles(actor).filter(pk=article, published__isnull=False).exists():
        raise NotPossible(_("Choose one of the list."), field="article")
    if replaces and (
        replaces == notice.pk or not Notice.objects.filter(pk=replaces, state=NoticeState.PUBLISHED).exists()
    ):
        raise NotPossible(_("Only a published notice can be replaced."), field="replaces")
    notice.guideline_id, notice.guideline_version = guideline, version
    notice.article_id, notice.replaces_id = article, replaces


def _fill_for(
    notice: Notice,
    roles: Sequence[str],
    teams: Sequence[int],
    due_at: datetime | None,
    acts: Sequence[str],
    *,
    withholds_work: bool,
) -> None:
    _require_all("roles", set(roles), set(Role.objects.filter(key__in=roles).values_list("key", flat=True)))
    _require_all("teams", set(teams), set(Team.objects.filter(pk__in=teams).values_list("pk", flat=True)))
    for name in acts:
        if find_act(name) is None or name.startswith(OWN_ACTS):
            raise NotPossible(_("“%(name)s” cannot be withheld.") % {"name": name[:100]}, field="acts")
    notice.role_keys, notice.team_ids = sorted(set(roles)), sorted(set(teams))
    notice.due_at, notice.withheld_acts, notice.withholds_work = due_at, sorted(set(acts)), withholds_work


def _require_all(field: str, given: set[Any], found: set[Any]) -> None:
    if given != found:
        raise NotPossible(_("Choose from the list."), field=field)
