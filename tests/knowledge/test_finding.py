"""Articles found as one types: stems, accents, beginnings, ranked, marked, in one statement."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onhand.knowledge.finding import MOST_FOUND, FoundArticle, find_articles
from tests.examples import examples
from tests.factories import make_actor
from tests.factories.statements import statements
from tests.knowledge.writing import make_published, reader

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> None:
    make_published(
        "Returning a kettle", "Customers return kettles within **30 days**. Print the label.", audience="public"
    )
    make_published(
        "Damaged parcels",
        "Ask for a photograph before a replacement of the kettle is sent.",
        keywords="broken, smashed",
    )
    make_published(
        "Devolución de un pedido",
        "El cliente devuelve el artículo en 30 días con la etiqueta.",
        language="es",
        audience="public",
    )
    make_published("Horarios de las tiendas", "Abrimos de lunes a sábado.", language="es")
    make_published("Überweisung zurück", "Die Rückzahlung dauert fünf Tage.", language="de")
    make_published("Rückgabe auf Japanisch 返品", "返品は三十日以内。", language="ja")


def titles(typed: str, **narrowed: Any) -> list[str]:
    return [one.title for one in find_articles(reader(), typed, **narrowed)]


def marked(one: FoundArticle) -> list[str]:
    return [text for text, is_hit in (*one.title_pieces, *one.excerpt) if is_hit]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("kettle", "Returning a kettle"),
        ("returned kettles", "Returning a kettle"),
        ("ret", "Returning a kettle"),
        ("how do I return the kettle", "Returning a kettle"),
        ("KETTLE, print", "Returning a kettle"),
        ("smashed", "Damaged parcels"),
        ("damag", "Damaged parcels"),
        ("devoluc", "Devolución de un pedido"),
        ("devolucion", "Devolución de un pedido"),
        ("devoluciones", "Devolución de un pedido"),
        ("devuelven articulos", "Devolución de un pedido"),
        ("sabado", "Horarios de las tiendas"),
        ("uberweisung", "Überweisung zurück"),
        ("fünf", "Überweisung zurück"),
        ("返品", "Rückgabe auf Japanisch 返品"),
        ("ketle", "Returning a kettle"),
        ("retrun ketlte", "Returning a kettle"),
        ("devoluvion", "Devolución de un pedido"),
        ("horaris tiendass", "Horarios de las tiendas"),
        ("kettle aquarium", "Returning a kettle"),  # not all of it is anywhere
    ],
)
def test_what_is_typed_finds(typed: str, first: str) -> None:
    assert titles(typed)[:1] == [first]


@pytest.mark.usefixtures("shelf")
def test_found_articles_are_ranked_narrowed_and_marked() -> None:
    assert titles("kettle") == ["Returning a kettle", "Damaged parcels"]  # the title counts most
    assert titles("kettle", audience="public") == ["Returning a kettle"]
    assert titles("kettle", language="es") == titles("zzzz") == []
    assert titles("", language="es") == ["Devolución de un pedido", "Horarios de las tiendas"]
    assert len(titles("")) == 6
    (found,) = find_articles(reader(), "returned kett", audience="public")
    assert set(marked(found)) >= {"Returning", "kettle", "return"}
    assert "".join(text for text, _hit in found.title_pieces) == "Returning a kettle"
    (spanish,) = find_articles(reader(), "etiq", language="es")
    assert "etiqueta." in marked(spanish) or "etiqueta" in marked(spanish)
    assert find_articles(make_actor(permissions=frozenset()), "kettle") == []


@pytest.mark.usefixtures("shelf")
def test_one_statement_finds() -> None:
    for typed, many in (("kettle", 1), ("", 1), ("returned kettle", 1), ("kettle aquarium", 4), ("ketle", 4)):
        with statements() as sent:
            find_articles(reader(), typed)
        assert len(sent) == many, typed


def test_no_more_than_fifty() -> None:
    for number in range(3):
        make_published(f"Kettle {number}")
    assert len(find_articles(reader(), "kettle", limit=2)) == 2
    assert len(find_articles(reader(), "kettle", limit=10_000)) == 3 < MOST_FOUND


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(max_size=250))
def test_nothing_typed_breaks_it(typed: str) -> None:
    find_articles(reader(), typed)
    find_articles(reader(), f"kettle {typed}", "es", "public")
