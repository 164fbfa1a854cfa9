"""Finding customers: by whatever part of whatever, with errors, in other scripts, ranked, and only who may be seen."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onhand.customers.finding import candidates
from onhand.customers.finding import find as finding
from onhand.customers.finding.meanings import How, look_up
from onhand.customers.finding.typed import read_typed
from onhand.customers.finding.vocabulary import keys_of, rebuild_vocabulary
from onhand.customers.finding.words import fold, search_text_of
from onhand.customers.models import Address, Customer, Word
from onhand.customers.operations import refresh_search_text
from onhand.kernel.actor import Visibility
from onhand.kernel.references import ALPHABET, InvalidReference, read_reference
from tests.examples import examples
from tests.factories import NOON, make_actor, make_customer, make_representative
from tests.factories.staff import make_site, make_team

pytestmark = pytest.mark.django_db


def on_file(name: str, *values: str, **changes: Any) -> Customer:
    customer = make_customer(name, **changes)
    for value in values:
        kind = "telephone" if value.startswith("+") else "email" if "@" in value else "account_number"
        customer.identities.create(kind=kind, value=value, created_at=NOON)
    refresh_search_text(customer)
    return customer


def names(typed: str, **more: Any) -> list[str]:
    return [found.name for found in finding.search_customers(make_actor(), typed, **more)]


def why(typed: str) -> list[tuple[str, str, str]]:
    found = finding.find_customers(make_actor(), typed).customers[0]
    shown = ("".join(f"[{text}]" if fits else text for text, fits in one.parts) for one in found.why)
    return [(one.field, one.how.value, text) for one, text in zip(found.why, shown, strict=True)]


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "ana",
            "NÚÑEZ",
            "nunez ana",
            "  an   nu ",
            "prieto ana",
            "Ana Núñez Prieto",
            "anna nunez",
            "nuñes",
            "preito ana",
        ),
        *("ana.nunez@correo.ex", "correo.example", "@correo.example", "ana.nunez@CORREO.example", "ana.nunez"),
        *("+34 910 123 456", "910123456", "910 12", "0034 910 123", "34910", "(910) 123-456", "3456", "0910 123 456"),
        *("calle mayor", "mayor 12", "28013", "mayro 12", "ana madrid", "madird", "ES91 2100 0418", "es9121000418"),
        *("ana 910123456", "nunez 3456", "ana.nunez@correo.exmaple"),
    ],
)
def test_found_by_any_part_of_anything(typed: str) -> None:
    address = {"address_lines": "Calle Mayor 12, 2.º B", "postal_code": "28013", "city": "Madrid", "country": "ES"}
    on_file("Ana Núñez Prieto", "ana.nunez@correo.example", "+34910123456", "ES9121000418", **address)
    on_file("Peter Anders", "p@other.example", "+442079460123")
    assert names(typed)[:1] == ["Ana Núñez Prieto"]


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        *(("Γιώργος Παπαδόπουλος", "παπαδοπουλος"), ("Γιώργος Παπαδόπουλος", "giorgos papadopoulos")),
        *(("Иван Петров", "петров"), ("Иван Петров", "ivan petrov"), ("Ivan Petrov", "Иван Петров")),
        *(("王小明", "小明"), ("王小明", "wang xiaoming"), ("王小明", "Xiao Ming Wang"), ("김민수", "민수")),
        *(("محمد علي", "محمد"), ("Jürgen Müller", "mueller"), ("Jurgen Mueller", "müller"), ("O’Connor", "oconnor")),
        *(("Beth Thornton-Lee", "thornton lee"), ("Beth Thornton-Lee", "thorntonlee"), ("山田太郎", "太郎")),
        *(("Łukasz Żak", "lukasz zak"), ("Þóra", "thora"), ("X", "x"), ("Łukasz Żak", "ŁUKASZ")),
    ],
)
def test_found_in_other_scripts_and_spellings(name: str, typed: str) -> None:
    on_file(name)
    on_file("Somebody Else")
    assert names(typed)[:1] == [name]


@pytest.mark.parametrize(
    "typed",
    [
        *("zoe", "'", "\\", "' | ''", "zz:*zz", "!", "\0", "%", "910999", "x" * 5000, "&|!()<->", "x" * 99 + "'" * 3),
        *("x" * 99 + "\\" * 3, "\ud800", "@", "@@", "+", "....", "z" * 300, "🫖", "1" * 40, "-- drop"),
    ],
)
def test_not_found_and_never_an_error(typed: str) -> None:
    on_file("Ana Núñez Prieto", "ana@correo.example", "+34910123456")
    assert names(typed) == []


@settings(max_examples=examples(80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=60), st.text(alphabet="ab1+@.-' :*&|!\\()", max_size=20)))
def test_whatever_is_typed_is_answered(typed: str) -> None:
    finding.find_customers(make_actor(), typed)


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.characters(categories=("L", "N", "Zs", "P", "M")), min_size=1, max_size=40))
def test_whoever_has_a_name_is_found_by_it(name: str) -> None:
    customer = make_customer("x")
    customer.name = name
    refresh_search_text(customer)
    if search_text_of(customer):
        assert customer.pk in [one.id for one in finding.find_customers(make_actor(), name).customers], ascii(name)


@given(st.text(max_size=60))
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="abcdefghijklmn", min_size=3, max_size=12), st.data())
def test_words_an_error_apart_have_a_key_in_common(word: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(word) - 2))
    letter = data.draw(st.sampled_from("abcz"))
    for other in (
        word[:place] + letter + word[place + 1 :],
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
    ):
        assert set(keys_of(word)) & set(keys_of(other)), (word, other)


def test_better_comes_first() -> None:
    for name in ("Martina Ruiz", "Martin Ruiz", "Marta Ruiz", "Martin Ruiz Sanz", "Marten Ruiz"):
        on_file(name)
    on_file("Elena Sanz", city="Martin")
    assert names("martin ruiz") == ["Martin Ruiz", "Martin Ruiz Sanz", "Martina Ruiz", "Marten Ruiz", "Marta Ruiz"]
    assert names("martin")[:3] == ["Martin Ruiz", "Martin Ruiz Sanz", "Elena Sanz"]
    on_file("Pau Soler Vila")
    on_file("Pau Soler Soler")
    assert names("pau soler soler")[0] == "Pau Soler Soler"
    assert names("martin zzzzzz")[0] == "Martin Ruiz"  # some of the words, as nobody has all


def test_of_many_with_the_same_words_those_called_as_typed_come_first() -> None:
    for _number in range(finding.MOST_RANKED + 15):
        on_file("Jordi Ferrer Puig")
    on_file("Jordi Puig Ferrer")
    assert [names(typed)[0] for typed in ("jordi puig ferrer", "jordi piug ferrer")] == ["Jordi Puig Ferrer"] * 2
    assert names("jordi ferrer puig")[0] == "Jordi Ferrer Puig"


@pytest.mark.parametrize(
    ("typed", "best"),
    [
        ("maría delgado delgado", "María Delgado Delgado"),
        ("maría delgado", "María Delgado"),
        ("zoë martin", "Zoë Martin"),
        ("zoé martin", "Zoé Martin"),
    ],
)
def test_what_is_written_as_typed_comes_first(typed: str, best: str) -> None:
    for name in ("María Delgado", "María Delgado Delgado", "María Delgado Vila", "Zoé Martin", "Zoë Martin"):
        on_file(name)
    assert names(typed)[0] == best


@pytest.mark.parametrize("looked_through", [0, 10**9])
@pytest.mark.parametrize("typed", ["ana", "prieto ana", "ana s", "anna nunez sevilla", "ana 12", "nunez zzzz"])
def test_the_same_are_found_by_the_index_and_by_looking_through(
    typed: str, looked_through: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_file("Ana Núñez Prieto", city="Sevilla", address_lines="Calle Luna 12")
    on_file("Ana Prieto", city="Madrid")
    on_file("Bo Lind", city="Sevilla")
    usual = names(typed)
    assert "Ana Núñez Prieto" in usual
    monkeypatch.setattr(candidates, "LOOKED_THROUGH", looked_through)
    assert names(typed) == usual


def test_it_says_why() -> None:
    address = {"address_lines": "Calle Mayor 12", "postal_code": "28013", "city": "Madrid", "country": "ES"}
    on_file("Ana Núñez Prieto", "ana.nunez@correo.example", "+34910123456", **address, born_on=date(1980, 3, 12))
    assert why("nun ana") == [("name", "begins", "[Ana] [Núñ]ez Prieto")]
    assert why("preito") == [("name", "similar", "Ana Núñez [Prieto]")]
    assert why("3456") == [("telephone", "ends", "+34 910 12 [34 56]")]
    assert why("910123456") == [("telephone", "exact", "[+34 910 12 34 56]")]
    assert why("correo.example") == [("email", "ends", "ana.nunez@[correo.example]")]
    assert why("mayor madrid") == [("city", "exact", "[Madrid]"), ("street", "exact", "Calle [Mayor] 12, 28013")]
    assert why("12.3.1980") == [("born_on", "exact", "[1980-03-12]")]


def test_found_by_reference_however_it_is_spelled() -> None:
    customer = make_customer("Ana")
    make_customer("Ben")
    spaced = " ".join(customer.reference.replace("-", "").lower())
    for typed in (customer.reference, customer.reference.lower(), customer.reference.replace("-", ""), spaced):
        assert names(typed) == ["Ana"], typed
    assert why(customer.reference)[0] == ("reference", "exact", f"[{customer.reference}]")


def test_a_reference_with_one_wrong_character_says_so() -> None:
    customer = make_customer("Ana")
    place = next(place for place, c in enumerate(customer.reference) if c.isalpha())
    other = next(c for c in ALPHABET if c != customer.reference[place] and c.isalpha())
    typed = customer.reference[:place] + other + customer.reference[place + 1 :]
    with pytest.raises(InvalidReference, match="check"):
        read_reference(typed)
    found = finding.find_customers(make_actor(), typed)
    assert [one.name for one in found.customers] == ["Ana"]
    assert found.customers[0].why[0].how is How.SIMILAR
    assert found.reference_is_wrong
    assert not finding.find_customers(make_actor(), "ana").reference_is_wrong


def test_only_visible_customers_are_found() -> None:
    person, site, team = make_representative(), make_site(), make_team()
    on_file("Ana Mine", "+34910123456", owner=person)
    on_file("Ana Site", "+34910123456", site=site)
    on_file("Ana Team", "+34910123456", team=team)
    on_file("Ana Nobody", "+34910123456")
    for visibility, more, seen in (
        (Visibility.OWN, {"id": person.pk}, {"Ana Mine"}),
        (Visibility.TEAM, {"team_ids": frozenset({team.pk})}, {"Ana Team"}),
        (Visibility.SITE, {"site_ids": frozenset({site.pk})}, {"Ana Site"}),
        (Visibility.SITE, {"site_ids": frozenset({team.site_id})}, {"Ana Team"}),
        (Visibility.TEAM, {}, set()),
        (Visibility.ALL, {}, {"Ana Mine", "Ana Site", "Ana Team", "Ana Nobody"}),
        (Visibility.ALL, {"permissions": frozenset()}, set()),
    ):
        actor = make_actor(visibility=visibility, **more)
        for typed in ("ana", "910123456", "3456", ""):
            assert {one.name for one in finding.search_customers(actor, typed)} == seen, (visibility, typed)


def test_merged_customers_lead_to_their_root_once_and_erased_ones_to_nothing() -> None:
    root = on_file("Ana Prieto", "+34910123456")
    merged = on_file("Anita Zubiri", "anita@correo.example", "+34910123456")
    merged.merged_into = root
    merged.save()
    refresh_search_text(merged)
    refresh_search_text(root)
    for typed in ("zubiri", "anita@correo.example", "910123456", merged.reference, "zubiir"):
        assert names(typed) == ["Ana Prieto"], typed
    assert why("zubiri") == [("other_name", "exact", "Anita [Zubiri]")]
    assert names("") == ["Ana Prieto"]
    root.erased_at = NOON
    root.save()
    refresh_search_text(root)
    for typed in ("zubiri", "ana", "910123456", "", "zubiir"):
        assert names(typed) == [], typed
    assert names(root.reference) == ["Ana Prieto"]  # the code, which stays, says that there was somebody


def test_further_addresses_count_while_they_hold() -> None:
    customer = make_customer("Ana")
    place = {"customer": customer, "kind": "delivery", "country": "ES", "valid_from": NOON, "city": "Getafe"}
    Address.objects.create(**place, address_lines="Calle Jilguero 7")
    Address.objects.create(**place, address_lines="Calle Gorrión 9", ended_at=NOON)
    refresh_search_text(customer)
    assert names("jilguero") == ["Ana"]
    assert names("gorrion") == []


def test_whoever_may_not_read_contact_points_finds_by_whole_ones_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.customers.finding.find.sees_contact_points", lambda _actor: False)
    address = {"address_lines": "Calle Mayor 12", "postal_code": "LS1 4AP", "city": "Leeds", "country": "GB"}
    on_file("Ana Núñez", "ana.nunez@correo.example", "+34910123456", **address, born_on=date(1980, 3, 12))
    whole = ("910123456", "+34 910 123 456", "Ana.Nunez@correo.example", "calle mayor 12", "ls1 4ap", "LS14AP", "leeds")
    for typed in whole:
        assert names(typed) == ["Ana Núñez"], typed
    for typed in (
        "3456",
        "91012",
        "correo.example",
        "calle mayor 1",
        "mayor",
        "mayro",
        "ls1",
        "12.3.1980",
    ):
        assert names(typed) == [], typed
    found = finding.find_customers(make_actor(), "910123456").customers[0]
    assert "123" not in f"{found.telephone} {found.email} {found.why}"
    assert "nunez" not in found.email


def test_three_statements_however_much_is_typed(django_assert_max_num_queries: Any) -> None:
    on_file("Ana Núñez Prieto", "ana.nunez@correo.example", "+34910123456")
    with django_assert_max_num_queries(3):
        assert names("preito ana nunes 3456")


def test_pages_follow_each_other_without_gaps_in_the_order_of_people() -> None:
    for name in ("Zoë", "ábaco", "Bea", "Ñuño", "Ana", "Ana"):
        make_customer(name)
    page = finding.list_customers(make_actor(), limit=4)
    rest = finding.list_customers(make_actor(), limit=4, after=(page[-1].place, page[-1].id))
    assert [one.name for one in page + rest] == ["ábaco", "Ana", "Ana", "Bea", "Ñuño", "Zoë"]


def test_search_and_list_use_their_indexes() -> None:
    words = "customers_words(search_text, site_id, team_id, owner_id)"
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
        for rest, index in (
            (f"where {words} @@ 'ana'::tsquery", "customer_by_words"),
            (f"where merged_into_id is null order by {finding.IN_ORDER}, id limit 5", "customer_in_order"),
        ):
            cursor.execute(f"explain select id from customers_customer {rest}")
            assert index in str(cursor.fetchall())


def test_new_words_are_learnt_with_the_change_and_forgotten_when_nobody_has_them() -> None:
    customer = on_file("Ana Zubizarreta")
    assert Word.objects.filter(word="zubizarreta", customers=1).exists()
    customer.name = "Ana Prieto"
    refresh_search_text(customer)
    rebuild_vocabulary()
    assert Word.objects.get(word="zubizarreta").customers == 0
    on_file("Eva Zubizarreta")  # an act that meets the word meanwhile keeps it
    assert Word.objects.get(word="zubizarreta").customers == 1
    rebuild_vocabulary()
    assert names("zubisarreta") == ["Eva Zubizarreta"]
    Customer.objects.filter(name="Eva Zubizarreta").update(search_text="eva")
    rebuild_vocabulary()
    rebuild_vocabulary()
    assert not Word.objects.filter(word="zubizarreta").exists()


def test_what_typed_words_may_mean() -> None:
    on_file("Martin Martinez")
    assert look_up([["martn"]], is_open=True).words[0]["martin"].how is How.SIMILAR
    assert look_up([["mart"]], is_open=True).words[0]["martinez"].how is How.BEGINS
    assert look_up([["matrine"]], is_open=True).words[0]["martinez"].how is How.SIMILAR


def test_reading_what_was_typed() -> None:
    assert read_typed("ana 910 123 456").words == [["ana"]]
    assert read_typed("ana 910 123 456").figures == ["910123456"]
    assert read_typed("28013").words == [["28013"]]
    assert read_typed("12/03/1980").born_on == [date(1980, 3, 12), date(1980, 12, 3)]
    assert read_typed("1980-02-31").born_on == []
    assert read_typed("O'Connor").words == [["o"], ["connor"]]
    assert read_typed("").is_nothing
    assert len(read_typed("a " * 40).words) == 8


def test_search_text_holds_every_spelling_once() -> None:
    address = {"address_lines": "Lindenstraße 5", "postal_code": "LS1 4AP", "city": "Łódź"}
    assert search_text_of(Customer(name="Jörg  O'Connor-Иванов", **address)).split() == [
        *("jorg", "o", "connor", "иванов", "joerg", "oconnorиванов", "oconnorivanov"),
        *("@lodz", "#lindenstrasse", "#5", "#ls1", "#4ap", "#ls14ap"),
    ]
