"""Notices as subjects of acts, and what they can be about."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from onhand.guidelines.access import visible_guidelines
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.knowledge.access import visible_articles
from onhand.receipts.access import PUBLISH, WRITE, visible_notices
from onhand.receipts.enums import NoticeState
from onhand.receipts.models import Notice

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

NOTICE = "notice"
ABOUT_GUIDELINE, ABOUT_ARTICLE, REPLACED = "receipts.guideline", "receipts.article", "receipts.notice"
MOST = 20
LABELS: "dict[str, _StrOrPromise]" = {
    "title": _("Title"),
    "languages": _("Languages"),
    "questions": _("Questions"),
    "guideline": _("Guideline"),
    "guideline_version": _("Version"),
    "article": _("Article"),
    "roles": _("Roles"),
    "teams": _("Teams"),
    "due_at": _("Due"),
    "acts": _("Withheld acts"),
    "withholds_work": _("Withholds work"),
    "replaces": _("Replaces"),
    "state": _("State"),
    "reason": _("Why"),
    "outcome": _("Outcome"),
    "wrong": _("Questions to look at again"),
    "tries": _("Tries"),
}


def snapshot(one: Notice) -> dict[str, Any]:
    """What acts change on a notice; its words are in the arguments of the act that wrote them."""
    return {
        "title": one.title,
        "languages": list(one.texts),
        "questions": len(one.questions),
        "guideline": one.guideline_id,
        "guideline_version": one.guideline_version,
        "article": one.article_id,
        "roles": list(one.role_keys),
        "teams": list(one.team_ids),
        "due_at": one.due_at.isoformat() if one.due_at else None,
        "acts": list(one.withheld_acts),
        "withholds_work": one.withholds_work,
        "replaces": one.replaces_id,
        "state": str(one.state),
    }


register_subject(
    SubjectType(
        name=NOTICE,
        label=_("Notice"),
        model=Notice,
        visible=visible_notices,
        snapshot=snapshot,
        snapshot_row=snapshot,
        title=lambda one: one.title,
        page=lambda pk: f"/guidelines/notices/{pk}/",
        change_labels=LABELS,
        value_labels={
            "state": dict(NoticeState.choices),
            "outcome": {"passed": _("passed"), "not passed": _("not passed")},
        },
    )
)


def _guidelines(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = visible_guidelines(actor).filter(retired_at=None, name__icontains=typed).order_by("name", "pk")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:MOST]]


def _guideline_name(actor: Actor, pk: int) -> str:
    return visible_guidelines(actor).filter(pk=pk).values_list("name", flat=True).first() or ""


def _articles(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = visible_articles(actor).filter(published_at__isnull=False, title__icontains=typed).order_by("title", "pk")
    return [Option(pk, title) for pk, title in found.values_list("pk", "title")[:MOST]]


def _article_title(actor: Actor, pk: int) -> str:
    return visible_articles(actor).filter(pk=pk).values_list("title", flat=True).first() or ""


def _published(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    if not (actor.may(WRITE) or actor.may(PUBLISH)):
        return []
    found = Notice.objects.filter(state=NoticeState.PUBLISHED, title__icontains=typed).exclude(pk=subject_id or 0)
    return [Option(pk, title) for pk, title in found.order_by("-pk").values_list("pk", "title")[:MOST]]


def _notice_title(actor: Actor, pk: int) -> str:
    return visible_notices(actor).filter(pk=pk).values_list("title", flat=True).first() or ""


register_reference(ReferenceType(ABOUT_GUIDELINE, _guidelines, label=_guideline_name))
register_reference(ReferenceType(ABOUT_ARTICLE, _articles, label=_article_title))
register_reference(ReferenceType(REPLACED, _published, label=_notice_title))
