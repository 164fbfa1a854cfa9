"""The form of a draft: cells, rows, columns, tables, words, test cases; what is found about it; nothing typed is lost."""

from typing import Any

import pytest
from django.test import Client

from onhand.guidelines.documents import from_json
from onhand.guidelines.models import Guideline
from onhand.guidelines.tables import Table
from onhand.web.guidelines.role_cells import RoleCells
from tests.factories.staff import make_person

pytestmark = pytest.mark.django_db
GOODWILL = "invoicing.give_goodwill"


@pytest.fixture
def browser(client: Client) -> Client:
    client.force_login(make_person("supervisor"))
    return client


@pytest.fixture
def begun(browser: Client) -> Guideline:
    answer = browser.post("/guidelines/new/", {"name": "Returns", "acts": [GOODWILL]})
    one = Guideline.objects.get(name="Returns")
    assert answer["Location"] == f"/guidelines/{one.pk}/edit/"
    return one


def form(one: Guideline, *rows: tuple[str, ...], **changes: Any) -> dict[str, Any]:
    """The form of a table of one test and two outputs, with these rows."""
    one.refresh_from_db()
    sent: dict[str, Any] = {
        "expected_version": one.version,
        "acts": [GOODWILL],
        "d0-name": "Answer",
        "d0-was": "Answer",
        "d0-stored": "Answer",
        "d0-first": 0,
        "d0-shown": min(100, len(stored(one).rules)),
        "d0-role": "decision",
        "d0-policy": "U",
        "d0-i0-expression": "amount given",
        "d0-i0-type": "number",
        "d0-o0-name": "answer",
        "d0-o0-type": "string",
        "d0-o1-name": "approver",
        "d0-o1-type": "string",
    }
    for at, (test, answer, approver) in enumerate(rows):
        sent |= {f"d0-r{at}-t0": test, f"d0-r{at}-o0": answer, f"d0-r{at}-o1": approver, f"d0-r{at}-note": ""}
    return sent | changes


def post(browser: Client, one: Guideline, sent: dict[str, Any]) -> str:
    answer = browser.post(f"/guidelines/{one.pk}/edit/", sent, follow=True)
    assert answer.status_code in (200, 409)
    return answer.content.decode()


def stored(one: Guideline) -> Table:
    one.refresh_from_db()
    logic = from_json(one.draft).graph.decisions[0].logic
    assert isinstance(logic, Table)
    return logic


def test_a_new_one_asks_in_every_case(browser: Client, begun: Guideline) -> None:
    assert stored(begun).rules[0].outputs[0] == '"ask"'
    page = browser.get(f"/guidelines/{begun.pk}/edit/").content.decode()
    assert "Every cell can be read" in page
    assert "covers every case" in page
    again = browser.post("/guidelines/new/", {"name": "returns", "acts": [GOODWILL]})
    assert again.status_code == 422
    assert "There is a guideline of this name already." in again.content.decode()


def test_what_is_saved_is_what_was_typed_with_the_quotes_people_leave_out(browser: Client, begun: Guideline) -> None:
    page = post(browser, begun, form(begun, ("<= 100", '"allow"', ""), ("", "ask", "senior, supervisor")))
    assert "The draft is saved." in page
    assert [rule.tests for rule in stored(begun).rules] == [("<= 100",), ("-",)]
    assert [rule.outputs for rule in stored(begun).rules] == [('"allow"', "null"), ('"ask"', '"senior, supervisor"')]
    assert from_json(begun.draft).graph.decisions[0].requires == ("amount given",)


def test_who_may_approve_is_read_and_typed_by_name_and_kept_by_key(browser: Client, begun: Guideline) -> None:
    rows = (("1", "allow", "Senior or so"), ("", "ask", "supervisor, Senior representative"))
    page = post(browser, begun, form(begun, *rows))
    assert [rule.outputs[1] for rule in stored(begun).rules] == ['"Senior or so"', '"supervisor, senior"']
    assert "There is no role “Senior or so”." in page
    page = browser.get(f"/guidelines/{begun.pk}/edit/").content.decode()
    cell = page.split('id="d0-r1-o1"')[1].split("</td>")[0]
    assert 'value="Supervisor, Senior representative"' in cell
    assert 'list="role-names"' in cell
    offered = page.split('<datalist id="role-names">')[1].split("</datalist>")[0]
    assert '<option value="Administrator">' in offered
    assert '<option value="Supervisor, Senior representative">' in offered
    read = browser.get(f"/guidelines/{begun.pk}/draft/").content.decode()
    assert "Who may approve: Supervisor or Senior representative" in read
    assert "supervisor, senior" not in read


