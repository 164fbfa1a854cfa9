"""The pages of the floor and of one's own work, as the server gives them: who sees what, and what they say."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

import onhand.web
from onhand.kernel.models import ActRecord
from onhand.routing.models import Seat
from onhand.staff.models import Representative
from onhand.web.live.stream import visible_topics
from tests.factories.staff import actor_of, make_person, make_site, make_team
from tests.factories.writing import make_thread
from tests.routing.standing import make_decision, make_item, make_minute, make_queue, make_reason, make_seat

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}
TEMPLATES = Path(onhand.web.__file__).parent / "templates"


def at(person: Representative) -> Client:
    client = Client()
    client.force_login(person)
    return client


def text(client: Client, address: str, **more: Any) -> str:
    answer = client.get(address, **more)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_the_floor_shows_queues_figures_and_people() -> None:
    site = make_site()
    team = make_team(site, "Orders")
    queue = make_queue("Kettles", team, settings={"answer_seconds": 60})
    now = timezone.now()
    make_minute(queue, now - timedelta(minutes=2), taken=4, taken_in_time=3, given_up=1, waiting=2)
    make_item(queue, since=now - timedelta(minutes=9))
    seat = make_seat(make_person(name="Ana", teams=(team,)), state_since=now, idle_since=now)
    make_item(queue, holder=seat, title="Damaged kettle", since=now)
    client = at(make_person("supervisor", sites=(site,)))
    page = text(client, "/floor/")
    for said in ("Kettles", "9 min", "75 %", "60 % of all", "Ana", "Working", "Damaged kettle", "1/10"):
        assert said in page, said
    part = text(client, "/floor/", headers=FRAGMENT)
    assert "<html" not in part
    assert "Kettles" in part
    wall = text(client, "/floor/?wall=1")
    assert 'class="floor wall"' in wall
    assert "In the last hour between" in wall


def test_a_queue_lists_its_work_by_state_and_page() -> None:
    team = make_team(site := make_site())
    queue = make_queue("Kettles", team)
    for number in range(55):
        make_item(queue, title=f"Waits {number:02}", since=timezone.now() - timedelta(minutes=100 - number))
    make_item(queue, title="Held", holder=make_seat())
    client = at(make_person("supervisor", sites=(site,)))
    first = text(client, f"/floor/queues/{queue.pk}/")
    assert "Waits 00" in first
    assert "Waits 54" not in first
    assert "Held" not in first
    following = first.split("hx-get=")[1].split('"')[1].replace("&amp;", "&")
    assert "Waits 54" in text(client, following)
    assert "Held" in text(client, f"/floor/queues/{queue.pk}/?state=in_work")


def test_work_says_why_it_waits_and_what_if() -> None:
    team = make_team(site := make_site())
    queue = make_queue("Kettles", team)
    ana = make_seat(make_person(name="Ana", teams=(team,)))
    item = make_item(queue, wanted={"has": "language:es", "from": 2})
    make_decision(item, "passed", ana, by_name="Ana", explanation={"why": "my cousin"})
    client = at(make_person("supervisor", sites=(site,)))
    page = text(client, f"/floor/work/{item.pk}/")
    assert "Nobody can take it" in page
    assert "lacks Spanish from level 2" in page
    assert "my cousin" in page
    assert f"/desk/acts/routing.prioritise_work/{item.pk}/" in page
    tried = text(client, f"/floor/work/{item.pk}/?who={ana.pk}&attribute=language:es&level=2")
    assert "Ana would get it." in tried
    for wrong in ("who=x&attribute=language:es&level=2", "who=1&attribute=&level=2", "who=1&attribute=a&level=9"):
        assert "would get it" not in text(client, f"/floor/work/{item.pk}/?{wrong}")


def test_other_steps_are_tried_before_they_are_changed() -> None:
    team = make_team(site := make_site())
    ana = make_seat(make_person(name="Ana", teams=(team,)))
    queue = make_queue("Kettles", team, settings={"steps": [{"wanted": {"has": "language:es", "from": 3}}]})
    item = make_item(queue)
    client = at(make_person("supervisor", sites=(site,)))
    page = text(client, f"/floor/work/{item.pk}/")
    assert "Spanish 3+</textarea>" in page
    tried = text(client, f"/floor/work/{item.pk}/?steps=Spanish+5%2B+for+30+s%0Aanybody")
    for said in ("Nobody who serves the queue fits.", "2: 1 person", "Waits for the next step"):
        assert said in tried, said
    assert f"/desk/acts/routing.change_steps/{item.pk}/?steps=Spanish+5%2B+for+30+s%0Aanybody" in tried
    at_once = text(client, f"/floor/work/{item.pk}/?steps=anybody")
    assert f"{ana.representative.name} is free for it and gets it next." in at_once
    assert "Nothing would change" not in at_once
    assert "There is no skill, language or licence" in text(client, f"/floor/work/{item.pk}/?steps=Flying")
    item.refresh_from_db()
    assert item.steps is None
    mine = at(make_person("representative", teams=(team,)))
    assert mine.get(f"/floor/work/{item.pk}/?steps=anybody").status_code == 404


def test_a_person_shows_what_they_have_and_how_to_set_their_state() -> None:
    team = make_team(site := make_site())
    seat = make_seat(make_person(name="Ana", teams=(team,)), state="away", reason=make_reason("Training"), hardest=3)
    make_item(make_queue("Kettles", team), holder=seat, title="Put by", state="parked")
    page = text(at(make_person("supervisor", sites=(site,))), f"/floor/people/{seat.pk}/")
    for said in ("Ana", "Training", "Put by", f"/desk/acts/routing.set_state/{seat.pk}/"):
        assert said in page, said


def test_how_evenly_work_is_shared_is_drawn_with_its_table() -> None:
    team = make_team(site := make_site(), "Orders")
    for name, busy in (("Ana", 1800), ("Ben", 9000)):
        make_seat(
            make_person(name=name, teams=(team,)), state="signed_out", available_seconds=10_000, worked_seconds=busy
        )
    client = at(make_person("supervisor", sites=(site,)))
    page = text(client, "/floor/people/")
    for said in (
        "Ana",
        "18 %",
        "90 %",
        "Busy 54 % of their time on average, Gini 0.33.",
        "Unevenly shared.",
        '<svg class="strip"',
    ):
        assert said in page, said
    assert page.index("Ben") < page.index("Ana")
    part = text(client, "/floor/evenness/?period=week", headers=FRAGMENT)
    assert "Gini 0.33" in part
    assert '<option value="week" selected>' in part
    assert 'hx-get="/floor/evenness/"' in text(client, "/floor/")
    assert at(make_person("representative", teams=(team,))).get("/floor/evenness/").status_code == 404


def test_somebody_is_found_by_a_part_of_their_name() -> None:
    team = make_team(site := make_site())
    for name in ("Ana Núñez", "Ben 100%", "Eva Prieto"):
        make_seat(make_person(name=name, teams=(team,)))
    make_seat(make_person(name="Ana Elsewhere"))
    client = at(make_person("supervisor", sites=(site,)))
    found = text(client, "/floor/people/?q=ana")
    assert "Ana Núñez" in found
    assert "Ana Elsewhere" not in found
    assert "Ben 100%" in text(client, "/floor/people/?q=%25")
    assert "Nobody is called so." in text(client, "/floor/people/?q=zz")


def test_representatives_see_no_floor_and_only_their_own_work() -> None:
    team = make_team(site := make_site())
    queue = make_queue("Kettles", team)
    me, other = (make_seat(make_person("representative", teams=(team,), sites=(site,))) for _ in range(2))
    mine, theirs = make_item(queue, holder=me, title="Mine"), make_item(queue, holder=other, title="Theirs")
    client = at(me.representative)
    for address in (
        "/floor/",
        "/floor/people/",
        f"/floor/queues/{queue.pk}/",
        f"/floor/teams/{team.pk}/",
        f"/floor/people/{other.pk}/",
    ):
        assert client.get(address).status_code in (403, 404), address
    assert client.get(f"/floor/work/{theirs.pk}/").status_code == 404
    page = text(client, f"/floor/work/{mine.pk}/")
    assert "routing.prioritise_work" not in page
    assert client.post(f"/desk/my-work/{theirs.pk}/pass_work/").status_code == 404
    column = text(client, "/desk/my-work/")
    assert "Mine" in column
    assert "Theirs" not in column


def test_only_who_watches_hears_of_the_floor() -> None:
    asked = ["floor", "everyone"]
    assert visible_topics(actor_of(make_person("supervisor")), asked) == {"floor", "everyone"}
    assert visible_topics(actor_of(make_person("representative")), asked) == {"everyone"}


def test_ones_own_state_changes_from_the_bar_and_is_on_record() -> None:
    person = make_person("representative", teams=(make_team(),))
    lunch = make_reason("Lunch", most_minutes=30)
    client = at(person)
    assert "Signed out" in text(client, "/desk/standing/")
    assert "Available" in client.post("/desk/standing/", {"to": "become_available"}, headers=FRAGMENT).content.decode()
    away = client.post("/desk/standing/", {"to": "go_away", "reason": lunch.pk}, headers=FRAGMENT).content.decode()
    assert "Lunch" in away
    again = client.post("/desk/standing/", {"to": "go_away", "reason": lunch.pk}, headers=FRAGMENT)
    assert "onhand:notice" in again.headers["HX-Trigger"]
    assert client.post("/desk/standing/", {"to": "set_state"}).status_code == 404
    assert client.post("/desk/standing/", {"to": "leave_work"}).status_code == 302
    assert Seat.objects.get(pk=person.pk).state == "signed_out"
    acts = ActRecord.objects.filter(subject_type="seat", subject_id=person.pk).order_by("id")
    assert [one.act for one in acts] == ["routing.become_available", "routing.go_away", "routing.leave_work"]


def test_what_is_offered_is_passed_or_accepted_by_one_press() -> None:
    team = make_team(site := make_site())
    person = make_person("representative", teams=(team,), sites=(site,))
    seat, queue, now = make_seat(person), make_queue("Kettles", team), timezone.now()
    contact = make_thread(None, team=team, subject="Damaged kettle", needs_answer=True, last_message_at=now)
    item = make_item(queue, holder=seat, state="offered", subject_id=contact.pk, since=now, title="Damaged kettle")
    client = at(person)
    column = text(client, "/desk/my-work/")
    assert "Offered" in column
    assert "data-countdown" in column
    assert "1 offered" in text(client, "/desk/standing/")
    passed = client.post(f"/desk/my-work/{item.pk}/pass_work/", headers=FRAGMENT)
    assert b"Damaged kettle" not in passed.content
    item.refresh_from_db()
    assert item.state == "waiting"
    type(item).objects.filter(pk=item.pk).update(
        state="offered", holder=person, units=3, offer_until=now + timedelta(minutes=1)
    )
    accepted = client.post(f"/desk/my-work/{item.pk}/accept_work/", headers=FRAGMENT)
    assert accepted.headers["HX-Redirect"] == f"/desk/contacts/{contact.pk}/"
    late = client.post(f"/desk/my-work/{item.pk}/accept_work/", headers=FRAGMENT)
    assert "onhand:notice" in late.headers["HX-Trigger"]
    make_decision(item, "offered", seat, explanation={"waited": 61, "choice": "longest_idle", "idle": 30})
    why = text(client, f"/desk/contacts/{contact.pk}/why/")
    assert "Offered to you" in why
    assert "You had waited longest for work (30 s)." in why
    assert f"/desk/contacts/{contact.pk}/why/" in text(client, f"/desk/contacts/{contact.pk}/")


def test_no_live_region_is_put_into_itself_again() -> None:
    """A region that takes a part of a whole page takes what is in it, not itself: else it would lie in itself after each refresh."""
    regions = re.findall(
        r'id="([a-z-]+)"[^>]*data-live-select="([^"]*)"',
        "\n".join(path.read_text() for path in TEMPLATES.rglob("*.html")),
    )
    assert len(regions) > 8
    assert [(name, select) for name, select in regions if select != f"#{name} > *"] == []
