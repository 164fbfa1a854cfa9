"""Articles: written, approved by somebody else, published, reviewed, withdrawn; versions that stay as they were."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from onhand.kernel.errors import NotPermitted, NotPossible, SubjectNotFound
from onhand.kernel.perform import perform
from onhand.knowledge.access import visible_articles
from onhand.knowledge.enums import ArticleState, Audience
from onhand.knowledge.finding import find_articles
from onhand.knowledge.models import Article, ArticleVersion, PublishedArticle
from onhand.knowledge.queries import overdue_articles, read_article, waiting_articles
from tests.factories import NOON, make_actor, make_representative
from tests.knowledge.writing import APPROVER, AUTHOR, act_on, make_article, make_published, reader, without

pytestmark = pytest.mark.django_db


def test_write_article_makes_a_draft_nobody_else_reads() -> None:
    given = {"title": "Kettles", "body": "They boil.", "language": "en", "keywords": "kettle, boiler ,kettle"}
    done = perform("knowledge.write_article", actor=AUTHOR, arguments=given, at=NOON)
    article = Article.objects.get(pk=done.subject_id or 0)
    assert (article.state, article.newest, article.published_id) == (ArticleState.DRAFT, 1, None)
    assert article.keywords == ["kettle", "boiler"]
    assert article.audience == Audience.INTERNAL
    version = article.versions.get()
    assert (version.number, version.author_name, version.written_at) == (1, "Ana Prieto", NOON)
    assert list(visible_articles(reader())) == []
    assert find_articles(reader(), "kettle") == []
    with pytest.raises(SubjectNotFound):
        read_article(reader(), article.pk)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"language": "xx"}, "language"),
        ({"keywords": ",".join(map(str, range(21)))}, "keywords"),
        ({"review_on": "2026-11-21"}, "review_on"),
        ({"owner": 424242}, "owner"),
        ({"translation_of": 424242}, "translation_of"),
    ],
)
def test_write_article_says_which_field_is_at_fault(given: dict[str, Any], field: str) -> None:
    with pytest.raises(NotPossible) as error:
        make_article(**given)
    assert field in error.value.fields


def test_approve_article_is_for_somebody_else() -> None:
    article = make_article()
    with pytest.raises(NotPossible):
        act_on(article, "approve_article", actor=APPROVER)  # not submitted
    article = act_on(article, "submit_article")
    with pytest.raises(NotPossible):
        act_on(article, "submit_article")
    with pytest.raises(NotPossible, match="Somebody else"):
        act_on(article, "approve_article", actor=AUTHOR)
    with pytest.raises(NotPermitted):
        act_on(article, "approve_article", actor=without(APPROVER, "knowledge.approve"))
    assert [one.pk for one in waiting_articles(APPROVER)] == [article.pk]
    assert list(waiting_articles(AUTHOR)) == list(waiting_articles(reader())) == []
    article = act_on(article, "approve_article", actor=APPROVER, review_on="2027-05-01")
    assert (article.state, article.published_by, article.review_on) == ("published", "Marta Ibáñez", date(2027, 5, 1))
    shown = read_article(reader(), article.pk)
    assert (shown.title, shown.body, shown.number) == ("Returning a kettle", "Send it back within **30 days**.", 1)


def test_who_wrote_only_a_word_of_what_is_new_cannot_approve_it() -> None:
    third = make_actor(id=7, name="Third")
    article = make_published()
    article = act_on(article, "change_article", actor=APPROVER, title="A", body="B", audience="public")
    article = act_on(article, "change_article", actor=AUTHOR, title="A", body="C", audience="public")
    article = act_on(article, "submit_article")
    assert list(waiting_articles(APPROVER)) == []
    with pytest.raises(NotPossible):
        act_on(article, "approve_article", actor=APPROVER)
    assert act_on(article, "approve_article", actor=third).state == "published"
    # What they wrote before is published by somebody else meanwhile: it does not stop them any more.
    article = act_on(article, "change_article", actor=third, title="A", body="D", audience="public")
    assert act_on(act_on(article, "submit_article"), "approve_article", actor=APPROVER).newest == 4


def test_change_article_leaves_the_published_version_until_the_new_one_is_approved() -> None:
    article = make_published(audience="public")
    article = act_on(
        article,
        "change_article",
        title="Returning anything",
        body="Within 60 days.",
        audience="internal",
        note="new rule",
    )
    assert (article.state, article.newest) == ("draft", 2)
    assert read_article(reader(), article.pk).title == "Returning a kettle"
    assert [one.audience for one in find_articles(reader(), "kettle")] == ["public"]
    with pytest.raises(NotPossible):
        act_on(article, "change_article", title="Returning anything", body="Within 60 days.", audience="internal")
    act_on(act_on(article, "submit_article"), "approve_article", actor=APPROVER)
    assert find_articles(reader(), "kettle") == find_articles(reader(), "60 days", audience="public") == []
    assert [one.title for one in find_articles(reader(), "60 days")] == ["Returning anything"]


def test_restore_version_makes_a_new_one_of_an_old() -> None:
    article = act_on(make_published(), "change_article", title="Other", body="Other", audience="public")
    article = act_on(article, "restore_version", number=1)
    assert (article.title, article.newest, article.state, article.audience) == (
        "Returning a kettle",
        3,
        "draft",
        "internal",
    )
    for number in (3, 0, 99, -1, 2**40):
        with pytest.raises(NotPossible):
            act_on(article, "restore_version", number=number)


def test_return_article_says_why() -> None:
    article = act_on(make_article(), "submit_article")
    done = perform(
        "knowledge.return_article",
        actor=APPROVER,
        subject_id=article.pk,
        arguments={"reason": "Name the warehouse."},
        at=NOON,
    )
    assert done.after == {"state": "draft", "reason": "Name the warehouse."}
    with pytest.raises(NotPossible):
        act_on(article, "return_article", reason="Again.", actor=APPROVER)


def test_describe_article_changes_how_it_is_found_at_once() -> None:
    owner = make_representative("Priya Nair")
    article = make_published()
    assert find_articles(reader(), "refund") == []
    article = act_on(
        article,
        "describe_article",
        category="Returns",
        keywords="refund",
        owner=owner.pk,
        review_on="2027-01-01",
        public_url="https://shop.example/help",
    )
    found = find_articles(reader(), "refund")
    assert [(one.category, one.public_url) for one in found] == [("Returns", "https://shop.example/help")]
    assert read_article(reader(), article.pk).owner == "Priya Nair"
    for wrong in ("javascript:alert(1)", "shop.example", "https://a b"):
        with pytest.raises(NotPossible):
            act_on(article, "describe_article", public_url=wrong)


def test_confirm_article_and_what_is_overdue() -> None:
    article = act_on(act_on(make_article(review_on="2026-12-01"), "submit_article"), "approve_article", actor=APPROVER)
    make_article("Draft", review_on="2026-12-01")
    assert list(overdue_articles(reader(), date(2026, 11, 30))) == []
    assert [one.pk for one in overdue_articles(reader(), date(2026, 12, 1))] == [article.pk]
    assert find_articles(reader(), "", today=date(2026, 12, 1))[0].is_overdue
    with pytest.raises(NotPossible):
        act_on(article, "confirm_article", next_review="2026-11-21")
    act_on(article, "confirm_article", next_review="2027-12-01")
    assert list(overdue_articles(reader(), date(2026, 12, 1))) == []
    with pytest.raises(NotPossible):
        act_on(make_article("Another"), "confirm_article", next_review="2027-12-01")


def test_withdraw_article_and_take_up_article() -> None:
    article = act_on(make_published(), "withdraw_article", actor=APPROVER)
    assert (article.state, article.published_id) == ("withdrawn", None)
    assert not PublishedArticle.objects.exists()
    for act, given in (
        ("withdraw_article", {}),
        ("change_article", {"title": "A", "body": "B", "audience": "public"}),
        ("restore_version", {"number": 1}),
        ("submit_article", {}),
    ):
        with pytest.raises(NotPossible):
            act_on(article, act, actor=APPROVER, **given)
    article = act_on(article, "take_up_article")
    assert article.state == "draft"
    with pytest.raises(NotPossible):
        act_on(article, "take_up_article")


def test_translations_belong_together() -> None:
    english = make_published()
    spanish = make_published("Devolver un hervidor", "En 30 días.", language="es", translation_of=english.pk)
    french = make_article("Retour", "30 jours", language="fr", translation_of=spanish.pk)
    assert french.original_id == english.pk
    assert read_article(reader(), english.pk).translations == ((spanish.pk, "es", "Devolver un hervidor"),)
    assert read_article(reader(), spanish.pk).translations == ((english.pk, "en", "Returning a kettle"),)
    for language in ("en", "es"):
        with pytest.raises(NotPossible) as error:
            make_article("Twice", "Twice", language=language, translation_of=english.pk)
        assert "language" in error.value.fields


def test_versions_are_never_changed() -> None:
    make_article()
    for statement in (
        "update knowledge_articleversion set body = 'x'",
        "delete from knowledge_articleversion",
        "truncate knowledge_articleversion, knowledge_article, knowledge_publishedarticle cascade",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert ArticleVersion.objects.get().body == "Send it back within **30 days**."


def test_the_record_names_versions_not_texts() -> None:
    article = make_published()
    done = perform(
        "knowledge.change_article",
        actor=AUTHOR,
        subject_id=article.pk,
        arguments={"title": "T", "body": "B", "audience": "internal", "note": "shorter"},
        at=NOON + timedelta(days=1),
    )
    assert done.before == {"title": "Returning a kettle", "state": "published", "newest": 1}
    assert done.after == {"title": "T", "state": "draft", "newest": 2, "note": "shorter"}
