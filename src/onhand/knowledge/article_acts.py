"""What can be done with articles."""

import re
from datetime import date
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.arguments import require_offered
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.knowledge import access
from onhand.knowledge.enums import ArticleState, Audience
from onhand.knowledge.languages import languages
from onhand.knowledge.models import LONGEST_BODY, LONGEST_TITLE, Article, ArticleVersion
from onhand.knowledge.operations import add_version, put_out, take_in
from onhand.knowledge.subjects import ARTICLE, ORIGINAL, OWNER
from onhand.staff.access import visible_representatives

MOST_KEYWORDS = 20
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")

Title = Annotated[str, Field(label=gettext_lazy("Title"), max_length=LONGEST_TITLE, current=lambda a: a.title)]
Body = Annotated[
    str,
    Field(
        label=gettext_lazy("Text"),
        help=gettext_lazy("In Markdown: # heading, - list, **bold**, [words](address)."),
        widget="markdown",
        max_length=LONGEST_BODY,
        current=lambda a: a.body,
    ),
]
ForWhom = Annotated[Audience, Field(label=gettext_lazy("Audience"), current=lambda a: a.audience)]
Category = Annotated[str, Field(label=gettext_lazy("Category"), max_length=60, current=lambda a: a.category)]
Keywords = Annotated[
    str,
    Field(
        label=gettext_lazy("Keywords"),
        help=gettext_lazy("Other words people look for, with commas between them."),
        max_length=600,
        current=lambda a: ", ".join(a.keywords),
    ),
]
Owner = Annotated[
    int | None,
    Field(
        label=gettext_lazy("Owner"),
        help=gettext_lazy("Who answers for it and reviews it."),
        reference=OWNER,
        current=lambda a: a.owner_id,
    ),
]
ReviewOn = Annotated[
    date | None,
    Field(
        label=gettext_lazy("Review on"),
        help=gettext_lazy("From this day it is listed as overdue for review."),
        current=lambda a: a.review_on,
    ),
]
Note = Annotated[str, Field(label=gettext_lazy("What was changed"), max_length=300)]
PublicUrl = Annotated[
    str,
    Field(
        label=gettext_lazy("Where customers read it"),
        help=gettext_lazy("The address of its page on your website, if there is one. It can then be sent as a link."),
        max_length=500,
        current=lambda a: a.public_url,
    ),
]


@act(subject=ARTICLE, creates=True, permission=access.WRITE, label=gettext_lazy("Write an article"))
def write_article(
    *,
    run: Run,
    title: Title,
    language: Annotated[str, Field(label=gettext_lazy("Language"), widget="language", options=languages)],
    body: Body,
    audience: ForWhom = Audience.INTERNAL,
    category: Category = "",
    keywords: Keywords = "",
    owner: Owner = None,
    review_on: ReviewOn = None,
    translation_of: Annotated[int | None, Field(label=gettext_lazy("Translation of"), reference=ORIGINAL)] = None,
) -> Article:
    """Write a new article, or a translation of one. It is a draft until somebody else has approved it."""
    require_offered("language", language, languages())
    article = Article.objects.create(
        language=language,
        original=_original(run, translation_of, language),
        title=title,
        body=body,
        audience=audience,
        category=category,
        keywords=read_keywords(keywords),
        owner_id=_owner(run, owner),
        review_on=_still_to_come(run, review_on),
        changed_at=run.at,
    )
    add_version(article, actor=run.actor, at=run.at)
    return article


@act(subject=ARTICLE, permission=access.WRITE, label=gettext_lazy("Change the text"))
def change_article(article: Article, *, run: Run, title: Title, body: Body, audience: ForWhom, note: Note = "") -> None:
    """Write a new version of an article. What is published stays so until the new version is approved."""
    if article.state == ArticleState.WITHDRAWN:
        raise NotPossible(_("This article is withdrawn. Take it up again first."))
    if (article.title, article.body, article.audience) == (title, body, audience):
        raise NotPossible(_("Nothing was changed."))
    article.title, article.body, article.audience = title, body, audience
    _new_version(article, run, note)


@act(subject=ARTICLE, permission=access.WRITE, label=gettext_lazy("Go back to an earlier version"))
def restore_version(
    article: Article,
    *,
    run: Run,
    number: Annotated[int, Field(label=gettext_lazy("Number of the version"))],
) -> None:
    """Take what an earlier version said as a new version, to be approved like any other."""
    if article.state == ArticleState.WITHDRAWN:
        raise NotPossible(_("This article is withdrawn. Take it up again first."))
    earlier = ArticleVersion.objects.filter(article=article, number=min(max(number, 0), 2**31 - 1)).first()
    if earlier is None or number == article.newest:
        raise NotPossible(_("Give the number of an earlier version."), field="number")
    article.title, article.body, article.audience = earlier.title, earlier.body, Audience(earlier.audience)
    _new_version(article, run, _("as version %(number)s") % {"number": number})


@act(subject=ARTICLE, permission=access.WRITE, label=gettext_lazy("Change category, keywords and owner"))
def describe_article(
    article: Article,
    *,
    run: Run,
    category: Category = "",
    keywords: Keywords = "",
    owner: Owner = None,
    review_on: ReviewOn = None,
    public_url: PublicUrl = "",
) -> None:
    """Change how an article is filed: category, keywords, owner, when it is reviewed, and where customers read it."""
    if public_url and not _ADDRESS.fullmatch(public_url):
        raise NotPossible(_("Give a whole address, such as https://example.com/help."), field="public_url")
    article.category = category
    article.keywords = read_keywords(keywords)
    article.owner_id = _owner(run, owner, now=article.owner_id)
    article.review_on = review_on if review_on == article.review_on else _still_to_come(run, review_on)
    article.public_url = public_url
    article.changed_at = run.at
    if article.published_id:
        put_out(article, ArticleVersion.objects.get(pk=article.published_id))


