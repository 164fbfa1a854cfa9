"""What people can and may: said by acts, read for many at once."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from onhand.kernel import hints
from onhand.kernel.errors import NotPermitted, NotPossible, SubjectNotFound
from onhand.kernel.perform import Outcome, perform
from onhand.staff.abilities import attributes_of, next_change, whose_changed
from onhand.staff.models import LanguageLevel, Licence, LicenceKind, Representative, Skill, SkillLevel
from tests.factories import NOON
from tests.factories.staff import actor_of, make_person, make_site
from tests.factories.statements import statements

pytestmark = pytest.mark.django_db
TODAY = NOON.date()


def do(name: str, by: Representative, to: Any = None, **arguments: Any) -> Outcome:
    return perform(f"staff.{name}", actor=actor_of(by), subject_id=to.pk if to else None, arguments=arguments, at=NOON)


def make_skill(key: str = "refunds") -> Skill:
    return Skill.objects.create(key=key, name=key.capitalize())


def make_kind(key: str = "life") -> LicenceKind:
    return LicenceKind.objects.create(key=key, name=key.capitalize())


def test_what_somebody_can_is_given_changed_and_taken() -> None:
    administrator, ana, skill = make_person("administrator"), make_person(), make_skill()
    given = do("give_skill", administrator, ana, skill=skill.pk, level=3)
    assert given.after == {"skills": ["Refunds 3"]}
    again = do("give_skill", administrator, ana, skill=skill.pk, level="4", valid_until="2026-12-31")
    assert (again.before, again.after) == ({"skills": ["Refunds 3"]}, {"skills": ["Refunds 4 (– 2026-12-31)"]})
    do("give_language", administrator, ana, language="es", level=5)
    assert attributes_of([ana.pk], NOON) == {ana.pk: {"skill:refunds": 4, "language:es": 5}}
    do("take_skill", administrator, ana, skill=skill.pk)
    spoken = LanguageLevel.objects.get()
    do("take_language", administrator, ana, language=spoken.pk)
    assert attributes_of([ana.pk], NOON) == {ana.pk: {}}
    with pytest.raises(NotPossible):
        do("take_skill", administrator, ana, skill=skill.pk)
    with pytest.raises(NotPossible):
        do("take_language", administrator, ana, language=spoken.pk)


@pytest.mark.parametrize(
    ("name", "changes", "field"),
    [
        ("give_skill", {"level": 0}, "level"),
        ("give_skill", {"level": 6}, "level"),
        ("give_skill", {"skill": 999_999}, "skill"),
        ("give_skill", {"valid_from": "2026-12-02", "valid_until": "2026-12-01"}, "valid_until"),
        ("give_language", {"language": "tlh"}, "language"),
        ("give_language", {"level": 9}, "level"),
        ("record_licence", {"licence_kind": 999_999}, "licence_kind"),
        ("record_licence", {"jurisdiction": "Spain"}, "jurisdiction"),
        ("record_licence", {"jurisdiction": "E"}, "jurisdiction"),
    ],
)
def test_what_cannot_be_is_refused_by_field(name: str, changes: dict[str, Any], field: str) -> None:
    administrator, ana = make_person("administrator"), make_person()
    usual: dict[str, dict[str, Any]] = {
        "give_skill": {"skill": make_skill().pk, "level": 3},
        "give_language": {"language": "es", "level": 3},
        "record_licence": {"licence_kind": make_kind().pk, "jurisdiction": "ES", "number": "J-1"},
    }
    with pytest.raises(NotPossible) as refused:
        do(name, administrator, ana, **usual[name] | changes)
    assert list(refused.value.fields) == [field]
    assert attributes_of([ana.pk], NOON) == {ana.pk: {}}


def test_licences_are_recorded_corrected_and_withdrawn() -> None:
    administrator, ana, kind = make_person("administrator"), make_person(), make_kind()
    given: dict[str, Any] = {"licence_kind": kind.pk, "jurisdiction": "es", "number": "J-1", "valid_until": TODAY}
    do("record_licence", administrator, ana, **given)
    assert attributes_of([ana.pk], NOON) == {ana.pk: {"licence:life": 5, "licence:life:ES": 5}}
    assert attributes_of([ana.pk], NOON + timedelta(days=1)) == {ana.pk: {}}
    with pytest.raises(NotPossible):
        do("record_licence", administrator, ana, **given)
    # A renewal stands beside the one it follows, and begins before that ends.
    do("record_licence", administrator, ana, **given | {"number": "J-2", "valid_until": None})
    first, second = Licence.objects.order_by("number")
    with pytest.raises(NotPossible):
        do("correct_licence", administrator, ana, licence=second.pk, number="J-1")
    do("correct_licence", administrator, ana, licence=second.pk, number="J-3", valid_until=TODAY - timedelta(days=1))
    do("withdraw_licence", administrator, ana, licence=first.pk)
    assert attributes_of([ana.pk], NOON) == {ana.pk: {}}
    with pytest.raises(NotPossible):
        do("withdraw_licence", administrator, ana, licence=first.pk)
    with pytest.raises(NotPossible):  # somebody else's is not reached through one's own page
        do("correct_licence", administrator, administrator, licence=second.pk, number="J-9")


def test_days_begin_and_end_where_the_person_works() -> None:
    administrator = make_person("administrator")
    ana = make_person(sites=(make_site(time_zone="America/New_York"),))
    do("give_language", administrator, ana, language="en", level=3, valid_from="2026-12-01", valid_until="2026-12-01")
    begins, ends = datetime(2026, 12, 1, 5, tzinfo=UTC), datetime(2026, 12, 2, 5, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert [bool(attributes_of([ana.pk], at)[ana.pk]) for at in (begins - second, begins, ends - second, ends)] == [
        False,
        True,
        True,
        False,
    ]
    assert [next_change(at) for at in (NOON, begins - second, begins, ends)] == [begins, begins, ends, None]
    assert whose_changed(NOON, begins - second) == []
    assert whose_changed(begins - second, begins) == whose_changed(begins, ends) == [ana.pk]


def test_nobody_gives_above_their_rank_or_licenses_themselves() -> None:
    site, skill, kind = make_site(), make_skill(), make_kind()
    supervisor, administrator = make_person("supervisor", sites=(site,)), make_person("administrator", sites=(site,))
    ana, elsewhere = make_person(sites=(site,)), make_person(sites=(make_site(),))
    do("give_skill", supervisor, ana, skill=skill.pk, level=3)
    with pytest.raises(NotPossible):
        do("give_skill", supervisor, administrator, skill=skill.pk, level=3)
    with pytest.raises(SubjectNotFound):
        do("give_skill", supervisor, elsewhere, skill=skill.pk, level=3)
    with pytest.raises(NotPermitted):
        do("give_skill", ana, ana, skill=skill.pk, level=5)
    licence = {"licence_kind": kind.pk, "jurisdiction": "ES", "number": "J-1"}
    with pytest.raises(NotPossible):
        do("record_licence", supervisor, supervisor, **licence)
    do("record_licence", supervisor, ana, **licence)
    do("record_licence", administrator, administrator, **licence)


def test_skills_are_added_changed_retired_and_brought_back() -> None:
    administrator, ana = make_person("administrator"), make_person()
    outcome = do("add_skill", administrator, skill_name="Claims by post", purpose="Letters with claims")
    skill = Skill.objects.get(pk=outcome.subject_id or 0)
    assert skill.key == "claims-by-post"
    do("give_skill", administrator, ana, skill=skill.pk, level=2)
    for changes in ({"skill_name": "claims BY post"}, {"skill_name": "Other", "key": "claims-by-post"}):
        with pytest.raises(NotPossible):
            do("add_skill", administrator, **changes)
    with pytest.raises(NotPossible):
        do("add_skill", administrator, skill_name="Other", key="Not a key!")
    do("change_skill", administrator, skill, skill_name="Claims", purpose="")
    assert Skill.objects.get(pk=skill.pk).key == "claims-by-post"
    # One whose name gives the same key gets another.
    second = do("add_skill", administrator, skill_name="Claims by post!")
    assert Skill.objects.get(pk=second.subject_id or 0).key == "claims-by-post-2"
    do("retire_skill", administrator, skill)
    assert attributes_of([ana.pk], NOON) == {ana.pk: {}}
    with pytest.raises(NotPossible):
        do("retire_skill", administrator, skill)
    with pytest.raises(NotPossible):
        do("give_skill", administrator, ana, skill=skill.pk, level=2)
    do("bring_skill_back", administrator, skill)
    assert attributes_of([ana.pk], NOON) == {ana.pk: {"skill:claims-by-post": 2}}


def test_kinds_of_licences_are_added_changed_retired_and_brought_back() -> None:
    administrator, ana = make_person("administrator"), make_person()
    outcome = do("add_licence_kind", administrator, licence_name="Life assurance", key="life")
    kind = LicenceKind.objects.get(pk=outcome.subject_id or 0)
    do("record_licence", administrator, ana, licence_kind=kind.pk, jurisdiction="GB", number="1")
    do("change_licence_kind", administrator, kind, licence_name="Life", purpose="Selling life assurance")
    do("retire_licence_kind", administrator, kind)
    assert attributes_of([ana.pk], NOON) == {ana.pk: {}}
    do("bring_licence_kind_back", administrator, kind)
    assert attributes_of([ana.pk], NOON) == {ana.pk: {"licence:life": 5, "licence:life:GB": 5}}


def test_the_router_is_told_after_the_commit(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    told: list[str] = []
    monkeypatch.setattr(hints.notifier, "send", told.extend)
    administrator, ana, skill = make_person("administrator"), make_person(), make_skill()
    with django_capture_on_commit_callbacks(execute=True):
        do("give_skill", administrator, ana, skill=skill.pk, level=3)
        assert f"route:seat:{ana.pk}" not in told
    assert f"route:seat:{ana.pk}" in told
    told.clear()
    with django_capture_on_commit_callbacks(execute=True):
        do("retire_skill", administrator, skill)
    assert f"route:seat:{ana.pk}" in told


moments = st.one_of(st.none(), st.dates(date(2026, 11, 1), date(2026, 12, 31)))


@settings(deadline=None, max_examples=30)
@given(
    spans=st.lists(st.tuples(moments, moments).filter(lambda s: not (s[0] and s[1] and s[0] > s[1])), max_size=6),
    at=st.datetimes(datetime(2026, 10, 30), datetime(2027, 1, 3), timezones=st.just(UTC)),
)
def test_reading_many_says_what_counting_by_hand_says(
    spans: list[tuple[date | None, date | None]], at: datetime
) -> None:
    SkillLevel.objects.all().delete()  # of the example before
    administrator, ana = make_person("administrator"), make_person()
    skills = [Skill.objects.get_or_create(key=f"s{number}", defaults={"name": f"S{number}"})[0] for number in range(6)]
    expected, edges = {}, set()
    for number, (first, last) in enumerate(spans):
        do("give_skill", administrator, ana, skill=skills[number].pk, level=1, valid_from=first, valid_until=last)
        begins = datetime.combine(first, datetime.min.time(), UTC) if first else None
        ends = datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=1) if last else None
        edges |= {moment for moment in (begins, ends) if moment and moment > at}
        if (begins is None or begins <= at) and (ends is None or at < ends):
            expected[f"skill:s{number}"] = 1
    assert attributes_of([ana.pk], at) == {ana.pk: expected}
    assert next_change(at) == min(edges, default=None)


def test_thirty_thousand_people_are_read_in_one_statement() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """insert into staff_skill (version, key, name, purpose, is_active)
                 select 1, 's' || n, 'S' || n, '', true from generate_series(1, 20) n;
               insert into staff_representative (version, password, email, name, kind, role_id, visibility, is_active, language,
                   theme, text_size, time_zone, joined_at, open_panels)
                 select 1, '', 'many' || n || '@example.com', 'Many ' || n, 'person', (select min(id) from staff_role), '', true,
                   'en', 'system', 100, 'UTC', now(), '{}' from generate_series(1, 30000) n;
               insert into staff_skilllevel (representative_id, skill_id, level)
                 select r.id, s.id, 1 + (r.id + s.id) % 5 from staff_representative r join staff_skill s on (r.id + s.id) % 4 = 0;
               insert into staff_languagelevel (representative_id, language, level)
                 select r.id, l, 5 from staff_representative r, unnest(array['en', 'es']) l;"""
        )
    people = list(Representative.objects.values_list("pk", flat=True))
    attributes_of(people[:10], NOON)
    with statements() as sent:
        begun = time.perf_counter()
        found = attributes_of(people, NOON)
        took = time.perf_counter() - begun
    assert len(sent) == 1
    assert len(found) == len(people) >= 30_000
    assert sum(map(len, found.values())) == SkillLevel.objects.count() + LanguageLevel.objects.count()
    assert took < 3  # a busy machine; alone it is a tenth of that
