"""A day of mails at the desk, in real browsers against the whole application."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.company import Person

if TYPE_CHECKING:
    from onhand.contacts.models import Contact
    from onhand.customers.models import Customer

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]
Come = Callable[..., Person]
ADDRESS = "buyer@mail.example"


@pytest.fixture
def mail(company: "list[Customer]") -> "Contact":
    """A mail that the demo's representative has taken."""
    from django.utils import timezone

    from onhand.customers.access import visible_customers
    from onhand.staff.models import Representative
    from onhand.staff.queries import actor_for
    from tests.factories.writing import make_message, make_thread

    rep = Representative.objects.get(email="representative@demo.example")
    customer = visible_customers(actor_for(rep)).order_by("pk").first()
    now = timezone.now()
    contact = make_thread(
        customer,
        representative_id=rep.pk,
        representative_name=rep.name,
        team=rep.teams.first(),
        outside_address=ADDRESS,
        started_at=now,
        last_message_at=now,
    )
    make_message(contact, "The kettle does not get hot.", sender_address=ADDRESS, at=now)
    return contact


def open_contact(person: Person, contact: "Contact") -> Page:
    person.page.goto(f"/desk/contacts/{contact.pk}/")
    person.is_live()
    return person.page


def draft_of(page: Page, contact: "Contact") -> dict[str, str]:
    """What the server keeps of the answer being written."""
    kept: dict[str, str] = json.loads(page.request.get(f"/desk/drafts/answer:{contact.pk}").json()["text"] or "{}")
    return kept


def waits_for(check: Callable[[], Any], seconds: float = 30) -> Any:
    """What the check gives as soon as it gives anything."""
    until = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)
    return found


def test_work_is_found_answered_and_undone_by_keyboard(person: Come, mail: "Contact") -> None:
    from onhand.contacts.models import Message

    somebody = person("representative")
    page = somebody.page
    expect(page.locator(".contact-row")).to_contain_text("The kettle is broken")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/contacts/{mail.pk}/")
    somebody.is_live()
    page.keyboard.press("r")
    box = page.locator("#answer-text")
    expect(box).to_be_focused()
    page.keyboard.type("A new one leaves today.")
    page.keyboard.press("Control+Enter")
    sent = page.locator(".message.ours").last
    expect(sent).to_contain_text("A new one leaves today.")
    expect(sent).to_contain_text("Sending in")
    expect(box).to_have_value("")
    page.locator("body").press("Escape")
    page.locator(".message.ours button", has_text="Undo").click()
    expect(page.locator(".message.cancelled")).to_contain_text("A new one leaves today.")
    expect(box).to_have_value("A new one leaves today.")
    assert Message.objects.get(contact=mail, direction="outbound").state == "cancelled"
    box.press("Control+Enter")
    expect(page.locator(".message.ours:not(.cancelled)")).to_contain_text("Sending in")
    expect(box).to_have_value("")
    box.fill("And one more thing.")
    box.press("Control+Enter")
    expect(page.locator(".message.ours:not(.cancelled)")).to_have_count(2)


def test_formatted_answers_leave_as_they_look(person: Come, mail: "Contact") -> None:
    from onhand.contacts.models import Message

    page = open_contact(person("representative"), mail)
    page.locator("[data-rich]").click()
    editor = page.locator("#answer-editor [contenteditable]")
    expect(editor).to_be_focused()
    page.keyboard.type("Dear Ana,")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+b")
    page.keyboard.type("today")
    page.keyboard.press("Control+b")
    page.keyboard.type(" it leaves.")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="List", exact=True).click()
    page.keyboard.type("one kettle")
    editor.press("Control+Enter")
    expect(page.locator(".message.ours")).to_contain_text("one kettle")
    sent = Message.objects.get(contact=mail, direction="outbound")
    assert "<strong>today</strong>" in sent.html
    assert "<li>" in sent.html
    assert "Dear Ana,\n\ntoday it leaves." in sent.text.replace("\r\n", "\n")
    assert "- one kettle" in sent.text
    expect(editor).to_have_text("")


def test_a_draft_survives_reload_and_another_browser(person: Come, mail: "Contact") -> None:
    page = open_contact(person("representative"), mail)
    page.locator("#answer-text").type("Half an ans")
    page.locator(".write-lines summary").click()
    page.locator("#answer-cc").fill("stock@demo.example")
    page.locator("input[type=file]").set_input_files(
        {"name": "handle.txt", "mimeType": "text/plain", "buffer": b"a handle"}
    )
    expect(page.locator("[data-upload]")).to_contain_text("handle.txt")
    page.wait_for_selector("#write-answer [data-draft-state]:has-text('Kept at')")
    waits_for(lambda: "handle.txt" in draft_of(page, mail).get("files", ""))
    page.reload()
    expect(page.locator("#answer-text")).to_have_value("Half an ans")
    other = open_contact(person("representative"), mail)
    expect(other.locator("#answer-text")).to_have_value("Half an ans")
    expect(other.locator("#answer-cc")).to_have_value("stock@demo.example")
    expect(other.locator("[data-upload]")).to_contain_text("handle.txt")


def test_two_people_answer(person: Come, mail: "Contact") -> None:
    from onhand.contacts.models import Message

    first, second = person("representative"), person("administrator")
    here, there = open_contact(first, mail), open_contact(second, mail)
    expect(here.locator("#contact-presence")).to_contain_text("has this open")
    there.locator("#answer-text").type("I will see to it")
    expect(here.locator("#contact-presence")).to_contain_text("is writing an answer")
    here.locator("#answer-text").type("It is on its way.")
    here.locator("#answer-text").press("Control+Enter")
    expect(there.locator(".message.ours")).to_contain_text("It is on its way.")
    expect(there.locator("[data-unseen]")).to_be_visible()
    expect(there.locator("#answer-text")).to_be_focused()
    there.locator("#answer-text").press("Control+Enter")
    expect(there.locator("#answer-result")).to_contain_text("somebody was faster")
    assert Message.objects.filter(contact=mail, direction="outbound").count() == 1
    there.get_by_role("button", name="Send anyway").click()
    expect(there.locator(".message.ours")).to_have_count(2)
    assert Message.objects.filter(contact=mail, direction="outbound").count() == 2