def test_roles_with_names_that_are_not_plain() -> None:
    cells = RoleCells({"senior": "Erfahrene", "boss": "Senior", "pair": "Ana, Ben", "one": "Same", "two": "same"})
    assert [cells.shown(f'"{key}"') for key in ("senior", "boss", "pair", "one", "nobody", "senior, nobody")] == [
        *("Erfahrene", "Senior", "pair", "one"),
        *('"nobody"', '"senior, nobody"'),
    ]
    assert cells.shown("amount given") == "amount given"
    assert [cells.stored(one) for one in ("Senior", '"senior"', "erfahrene , BOSS", "two", "nobody", "")] == [
        *('"boss"', '"senior"', '"senior, boss"', '"two"'),
        *("nobody", ""),
    ]
    assert cells.offered == ["Erfahrene", "one", "pair", "Senior", "two"]


def test_a_wrong_cell_is_shown_at_its_cell_and_stays_as_it_was_typed(browser: Client, begun: Guideline) -> None:
    page = post(browser, begun, form(begun, ("<= <", '"allow"', "nobody"), ("> 5", '"ask"', "")))
    assert "things are still wrong." in page
    cell = page.split('id="d0-r0-t0"')[1].split("</td>")[0]
    assert 'value="&lt;= &lt;"' in cell
    assert 'aria-invalid="true"' in cell
    assert 'id="d0-r0-t0-wrong"' in cell
    assert "There is no role “nobody”." in page.split('id="d0-r0-o1"')[1].split("</td>")[0]
    assert 'data-cell="d0-r0-t0"' in page


def test_a_gap_is_a_case_in_words_and_one_button_adds_its_row(browser: Client, begun: Guideline) -> None:
    rows = (("<= 100", '"allow"', ""),)
    page = post(browser, begun, form(begun, *rows, change="refresh"))
    assert "amount given: more than 100" in page
    page = post(browser, begun, form(begun, *rows, change='gap:0:["> 100"]'))
    assert 'value="&gt; 100"' in page.split('id="d0-r1-t0"')[1].split("</td>")[0]
    assert "covers every case" in page
    assert len(stored(begun).rules) == 1  # saved by nobody yet


def test_contradictions_and_rows_never_reached_are_said(browser: Client, begun: Guideline) -> None:
    rows = (("<= 100", '"allow"', ""), (">= 100", '"ask"', ""))
    assert "Rows 1 and 2 both match: amount given: 100" in post(browser, begun, form(begun, *rows, change="refresh"))
    rows = (("-", '"allow"', ""), (">= 100", '"ask"', ""))
    page = post(browser, begun, form(begun, *rows, change="refresh", **{"d0-policy": "F"}))
    assert "No case comes to row 2." in page


@pytest.mark.parametrize(
    ("asked", "tests"),
    [
        ("row-add:0", ["1", "2", ""]),
        ("row-add:0:0", ["1", "", "2"]),
        ("row-copy:0:0", ["1", "1", "2"]),
        ("row-remove:0:0", ["2"]),
        ("row-down:0:0", ["2", "1"]),
        ("row-up:0:1", ["2", "1"]),
        ("row-up:0:0", ["1", "2"]),
        ("row-remove:9:9", ["1", "2"]),
        ("nonsense", ["1", "2"]),
        ("gap:0:[[", ["1", "2"]),
        ("column-remove:0:7", ["1", "2"]),
    ],
)
def test_rows_are_added_copied_moved_and_removed(
    browser: Client, begun: Guideline, asked: str, tests: list[str]
) -> None:
    page = post(browser, begun, form(begun, ("1", '"allow"', ""), ("2", '"ask"', ""), change=asked))
    found = [part.split('value="')[1].split('"')[0] for part in page.split('name="d0-r')[1:] if "-t0" in part[:8]]
    assert found == tests


def test_columns_are_added_from_the_list_of_facts_and_taken_away(browser: Client, begun: Guideline) -> None:
    rows = (("1", '"allow"', ""),)
    page = post(browser, begun, form(begun, *rows, change="column-add:0", **{"d0-new-input": "weekday"}))
    assert 'id="d0-r0-t1"' in page
    assert "&#34;Monday&#34;, &#34;Tuesday&#34;" in page  # the values it can have
    page = post(browser, begun, form(begun, *rows, change="output-add:0", **{"d0-new-output": "second person"}))
    assert 'id="d0-r0-o2"' in page
    page = post(browser, begun, form(begun, *rows, change="column-remove:0:0"))
    assert 'id="d0-r0-t0"' not in page
    page = post(browser, begun, form(begun, *rows, change="output-left:0:1"))
    assert page.index('value="approver"') < page.index('value="answer"')


def test_rows_are_pasted_from_a_spreadsheet(browser: Client, begun: Guideline) -> None:
    rows = (("1", '"allow"', ""), ("2", '"ask"', ""))
    sent = form(begun, *rows, change="paste:0", **{"d0-paste": "10\tallow\n20\task\tsenior\n", "d0-at": "1:0"})
    post(browser, begun, sent)
    page = post(browser, begun, sent)
    assert 'id="d0-r2-t0" name="d0-r2-t0" value="20"' in page
    assert 'id="d0-r1-t0" name="d0-r1-t0" value="10"' in page
    assert 'value="Senior representative"' in page
    assert "Every cell can be read" in page
    at_end = post(browser, begun, form(begun, *rows, change="paste:0", **{"d0-paste": "10\tallow"}))
    assert 'id="d0-r2-t0" name="d0-r2-t0" value="10"' in at_end


