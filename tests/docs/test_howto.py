"""The code on the pages of docs/howto is run as it stands there."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

import onhand.customers.acts
from onhand.kernel.acts import forget_act, get_act
from onhand.kernel.events import forget_handler
from onhand.kernel.models import ActRecord
from tests.factories import make_customer
from tests.factories.callers import Caller, make_representative, make_token

HOWTO = Path(__file__).resolve().parents[2] / "docs" / "howto"
ACT = "customers.change_customer_since"


def code_of(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", (HOWTO / page).read_text(), re.DOTALL | re.MULTILINE)


def run_tests(names: dict[str, Any]) -> int:
    tests = [value for name, value in names.items() if name.startswith("test_")]
    for test in tests:
        test()
    return len(tests)


@pytest.fixture
def added_act() -> Iterator[str]:
    """The act of the page, as if it stood at the end of the file the page names. Gives the code of its test."""
    function, its_test = code_of("add-an-act.md")
    exec(compile(function, "add-an-act.md", "exec"), dict(vars(onhand.customers.acts)))
    yield its_test
    forget_act(ACT)


@pytest.mark.django_db
def test_the_act_of_the_page_passes_the_test_of_the_page(added_act: str) -> None:
    from onhand.kernel.errors import NotPossible
    from onhand.kernel.perform import perform
    from tests.factories import NOON, make_actor

    names: dict[str, Any] = {
        "pytest": pytest,
        "date": date,
        "perform": perform,
        "make_actor": make_actor,
        "make_customer": make_customer,
        "NOON": NOON,
        "NotPossible": NotPossible,
    }
    exec(compile(added_act, "add-an-act.md", "exec"), names)
    assert run_tests(names) == 1


@pytest.mark.django_db
def test_the_act_of_the_page_is_everywhere_without_another_line(added_act: str, client: Client) -> None:
    caller = Caller(make_token(make_representative()), client)
    customer = make_customer("Ana")

    described = json.dumps(client.get("/api/v1/openapi.json").json())
    assert ACT in described
    assert get_act(ACT).doc in described

    previewed = caller.post(
        f"acts/{ACT}/preview", {"subject_id": customer.pk, "arguments": {"customer_since": "2019-03-01"}}
    )
    assert previewed.status_code == 200, previewed.content
    assert not ActRecord.objects.exists()
    done = caller.post(f"acts/{ACT}", {"subject_id": customer.pk, "arguments": {"customer_since": "2019-03-01"}})
    assert done.status_code == 200, done.content
    record = ActRecord.objects.get()
    assert (record.act, record.after) == (ACT, {"customer_since": "2019-03-01"})


@pytest.mark.django_db
def test_the_act_of_the_page_is_on_desk_and_palette_without_another_line(added_act: str, client: Client) -> None:
    customer = make_customer("Ana")
    client.force_login(make_representative())
    label = str(get_act(ACT).label)

    offered = client.get(f"/desk/palette/?q=&customer={customer.pk}").json()
    (entry,) = [one for one in offered if one["kind"] == "act" and one["label"] == label]
    assert label in client.get(f"/desk/customers/{customer.pk}/").content.decode()
    form = client.get(entry["url"]).content.decode()
    assert 'name="customer_since"' in form
    address = f"/desk/customers/{customer.pk}/acts/{ACT}/"
    shown = client.post(f"{address}preview/", {"customer_since": "2019-03-01"}).content.decode()
    assert "1 Mar 2019" in shown
    assert not ActRecord.objects.exists()
    key = re.search(r'name="idempotency_key" value="([^"]+)"', form)
    assert key
    done = client.post(
        address, {"customer_since": "2019-03-01", "idempotency_key": key[1], "version": "1"}, follow=True
    )
    assert done.status_code == 200
    assert ActRecord.objects.get().after == {"customer_since": "2019-03-01"}


@pytest.mark.django_db
def test_the_act_of_the_page_is_a_tool_for_ai_representatives(added_act: str) -> None:
    from onhand.web.api.acts import offered_acts
    from tests.factories import make_actor

    assert ACT in {offered.name for offered in offered_acts(make_actor())}


@pytest.mark.django_db
def test_the_reaction_of_the_page_passes_the_test_of_the_page() -> None:
    from dataclasses import dataclass
    from typing import ClassVar

    from django.db import transaction

    from onhand.kernel.events import Event, handles
    from onhand.kernel.models import EventRecord
    from onhand.kernel.reactor import Delivered, deliver
    from onhand.kernel.records import Subject, publish
    from tests.factories import NOON, make_actor

    names: dict[str, Any] = {"__name__": "onhand.customers.handlers", "pytest": pytest, "connection": connection}
    for thing in (dataclass, Event, handles, EventRecord, Delivered, deliver, Subject, publish, make_actor):
        names[thing.__name__] = thing
    names |= {"ClassVar": ClassVar, "transaction": transaction, "NOON": NOON}
    with connection.cursor() as cursor:
        cursor.execute("create temp table moves_seen (event_id bigint, to_country text)")
    try:
        for block in code_of("react-to-an-event.md"):
            exec(compile(block, "react-to-an-event.md", "exec"), names)
        assert run_tests(names) == 1
    finally:
        forget_handler("customers.count_move")
        with connection.cursor() as cursor:
            cursor.execute("drop table moves_seen")


@pytest.mark.django_db
def test_the_kind_of_work_of_the_page_passes_the_test_of_the_page() -> None:
    from datetime import datetime

    from django.db import transaction

    from onhand.routing.following import mirror
    from onhand.routing.following.mirror import Standing
    from onhand.routing.kinds import WorkKind, forget, register
    from onhand.routing.models import WorkItem
    from onhand.routing.router.running import lead_once
    from tests.factories import NOON
    from tests.factories.work import make_person, make_seat

    names: dict[str, Any] = {"pytest": pytest, "datetime": datetime, "transaction": transaction, "mirror": mirror}
    for thing in (Standing, WorkKind, register, WorkItem, lead_once, make_person, make_seat):
        names[thing.__name__] = thing
    names |= {"NOON": NOON, "take_review": lambda *_: None, "free_review": lambda *_: None}
    names |= {"lock_reviews": lambda ids, _skip: set(ids), "whose_review": lambda _ids: {}}
    try:
        for block in code_of("add-a-kind-of-work.md"):
            exec(compile(block, "add-a-kind-of-work.md", "exec"), names)
        assert run_tests(names) == 1
    finally:
        forget("review")


@pytest.mark.django_db
def test_the_fact_of_the_page_passes_the_test_of_the_page() -> None:
    from collections.abc import Mapping
    from datetime import timedelta

    from onhand.guidelines.facts import Fact, Source, customer_of, forget_facts, register_facts
    from onhand.kernel.database import run_prepared
    from onhand.kernel.decisions import Question
    from tests.factories import NOON
    from tests.factories.contacts import make_contact
    from tests.guidelines.asking import facts_of

    names: dict[str, Any] = {"Mapping": Mapping, "timedelta": timedelta, "NOON": NOON}
    for thing in (Fact, Source, customer_of, register_facts, run_prepared, Question):
        names[thing.__name__] = thing
    names |= {"make_customer": make_customer, "make_contact": make_contact, "facts_of": facts_of}
    try:
        for block in code_of("add-a-fact.md"):
            exec(compile(block, "add-a-fact.md", "exec"), names)
        assert run_tests(names) == 1
    finally:
        forget_facts("letters")


@pytest.mark.parametrize("page", sorted(p.name for p in HOWTO.glob("*.md")))
def test_every_page_lists_the_files_it_touches(page: str) -> None:
    assert re.search(r"^\| `(src|docs|frontend|tests|bench)/", (HOWTO / page).read_text(), re.MULTILINE)


def blocks_of(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (HOWTO / page).read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def added_panel(tmp_path: Path) -> Iterator[str]:
    """The panel of the page, as if its code and its folder stood where the page says. Gives the code of its test."""
    import onhand.customers.file_panels
    from onhand.customers.models import OutsideId
    from onhand.customers.panels import forget_panel

    panel, its_test = code_of("add-a-panel.md")
    names = dict(vars(onhand.customers.file_panels)) | {"OutsideId": OutsideId}
    exec(compile(panel, "add-a-panel.md", "exec"), names)
    folder = Path(onhand.customers.file_panels.__file__).parents[1] / "web" / "desk" / "panels" / "outside_ids"
    folder.mkdir()
    (folder / "panel.html").write_text(blocks_of("add-a-panel.md", "html")[0])
    yield its_test
    forget_panel("outside_ids")
    shutil.rmtree(folder)


@pytest.mark.django_db
def test_the_panel_of_the_page_passes_the_test_of_the_page(added_panel: str) -> None:
    from dataclasses import replace

    from onhand.customers.identification.level import Reached
    from onhand.customers.panels import Reading, find_panel, open_panel
    from tests.factories import NOON, make_actor

    names: dict[str, Any] = {
        "pytest": pytest,
        "make_actor": make_actor,
        "make_customer": make_customer,
        "NOON": NOON,
        "Reached": Reached,
        "Reading": Reading,
        "find_panel": find_panel,
        "open_panel": open_panel,
        "replace": replace,
    }
    exec(compile(added_panel, "add-a-panel.md", "exec"), names)
    assert run_tests(names) == 1


@pytest.mark.django_db
def test_the_panel_of_the_page_is_on_the_desk_without_another_line(added_panel: str, client: Client) -> None:
    from tests.factories import NOON

    customer = make_customer("Ana")
    customer.outside_ids.create(system="shop", value="A-17", created_at=NOON)
    client.force_login(make_representative())
    page = client.get(f"/desk/customers/{customer.pk}/").content.decode()
    assert "Names in other systems" in page
    assert 'id="count-outside_ids">1<' in page
    assert "A-17" not in page, "fetched when it is opened"
    address = f"/desk/customers/{customer.pk}/panels/outside_ids/"
    assert "A-17" in client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "A-17" in client.get(address).content.decode()
    client.force_login(make_representative("eva@example.com", permissions=["customers.view"]))
    said = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "Identify the customer first" in said
    assert "A-17" not in said
    client.force_login(make_representative("leo@example.com", permissions=["staff.view"]))
    assert client.get(address).status_code == 404


@pytest.mark.django_db
def test_the_response_field_of_the_page_passes_the_test_of_the_page() -> None:
    from dataclasses import replace

    import onhand.knowledge.response_fields as fields
    from onhand.knowledge.filling import fill
    from tests.factories import NOON, make_actor

    registered, its_test = code_of("add-a-response-field.md")
    exec(compile(registered, "add-a-response-field.md", "exec"), dict(vars(fields)))
    names: dict[str, Any] = {
        **vars(fields),
        "date": date,
        "replace": replace,
        "fill": fill,
        "make_actor": make_actor,
        "make_customer": make_customer,
        "NOON": NOON,
        "pytest": pytest,
    }
    try:
        exec(compile(its_test, "add-a-response-field.md", "exec"), names)
        assert run_tests(names) == 1
    finally:
        fields.forget_response_field("customer.since")


def test_the_scenario_of_the_page_can_be_simulated() -> None:
    import tomllib

    from onhand.routing.simulation.reading import read_scenario
    from onhand.routing.simulation.run import simulate

    (written,) = re.findall(r"^```toml\n(.*?)^```", (HOWTO / "simulate.md").read_text(), re.DOTALL | re.MULTILINE)
    outcome = simulate(read_scenario(tomllib.loads(written)))
    assert outcome.whole.taken > 30
