"""Notices over REST and MCP: what the caller has to read, and one with its questions. Passing one is an act."""

from datetime import datetime
from typing import Literal

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router, Schema
from pydantic import ConfigDict, Field

from onhand.kernel.actor import Actor
from onhand.kernel.errors import SubjectNotFound
from onhand.receipts.access import READ, visible_notices
from onhand.receipts.documents import language_found, questions_in, text_in, title_in
from onhand.receipts.enums import NoticeState
from onhand.receipts.models import Notice, Receipt
from onhand.receipts.operations import note_opened
from onhand.receipts.queries import concerns, receipt_of, to_read, was_read
from onhand.web.addresses import address_of
from onhand.web.api.callers import caller
from onhand.web.api.schemas import Id, Page, SentId

router = Router(tags=["notices"])
Language = Field(default="en", max_length=10, description="The language to read it in; else English, else any.")


class NoticeLine(Schema):
    """A notice in a list."""

    notice_id: int
    url: str = Field(description="Where to read it.")
    title: str
    language: str = Field(description="The language the title is in.")
    state: NoticeState
    due_at: datetime | None = Field(description="From when on what it withholds is withheld.")
    withheld_acts: list[str] = Field(description="The acts refused to who has not passed.")
    withholds_work: bool
    passed_at: datetime | None


class Notices(Schema):
    """Notices that concern the caller."""

    notices: list[NoticeLine]
    next: int | None = Field(description="Send it as `after` for the following ones.")


class QuestionShown(Schema):
    """A question, with the answers there are; give the number of one, counted from 1."""

    question: str
    answers: list[str]


class NoticeShown(NoticeLine):
    """A notice with its text and questions."""

    text: str = Field(description="As Markdown.")
    questions: list[QuestionShown]
    is_for_you: bool = Field(description="Whether it concerns the caller.")
    tries: int


class FindNotices(Page):
    """Which notices are asked for."""

    state: Literal["to_read", "read"] = Field(default="to_read", description="Those to be read, or those passed.")
    after: Id | None = Field(default=None, description="“next” of the answer before.")
    language: str = Language


class ReadNotice(Schema):
    """Which notice is read."""

    model_config = ConfigDict(extra="forbid")

    notice_id: SentId
    language: str = Language


class InLanguage(Schema):
    """The language something is read in."""

    language: str = Language


def find(actor: Actor, asked: FindNotices) -> Notices:
    """The notices that concern the caller: to be read, what is due first first; or read, the last first. Raises NotPermitted."""
    actor.require(READ)
    return _to_read(actor, asked) if asked.state == "to_read" else _was_read(actor, asked)


def _to_read(actor: Actor, asked: FindNotices) -> Notices:
    found = to_read(actor)
    last = Notice.objects.filter(pk=asked.after).first() if asked.after else None
    if last is not None:
        found = found.filter(Q(due_at__gt=last.due_at) | Q(due_at=last.due_at, pk__gt=last.pk))
    rows = list(found[: asked.size + 1])
    following = rows[asked.size - 1].pk if len(rows) > asked.size else None
    return Notices(notices=[_line(one, asked.language, None) for one in rows[: asked.size]], next=following)


def _was_read(actor: Actor, asked: FindNotices) -> Notices:
    found = was_read(actor)
    last = Receipt.objects.filter(notice=asked.after, representative=actor.id).first() if asked.after else None
    if last is not None:
        found = found.filter(Q(passed_at__lt=last.passed_at) | Q(passed_at=last.passed_at, pk__lt=last.pk))
    rows = list(found[: asked.size + 1])
    following = rows[asked.size - 1].notice_id if len(rows) > asked.size else None
    lines = [_line(one.notice, asked.language, one.passed_at) for one in rows[: asked.size]]
    return Notices(notices=lines, next=following)


def read(actor: Actor, notice_id: int, language: str) -> NoticeShown:
    """One notice as the caller may see it, without which answers are right. Keeps when it was first opened. Raises SubjectNotFound."""
    actor.require(READ)
    one = visible_notices(actor).filter(pk=notice_id).first()
    if one is None:
        raise SubjectNotFound
    note_opened(actor=actor, notice=one, at=timezone.now())
    receipt = receipt_of(actor, one)
    line = _line(one, language, receipt.passed_at if receipt else None)
    return NoticeShown(
        **line.model_dump(),
        text=text_in(one.texts, language)[1],
        questions=[
            QuestionShown(question=asked.question, answers=list(asked.answers))
            for asked in questions_in(one.questions, language)
        ],
        is_for_you=concerns(actor, one),
        tries=receipt.tries if receipt else 0,
    )


def _line(one: Notice, language: str, passed_at: datetime | None) -> NoticeLine:
    return NoticeLine(
        notice_id=one.pk,
        url=address_of("api:read_notice", one.pk),
        title=title_in(one.texts, language),
        language=language_found(one.texts, language),
        state=NoticeState(one.state),
        due_at=one.due_at,
        withheld_acts=list(one.withheld_acts),
        withholds_work=one.withholds_work,
        passed_at=passed_at,
    )


@router.get(
    "/notices",
    response=Notices,
    operation_id="find_notices",
    summary="Notices that concern you",
    url_name="find_notices",
)
def find_notices(request: HttpRequest, asked: Query[FindNotices]) -> Notices:
    """The notices you have to read, what is due first first; or those you passed."""
    return find(caller(request), asked)


@router.get(
    "/notices/{notice_id}",
    response=NoticeShown,
    operation_id="read_notice",
    summary="A notice with its questions",
    url_name="read_notice",
)
def read_notice(request: HttpRequest, notice_id: Path[Id], asked: Query[InLanguage]) -> NoticeShown:
    """A notice and its questions. Answer them with the act `receipts.pass_notice`."""
    return read(caller(request), notice_id, asked.language)