@act(subject=ARTICLE, permission=access.WRITE, label=gettext_lazy("Submit for approval"))
def submit_article(article: Article, *, run: Run) -> None:
    """Say that the newest version is finished, so that somebody else can approve it."""
    _require_state(article, ArticleState.DRAFT, _("Only a draft can be submitted."))
    article.state = ArticleState.TO_APPROVE
    article.changed_at = run.at


@act(subject=ARTICLE, permission=access.APPROVE, label=gettext_lazy("Approve and publish"))
def approve_article(article: Article, *, run: Run, review_on: ReviewOn = None) -> None:
    """Publish the newest version in place of the one before. Whoever wrote any of what is new cannot approve it."""
    _require_state(article, ArticleState.TO_APPROVE, _("There is nothing to approve: the article was not submitted."))
    unseen = ArticleVersion.objects.filter(article=article)
    if article.published_id:
        unseen = unseen.filter(pk__gt=article.published_id)
    if unseen.filter(author_id=run.actor.id, author_id__isnull=False).exists():
        raise NotPossible(_("You wrote this yourself. Somebody else has to approve it."))
    newest = ArticleVersion.objects.get(article=article, number=article.newest)
    article.state = ArticleState.PUBLISHED
    article.published = newest
    article.published_at = article.changed_at = run.at
    article.published_by = run.actor.name
    if review_on is not None:
        article.review_on = _still_to_come(run, review_on)
    put_out(article, newest)


@act(subject=ARTICLE, permission=access.APPROVE, label=gettext_lazy("Send back to the author"))
def return_article(
    article: Article,
    *,
    run: Run,
    reason: Annotated[str, Field(label=gettext_lazy("What is to be changed"), widget="textarea", max_length=1_000)],
) -> None:
    """Send what was submitted back, with the reason. What is published stays so."""
    _require_state(article, ArticleState.TO_APPROVE, _("There is nothing to send back: the article was not submitted."))
    article.state = ArticleState.DRAFT
    article.changed_at = run.at
    run.changed("reason", after=reason)


@act(subject=ARTICLE, permission=access.WRITE, label=gettext_lazy("Reviewed: still right"))
def confirm_article(
    article: Article,
    *,
    run: Run,
    next_review: Annotated[date, Field(label=gettext_lazy("Review again on"))],
) -> None:
    """Say that a published article was reviewed and is still right, and when to look at it again."""
    if article.published_id is None:
        raise NotPossible(_("Only a published article is reviewed."))
    article.review_on = _still_to_come(run, next_review, field="next_review")
    article.changed_at = run.at


@act(subject=ARTICLE, permission=access.APPROVE, label=gettext_lazy("Withdraw"))
def withdraw_article(article: Article, *, run: Run) -> None:
    """Take an article out of use: nobody finds it any more. Its versions are kept."""
    if article.state == ArticleState.WITHDRAWN:
        raise NotPossible(_("This article is withdrawn already."))
    take_in(article)
    article.state = ArticleState.WITHDRAWN
    article.published = None
    article.published_at = None
    article.published_by = ""
    article.changed_at = run.at


@act(subject=ARTICLE, permission=access.WRITE, label=gettext_lazy("Take up again"))
def take_up_article(article: Article, *, run: Run) -> None:
    """Make a withdrawn article a draft again."""
    _require_state(article, ArticleState.WITHDRAWN, _("Only a withdrawn article can be taken up again."))
    article.state = ArticleState.DRAFT
    article.changed_at = run.at


def read_keywords(written: str) -> list[str]:
    """Keywords as they are kept: parted at commas, each once; raises NotPossible for too many or too long ones."""
    found = list(dict.fromkeys(word for part in written.split(",") if (word := " ".join(part.split()))))
    if len(found) > MOST_KEYWORDS or any(len(word) > 60 for word in found):
        raise NotPossible(_("Give at most 20 keywords of at most 60 letters."), field="keywords")
    return found


def _new_version(article: Article, run: Run, note: str) -> None:
    article.newest += 1
    article.state = ArticleState.DRAFT
    article.changed_at = run.at
    add_version(article, actor=run.actor, at=run.at, note=note)
    run.changed("note", after=note or None)


def _require_state(article: Article, state: ArticleState, words: str) -> None:
    if article.state != state:
        raise NotPossible(words)


def _still_to_come(run: Run, day: date | None, field: str = "review_on") -> date | None:
    if day is not None and day <= run.at.date():
        raise NotPossible(_("Give a day that is still to come."), field=field)
    return day


def _owner(run: Run, owner: int | None, now: int | None = None) -> int | None:
    if (
        owner is not None
        and owner != now
        and not visible_representatives(run.actor).filter(pk=owner, is_active=True).exists()
    ):
        raise NotPossible(_("Choose one of the list."), field="owner")
    return owner


def _original(run: Run, original_id: int | None, language: str) -> Article | None:
    if original_id is None:
        return None
    original = access.visible_articles(run.actor).filter(pk=original_id).first()
    if original is None:
        raise NotPossible(_("Choose one of the list."), field="translation_of")
    root = original.original or original
    if root.language == language or root.translations.filter(language=language).exists():
        raise NotPossible(_("There is this article in this language already."), field="language")
    return root