def test_further_tables_words_and_test_cases(browser: Client, begun: Guideline) -> None:
    more = {
        "w0-key": "late",
        "w0-was": "",
        "w0-representative-en": "Too late: {amount given}.",
        "w0-customer-es": "Es tarde.",
        "case-fact": ["amount given"],
        "case-output": ["answer"],
        "c0-name": "small",
        "c0-f0": "5",
        "c0-e0": '"allow"',
        "d1-name": "Remedies",
        "d1-was": "Remedies",
        "d1-role": "remedies",
        "d1-policy": "C",
        "d1-o0-name": "remedy",
        "d1-o0-type": "string",
        "d1-r0-o0": "voucher",
        "d1-r0-note": "",
    }
    page = post(browser, begun, form(begun, ("<= 10", '"allow"', ""), ("> 10", '"ask"', ""), **more))
    assert "All test cases come out right" in page
    document = from_json(Guideline.objects.get(pk=begun.pk).draft)
    assert (document.decision, document.remedies) == ("Answer", "Remedies")
    assert document.words["late"].customer == {"es": "Es tarde."}
    wrong = post(browser, begun, form(begun, ("-", '"ask"', ""), **more))
    assert "a test case comes out otherwise" in wrong
    for asked, there in (("table-add", "d2-name"), ("words-add", "w1-key"), ("case-add", "c1-name")):
        changed = form(begun, ("-", '"ask"', ""), **more, change=asked, **{"new-table": "follow_ups"})
        assert f'name="{there}"' in post(browser, begun, changed)
    for asked, gone in (("table-remove:1", "d1-name"), ("words-remove:0", "w0-key"), ("case-remove:0", "c0-name")):
        assert f'name="{gone}"' not in post(browser, begun, form(begun, ("-", '"ask"', ""), **more, change=asked))


def test_facts_typed_by_hand_show_the_rows_and_the_answer(browser: Client, begun: Guideline) -> None:
    rows = (("<= 10", '"allow"', ""), ("> 10", '"ask"', "senior"))
    sent = form(begun, *rows, change="refresh", **{"try-fact": ["amount given"], "try": ["50"]})
    trial = post(browser, begun, sent).split('id="trial"')[1]
    assert "Row 2" in trial
    assert "<strong>Who may approve: Senior representative</strong>" in trial
    wrong = form(begun, *rows, change="refresh", **{"try-fact": ["amount given"], "try": ["<"]})
    assert "errors" in post(browser, begun, wrong).split('id="trial"')[1][:300]


def test_who_comes_second_is_told_and_loses_nothing(browser: Client, begun: Guideline) -> None:
    first = form(begun, ("<= 1", '"allow"', ""))
    second = form(begun, ("<= 2", '"allow"', ""))
    post(browser, begun, first)
    page = post(browser, begun, second)
    assert "changed by someone else meanwhile" in page
    assert 'value="&lt;= 2"' in page
    assert stored(begun).rules[0].tests == ("<= 1",)
    post(browser, begun, second | {"over": "1"})
    assert stored(begun).rules[0].tests == ("<= 2",)


@pytest.mark.parametrize(
    "sent",
    [
        {"d0-first": "9", "d0-shown": "999"},
        {"d0-first": "x", "d0-shown": "-1"},
        {"d0-stored": "no such table"},
        {"d0-at": "99999:99999", "d0-paste": "a\tb", "change": "paste:0"},
        {"d0-at": "7", "d0-paste": "a\tb\tc\td\te\tf", "change": "paste:0"},
        {"d0-policy": "Z", "change": "row-move:0:0"},
        {"change": "gap:999:[]"},
        {"change": "table-remove:99999"},
        {"change": "row-copy:0:99999"},
    ],
)
def test_a_form_that_makes_no_sense_breaks_nothing(browser: Client, begun: Guideline, sent: dict[str, str]) -> None:
    assert "Returns: draft" in post(browser, begun, form(begun, ("1", '"allow"', ""), **sent))


def test_of_a_long_table_a_part_is_in_the_form_and_the_rest_stays(browser: Client, begun: Guideline) -> None:
    many = [(str(at), '"allow"', "") for at in range(250)]
    post(browser, begun, form(begun, *many))
    assert len(stored(begun).rules) == 250
    page = browser.get(f"/guidelines/{begun.pk}/edit/?from=100").content.decode()
    assert 'name="d0-r0-t0" value="100"' in page
    assert "150 more rows of this table are not in the form." in page
    part = [(str(at), '"ask"', "") for at in range(100, 200)]
    window = {"d0-first": 100, "d0-shown": 100}
    post(browser, begun, form(begun, *part, **window))
    rules = stored(begun).rules
    assert [rule.tests[0] for rule in rules] == [str(at) for at in range(250)]
    assert [rules[at].outputs[0] for at in (99, 100, 199, 200)] == ['"allow"', '"ask"', '"ask"', '"allow"']