def test_a_message_arrives_while_one_writes(person: Come, mail: "Contact") -> None:
    from django.utils import timezone

    from onhand.contacts.models import Contact
    from onhand.contacts.work import hint_lists
    from tests.factories.writing import make_message

    page = open_contact(person("representative"), mail)
    page.locator("#answer-text").type("Which colour")
    make_message(mail, "It is the red one.", sender_address=ADDRESS, at=timezone.now())
    hint_lists(Contact.objects.get(pk=mail.pk))
    page.wait_for_selector(".message.theirs:has-text('It is the red one.')")
    expect(page.locator("#answer-text")).to_be_focused()
    page.keyboard.type(" is it?")
    expect(page.locator("#answer-text")).to_have_value("Which colour is it?")
    expect(page.locator(".message.theirs").last).to_be_in_viewport()


def test_new_work_appears_in_the_list_and_is_taken(person: Come, mail: "Contact") -> None:
    from onhand.contacts.work import hint_lists
    from tests.factories.writing import make_message, make_thread

    page = person("representative").page
    page.goto("/desk/lists/unassigned/")
    page.wait_for_selector(".live-state[data-state=on]", state="attached")
    expect(page.locator("#work-list")).to_contain_text("Everything has somebody")
    new = make_thread(mail.customer, team=mail.team, subject="Where is it?", last_message_at=mail.last_message_at)
    make_message(new)
    hint_lists(new)
    row = page.locator(".contact-row", has_text="Where is it?")
    row.wait_for()
    page.keyboard.press("j")
    page.keyboard.press("t")
    expect(page.locator("#notices")).to_contain_text("It is yours.")
    expect(row).to_have_count(0)
    expect(page.locator("#work")).to_contain_text("Where is it?")


def test_files_go_up_and_come_down(person: Come, mail: "Contact", tmp_path: Path) -> None:
    from onhand.contacts.models import Message
    from tests.factories.writing import make_attachment

    letter = tmp_path / "letter.txt"
    letter.write_bytes(b"Dear customer")
    theirs = make_attachment(Message.objects.get(contact=mail), "año.pdf", "application/pdf", b"%PDF-1.4 x")
    page = open_contact(person("representative"), mail)
    with page.expect_download() as down:
        page.locator(f"a[href='/desk/attachments/{theirs.pk}/']").click()
    assert down.value.suggested_filename == "año.pdf"
    assert Path(down.value.path()).read_bytes() == b"%PDF-1.4 x"
    page.locator("input[type=file]").set_input_files(letter)
    expect(page.locator("[data-upload]")).to_contain_text("letter.txt")
    page.locator("#answer-text").fill("See the letter.")
    page.locator("#answer-text").press("Control+Enter")
    expect(page.locator(".message.ours .attached")).to_contain_text("letter.txt")
    expect(page.locator("[data-upload]")).to_have_count(0)


def test_a_designed_message_stays_in_its_frame(person: Come, mail: "Contact") -> None:
    from onhand.contacts.models import Message

    html = "<p>Designed</p><script>parent.document.title='caught'</script><img src=x onerror=\"alert(1)\">"
    Message.objects.filter(contact=mail).update(html=html)  # as if nobody had sanitised it
    somebody = person("representative")
    page = open_contact(somebody, mail)
    page.locator("details.designed > summary").click()
    frame = page.frame_locator("iframe")
    expect(frame.locator("p")).to_have_text("Designed")
    assert "caught" not in page.title()
    somebody.wrong = [said for said in somebody.wrong if "script" not in said.lower()]  # it is refused, and said so


def test_wrapping_up_leads_to_the_next(person: Come, mail: "Contact") -> None:
    from onhand.contacts.models import Contact, ContactReason
    from tests.factories.writing import make_message, make_thread

    ContactReason.objects.create(name="Broken on arrival")
    given: dict[str, Any] = {"representative_id": mail.representative_id, "last_message_at": mail.last_message_at}
    following = make_thread(mail.customer, subject="The lamp, too", **given)
    make_message(following)
    page = open_contact(person("representative"), mail)
    page.locator("body").press("d")
    page.get_by_label("Reason").select_option(label="Broken on arrival")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#contact-head")).to_contain_text("Wrapped up")
    assert Contact.objects.get(pk=mail.pk).ended_at
    page.keyboard.press("Escape")
    page.locator("body").press("]")
    page.wait_for_url(f"**/contacts/{following.pk}/")


def test_typing_finds_a_standard_response(person: Come, mail: "Contact") -> None:
    from django.utils import timezone

    from onhand.knowledge.demo.company import create_demo_knowledge

    create_demo_knowledge(at=timezone.now())
    page = open_contact(person("representative"), mail)
    page.locator("#answer-text").press("r")
    page.locator("#answer-text").fill("")
    page.locator("#answer-text").type("/")
    options = page.locator("[data-insert-list] [role=option]")
    expect(options.first).to_be_visible()
    expect(page.locator("#answer-text")).to_have_attribute(
        "aria-activedescendant", options.first.get_attribute("id") or ""
    )
    page.keyboard.press("Enter")
    expect(page.locator("#answer-text")).not_to_have_value("/")
    expect(options).to_have_count(0)
    waits_for(lambda: len(draft_of(page, mail).get("text", "")) > 10)
