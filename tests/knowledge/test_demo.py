"""What the demo company knows."""

import pytest

from onhand.knowledge.demo.company import LANGUAGES, create_demo_knowledge, demo_articles, demo_responses, letter
from onhand.knowledge.filling import fields_in
from onhand.knowledge.finding import find_articles
from onhand.knowledge.markdown import plain_text
from onhand.knowledge.models import Article, PublishedArticle, StandardResponse
from onhand.knowledge.queries import overdue_articles
from onhand.knowledge.suggesting import suggest_articles
from onhand.knowledge.writing.reading import EASY, read_writing
from onhand.staff.demo import create_demo_staff
from tests.factories import NOON
from tests.knowledge.writing import reader

WRITTEN = {  # what customers write, and the article that answers it
    "en": ("Hello, the kettle you sent arrived broken, the box was smashed. Order 4711.", "A parcel arrived damaged"),
    "es": ("Buenas, quiero devolver unas toallas que no he usado. ¿Me mandan una etiqueta?", "Devolver una compra"),
    "de": (
        "Guten Tag, ich möchte meine Bestellung stornieren, die Größe ist falsch.",
        "Eine Bestellung ändern oder stornieren",
    ),
    "fr": ("Bonjour, ma carte cadeau ne marche pas, le code est refusé. Quel est mon solde ?", "Les cartes cadeaux"),
}


@pytest.mark.django_db
def test_the_demo_knows_what_a_shop_needs() -> None:
    assert create_demo_knowledge(at=NOON) == 0  # nobody who could have written it
    create_demo_staff(at=NOON)
    assert create_demo_knowledge(at=NOON) == 80 + 1 + 30
    assert create_demo_knowledge(at=NOON) == 0
    assert PublishedArticle.objects.count() == Article.objects.count() - 1 == 80
    assert Article.objects.filter(state="to_approve").count() == Article.objects.filter(state="draft").count() == 1
    assert {one.language for one in overdue_articles(reader(), NOON.date())} == set(LANGUAGES)
    assert find_articles(reader(), "broken parcel")[0].title == "A parcel arrived damaged"
    assert find_articles(reader(), "paquete roto")[0].title == "Un paquete llegó dañado"
    assert find_articles(reader(), "wasserkocher entkalcken")[0].title == "Einen Wasserkocher entkalken"
    assert all(sorted(one.texts) == sorted(LANGUAGES) for one in StandardResponse.objects.all())
    for language, (written, title) in WRITTEN.items():
        suggested = suggest_articles(reader(), written, language=language, today=NOON.date(), limit=5)
        assert suggested[0].title == title, [one.title for one in suggested]
    assert not suggest_articles(reader(), "xyzzy", language="en", today=NOON.date(), limit=5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_demo_answers_as_one_should(language: str) -> None:
    for response in demo_responses():
        text = letter(language, response[language])
        writing = read_writing(text, language)
        assert writing.hints == (), (response["name"], writing.hints)
        assert writing.ease is None or writing.ease >= EASY - 10, response["name"]
        assert fields_in(text)[1:] == fields_in(letter("en", response["en"]))[1:]


def test_the_demos_articles_are_in_the_languages_of_their_readers() -> None:
    for article in demo_articles():
        expected = set(LANGUAGES) if article["audience"] == "public" else {"en", "es"}
        assert {key for key in article if isinstance(article[key], dict)} == expected
        assert all(plain_text(article[language]["text"]) for language in expected)
