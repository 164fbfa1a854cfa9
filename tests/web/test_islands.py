"""The islands of behaviour in a real browser, against the sample site, under the product's own content policy."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.web.sample_data import FILE
from tests.web.sample_site import Site

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("sample-browser")]


def until(true: Callable[[], object], seconds: float = 4) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.02)


def open_act(page: Page) -> None:
    page.goto(FILE)
    page.get_by_role("link", name="Change address", exact=True).click()
    expect(page.get_by_label("Street and number")).to_be_focused()


def test_palette_finds_by_letters_and_opens_the_act_beside_the_stream(sample_page: Page) -> None:
    sample_page.goto(FILE)
    sample_page.keyboard.press("Control+k")
    box = sample_page.get_by_role("combobox", name="Search or act")
    expect(box).to_be_focused()
    expect(sample_page.get_by_role("option")).not_to_have_count(0)
    box.press_sequentially("chad")
    first = sample_page.get_by_role("option").first
    expect(first).to_contain_text("Change address")
    expect(first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "palette-option-0")
    box.press("Enter")
    expect(sample_page.locator("#act-panel").get_by_role("heading", name="Change address")).to_be_visible()
    expect(sample_page.locator("#timeline-entries")).to_be_visible()


def test_palette_finds_customers_and_remembers_what_is_used(sample_page: Page) -> None:
    sample_page.goto("/desk/customers")
    sample_page.keyboard.press("Control+k")
    box = sample_page.get_by_role("combobox", name="Search or act")
    box.fill("ana")
    option = sample_page.get_by_role("option", name="Ana Núñez Prieto C-7F29Q")
    expect(option).to_be_visible()
    option.click()
    expect(sample_page).to_have_url(re.compile(FILE))
    sample_page.wait_for_load_state()
    assert sample_page.evaluate("localStorage.getItem('onhand.palette')") is None  # customers leave no trace
    sample_page.keyboard.press("Control+k")
    box.fill("roles")
    box.press("Enter")
    expect(sample_page).to_have_url(re.compile("/settings/roles"))
    assert "/settings/roles" in str(sample_page.evaluate("localStorage.getItem('onhand.palette')"))


def test_palette_keeps_an_enter_pressed_before_there_is_an_answer(sample_page: Page) -> None:
    waiting: list[Route] = []
    sample_page.goto("/desk/customers")
    sample_page.route("**/desk/palette*", lambda route: waiting.append(route))
    sample_page.keyboard.press("Control+k")
    box = sample_page.get_by_role("combobox", name="Search or act")
    box.fill("roles")
    box.press("Enter")
    expect(box).to_be_focused()
    with sample_page.expect_request("**/desk/palette?q=roles*"):
        pass
    for route in waiting:
        route.continue_()
    expect(sample_page).to_have_url(re.compile("/settings/roles"))


def test_act_shows_what_will_change_as_one_types(sample_page: Page, sample_site: Site) -> None:
    open_act(sample_page)
    sample_page.get_by_label("Street and number").press_sequentially("Calle Mayor 1")
    preview = sample_page.locator(".act-preview")
    expect(preview).to_contain_text("Allowed")
    expect(preview).to_contain_text("Calle Mayor 1")
    previews = [sent for sent in sample_site.sent if sent[0].endswith("/preview")]
    assert previews and all(token == "token" for _, token, _ in previews)
    assert len(previews) < 8  # not one for every letter


def test_act_is_confirmed_by_key_once_and_focus_goes_on(sample_page: Page, sample_site: Site) -> None:
    open_act(sample_page)
    street = sample_page.get_by_label("Street and number")
    street.fill("Calle Mayor 1")
    sample_page.keyboard.press("Control+Enter")
    sample_page.keyboard.press("Control+Enter")
    expect(sample_page.get_by_text("The address is changed.")).to_be_focused()
    sent = [given for path, _, given in sample_site.sent if path.endswith("customers.change_address")]
    assert len(sent) == 1
    assert sent[0]["idempotency_key"] == ["key-1"]
    assert sent[0]["expected_version"] == ["7"]
    sample_page.keyboard.press("Escape")
    expect(sample_page.locator("#act-panel")).to_be_empty()


def test_escape_closes_the_act_and_gives_focus_back(sample_page: Page) -> None:
    open_act(sample_page)
    sample_page.keyboard.press("Escape")
    expect(sample_page.get_by_role("link", name="Change address", exact=True)).to_be_focused()


@pytest.mark.expects_errors  # Chromium notes every 422 in its console
def test_errors_stand_at_their_field_and_what_was_typed_stays(sample_page: Page, sample_site: Site) -> None:
    sample_site.answer_act = "errors"
    open_act(sample_page)
    sample_page.get_by_label("Street and number").fill("Calle Mayor 1")
    sample_page.get_by_label("Postal code").fill("1")
    sample_page.keyboard.press("Control+Enter")
    wrong = sample_page.get_by_label("Postal code")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description("A Spanish postal code has five figures.")
    expect(sample_page.get_by_label("Street and number")).to_have_value("Calle Mayor 1")


@pytest.mark.expects_errors
def test_stale_version_shows_what_is_stored_and_keeps_what_was_typed(sample_page: Page, sample_site: Site) -> None:
    sample_site.answer_act = "stale"
    open_act(sample_page)
    street = sample_page.get_by_role("textbox", name="Street and number")
    street.fill("Calle Mayor 1")
    sample_page.keyboard.press("Control+Enter")
    expect(sample_page.get_by_text("Somebody else changed this meanwhile")).to_be_visible()
    expect(street).to_have_value("Calle Mayor 1")
    sample_page.get_by_role("button", name="Use this: Street and number").click()
    expect(street).to_have_value("Calle Nueva 3")


def test_typed_text_is_kept_and_restored(sample_page: Page, sample_site: Site) -> None:
    sample_page.goto(FILE)
    note = sample_page.get_by_label("Add a note")
    note.press_sequentially("Called about the parcel")
    until(lambda: sample_site.drafts.get("note:12") == "Called about the parcel")
    expect(sample_page.get_by_text(re.compile("^Kept at"))).to_be_visible()
    sample_page.reload()
    expect(note).to_have_value("Called about the parcel")
    expect(sample_page.get_by_text(re.compile("^Restored what you typed"))).to_be_visible()


def test_the_last_letters_leave_with_the_page(sample_page: Page, sample_site: Site) -> None:
    sample_page.goto(FILE)
    sample_page.get_by_label("Add a note").press_sequentially("half a sen", delay=5)
    sample_page.goto("/desk/customers")
    until(lambda: sample_site.drafts.get("note:12") == "half a sen")


def test_note_is_sent_cleared_and_gets_a_new_key(sample_page: Page, sample_site: Site) -> None:
    sample_page.goto(FILE)
    note = sample_page.get_by_label("Add a note")
    note.fill("Asks for a call back")
    note.press("Control+Enter")
    expect(note).to_have_value("")
    expect(sample_page.locator(".composer [name=idempotency_key]")).to_have_value("next-key")
    expect(note).to_be_focused()


def test_act_form_draft_survives_a_reload(sample_page: Page, sample_site: Site) -> None:
    open_act(sample_page)
    sample_page.get_by_label("Street and number").press_sequentially("Calle Ma")
    until(lambda: "Calle Ma" in sample_site.drafts.get("act:customers.change_address:12", ""))
    open_act(sample_page)
    expect(sample_page.get_by_label("Street and number")).to_have_value("Calle Ma")


def test_hint_refreshes_the_region_softly_and_keeps_typing(sample_page: Page, sample_site: Site) -> None:
    sample_page.goto(FILE)
    expect(sample_page.locator(".live-state")).to_have_text("Live")
    note = sample_page.get_by_label("Add a note")
    note.press_sequentially("still typ")
    sample_site.headline = "Address corrected"
    sample_site.hint("customer:12")
    changed = sample_page.locator("#record-9")
    expect(changed).to_contain_text("Address corrected")
    expect(changed).to_have_class(re.compile("changed"))
    expect(sample_page.locator("#record-8")).not_to_have_class(re.compile("changed"))
    expect(note).to_be_focused()
    expect(note).to_have_value("still typ")
    changed.hover()
    expect(changed).not_to_have_class(re.compile("changed"))


def test_refresh_keeps_a_lengthened_list(sample_page: Page, sample_site: Site) -> None:
    sample_page.goto(FILE)
    expect(sample_page.locator(".live-state")).to_have_text("Live")
    sample_page.get_by_role("link", name="Show earlier").click()
    expect(sample_page.get_by_text("Older note")).to_be_visible()
    expect(sample_page.get_by_role("link", name="Show earlier")).to_have_count(0)
    sample_site.headline = "Address corrected"
    sample_site.hint("customer:12")
    expect(sample_page.locator("#record-9")).to_contain_text("Address corrected")
    expect(sample_page.get_by_text("Older note")).to_be_visible()
    expect(sample_page.get_by_role("link", name="Show earlier")).to_have_count(0)


def test_tabs_share_one_stream(sample_context: BrowserContext, sample_site: Site) -> None:
    first, second = sample_context.new_page(), sample_context.new_page()
    first.goto("/desk/customers")
    expect(first.locator(".live-state")).to_have_text("Live")
    second.goto(FILE)
    expect(second.locator(".live-state")).to_have_text("Live")
    until(lambda: any("customer:12" in topics for topics in sample_site.streams))
    assert len(sample_site.streams) == 2  # opened once, then once again for the wider set of topics
    time.sleep(0.3)
    sample_site.headline = "Address corrected"
    sample_site.hint("customer:12")
    second.bring_to_front()
    expect(second.locator("#record-9")).to_contain_text("Address corrected")
    first.close()  # the other tab takes over
    until(lambda: len(sample_site.streams) == 3)
    expect(second.locator(".live-state")).to_have_text("Live")


@pytest.mark.expects_errors
def test_a_lost_stream_is_said_quietly_and_comes_back(sample_page: Page, sample_site: Site) -> None:
    sample_page.goto(FILE)
    expect(sample_page.locator(".live-state")).to_have_text("Live")
    sample_site.live_up = False
    expect(sample_page.locator(".live-state")).to_have_text("Not live")
    sample_site.headline = "Changed in the gap"
    sample_site.live_up = True
    expect(sample_page.locator(".live-state")).to_have_text("Live")
    expect(sample_page.locator("#record-9")).to_contain_text("Changed in the gap")


def test_keys_are_shown_and_work_and_can_be_turned_off(sample_page: Page) -> None:
    sample_page.goto(FILE)
    sample_page.keyboard.press("?")
    dialog = sample_page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("Change address")
    sample_page.keyboard.press("Escape")
    sample_page.keyboard.press("n")
    expect(sample_page.get_by_label("Add a note")).to_be_focused()
    sample_page.get_by_label("Add a note").blur()
    sample_page.keyboard.press("g")
    sample_page.keyboard.press("c")
    expect(sample_page).to_have_url(re.compile("/desk/customers$"))
    expect(sample_page.locator(".live-state")).to_have_text("Live")
    sample_page.keyboard.press("?")
    sample_page.get_by_label("Use single-letter keys").uncheck()
    sample_page.keyboard.press("Escape")
    sample_page.keyboard.press("g")
    sample_page.keyboard.press("d")
    sample_page.wait_for_timeout(200)
    expect(sample_page).to_have_url(re.compile("/desk/customers$"))


def test_theme_and_text_size_change_at_once_and_are_kept(sample_page: Page, sample_site: Site) -> None:
    sample_page.goto(FILE)
    sample_page.get_by_role("button", name="Marta Ruiz Menu").click()
    sample_page.get_by_text("Dark", exact=True).click()
    expect(sample_page.locator("html")).to_have_attribute("data-theme", "dark")
    assert sample_page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 19, 18)"
    sample_page.get_by_text("130", exact=True).click()
    assert sample_page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20.8px"
    until(lambda: ("/desk/preferences", "token", {"theme": ["dark"]}) in sample_site.sent)
    until(lambda: ("/desk/preferences", "token", {"text_size": ["130"]}) in sample_site.sent)


def test_reference_box_offers_and_sends_the_value(sample_page: Page) -> None:
    open_act(sample_page)
    box = sample_page.get_by_role("combobox", name="Nearest site")
    box.press_sequentially("nor")
    expect(sample_page.get_by_role("option", name="Madrid north 28034")).to_be_visible()
    box.press("Enter")
    expect(box).to_have_value("Madrid north")
    expect(sample_page.locator("input[type=hidden][name=site]")).to_have_value("2")
    expect(sample_page.locator("#act-form")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "typed", "shown"),
    [("en", "1234.5", "1,234.50"), ("es", "1234,5", "1234,50"), ("es", "12345.67", "12.345,67"), ("en", "x", "x")],
)
def test_money_is_written_as_people_write_it(
    sample_page: Page, sample_site: Site, language: str, typed: str, shown: str
) -> None:
    sample_site.look["language"] = language
    open_act(sample_page)
    fee = sample_page.get_by_label("Fee")
    fee.fill(typed)
    fee.blur()
    expect(fee).to_have_value(shown)


def test_search_answers_as_typed_without_losing_focus(sample_page: Page) -> None:
    sample_page.goto("/desk/customers")
    box = sample_page.get_by_role("searchbox", name="Search customers")
    box.press_sequentially("kaffee")
    expect(sample_page.locator("[data-row]")).to_have_count(4)
    expect(box).to_be_focused()
    expect(sample_page).to_have_url(re.compile("q=kaffee"))
    sample_page.get_by_role("heading", name="Customers").click()
    sample_page.keyboard.press("j")
    expect(sample_page.locator("a.open").first).to_be_focused()  # the keys stay in the list


@pytest.mark.expects_errors
def test_a_page_asked_for_by_an_act_never_lands_in_the_panel(sample_page: Page) -> None:
    sample_page.goto(FILE)
    sample_page.route(
        "**/acts/customers.change_address",
        lambda route: route.fulfill(content_type="text/html", body="<!doctype html><html><body>sign in</body></html>"),
    )
    sample_page.get_by_role("link", name="Change address", exact=True).click()
    expect(sample_page.locator("#notices")).to_contain_text("You are signed out")
    expect(sample_page.locator("#act-panel")).to_be_empty()


def test_a_table_of_a_form_gets_another_row(sample_page: Page, sample_site: Site) -> None:
    sample_page.goto("/settings/table")
    expect(sample_page.get_by_label("Row 1: What")).to_have_value("Lamp")
    expect(sample_page.get_by_text("Only one is left.")).to_be_visible()
    sample_page.get_by_role("button", name="Add a row").click()
    added = sample_page.get_by_label("Row 3: What")
    expect(added).to_be_focused()
    added.fill("Shade")
    sample_page.get_by_label("Lamp, brass: Pieces").fill("1")
    sample_page.get_by_role("button", name="Save", exact=False).last.click()
    until(lambda: any("wanted__2__what" in data for _method, _path, data in sample_site.sent))
    data = next(data for _method, _path, data in sample_site.sent if "wanted__2__what" in data)
    assert data["wanted__2__what"] == ["Shade"]
    assert (data["returned__0__line"], data["returned__0__pieces"]) == (["7"], ["1"])
