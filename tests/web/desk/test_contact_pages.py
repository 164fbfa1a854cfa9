"""The page of a contact: conversation, file beside it, answering, files, what was designed, and the work lists."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from onhand.contacts.models import Contact, ContactReason, Message, TeamSignature
from onhand.customers.models import Customer
from onhand.kernel.models import AccessRecord, ActRecord
from onhand.staff.models import Representative
from onhand.web.models import Draft
from tests.factories import NOON
from tests.factories.staff import make_team
from tests.factories.writing import later, make_attachment, make_message, make_thread
from tests.web.desk.files import make_colleague, make_file

pytestmark = pytest.mark.django_db

FRAGMENT = {"HX-Request": "true"}
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


@pytest.fixture
def thread(ana: Customer, rosa: Representative) -> Contact:
    contact = make_thread(ana, representative_id=rosa.pk, representative_name=rosa.name)
    make_message(contact)
    return contact


def page_of(desk: Client, contact: Contact, part: str = "") -> str:
    answer = desk.get(f"/desk/contacts/{contact.pk}/{part}", headers=FRAGMENT if part else {})
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_the_page_shows_the_conversation_and_the_file(desk: Client, thread: Contact, ana: Customer) -> None:
    make_message(thread, "> kettle", direction="outbound", at=later(NOON, 5), author_name="Rosa Field")
    make_message(thread, "She called before.", direction="outbound", is_internal=True, at=later(NOON, 6))
    page = page_of(desk, thread)
    assert "The kettle is broken" in page
    assert "It does not get hot any more." in page
    assert "only colleagues see this" in page
    assert page.index("It does not get hot") < page.index("She called before.")
    assert 'id="file-head"' in page
    assert f'href="/desk/customers/{ana.pk}/"' in page
    assert 'name="to" value="ana@correo.example"' in page
    assert AccessRecord.objects.filter(subject_id=ana.pk, page="desk.contact", contact_id=thread.pk).exists()


def test_quoted_history_is_folded_not_lost(desk: Client, thread: Contact) -> None:
    text = "New words.\n\n> Old words."
    make_message(thread, text, quoted_from=text.index(">"), at=later(NOON, 5))
    page = page_of(desk, thread, "conversation/")
    assert re.search(r'<details class="quoted">.*Old words', page, re.DOTALL)
    assert "New words." in page


def test_long_conversations_go_on_further_back(desk: Client, thread: Contact) -> None:
    for number in range(30):
        make_message(thread, f"Message {number:02}.", at=later(NOON, 5 + number))
    page = page_of(desk, thread)
    assert "Message 29." in page
    assert "Message 00." not in page
    further = re.search(r'hx-get="([^"]*before=[^"]+)"', page)
    assert further
    earlier = desk.get(further[1].replace("&amp;", "&"), headers=FRAGMENT).content.decode()
    assert "Message 00." in earlier
    assert "Message 29." not in earlier


def test_nobody_else_sees_it(client: Client, thread: Contact) -> None:
    client.force_login(make_colleague(visibility="own"))
    for part in ("", "head/", "conversation/", "file/", "presence/"):
        assert client.get(f"/desk/contacts/{thread.pk}/{part}").status_code == 404, part
    assert client.post(f"/desk/contacts/{thread.pk}/answer/", {"text": "x"}).status_code == 404
    one = make_message(thread, html="<p>x</p>")
    file = make_attachment(one, "a.png", "image/png", PICTURE)
    assert client.get(f"/desk/messages/{one.pk}/designed/").status_code == 404
    assert client.get(f"/desk/attachments/{file.pk}/").status_code == 404


def test_answering(desk: Client, thread: Contact, rosa: Representative) -> None:
    Draft.objects.create(person=rosa, key=f"answer:{thread.pk}", text="{}", updated_at=NOON)
    newest = Message.objects.get(contact=thread).pk
    given = {
        "text": "We send a new one.",
        "to": "ana@correo.example",
        "subject": "Re: The kettle is broken",
        "seen": newest,
    }
    answer = desk.post(f"/desk/contacts/{thread.pk}/answer/", given, headers=FRAGMENT)
    assert answer.status_code == 200, answer.content
    assert f'data-draft-done="answer:{thread.pk}"' in answer.content.decode()
    sent = Message.objects.get(contact=thread, direction="outbound")
    assert sent.text.strip() == "We send a new one."
    assert sent.state == "waiting"
    assert sent.send_after
    assert not Draft.objects.filter(person=rosa).exists()
    assert "Sending in" in page_of(desk, thread, "conversation/")


def test_a_second_try_is_the_same_answer(desk: Client, thread: Contact) -> None:
    given = {"text": "Once.", "to": "ana@correo.example", "idempotency_key": "abcdefgh1234"}
    for _try in range(2):
        assert desk.post(f"/desk/contacts/{thread.pk}/answer/", given, headers=FRAGMENT).status_code == 200
    assert Message.objects.filter(contact=thread, direction="outbound").count() == 1


def test_what_is_wrong_is_said_where_one_writes(desk: Client, thread: Contact) -> None:
    answer = desk.post(
        f"/desk/contacts/{thread.pk}/answer/", {"text": " ", "to": "ana@correo.example"}, headers=FRAGMENT
    )
    assert answer.status_code == 422
    assert "Write something first." in answer.content.decode()
    whole = desk.post(f"/desk/contacts/{thread.pk}/answer/", {"text": "", "to": "x"})
    assert whole.status_code == 422
    assert "<html" in whole.content.decode()


def test_undo_brings_the_words_back(desk: Client, thread: Contact, rosa: Representative) -> None:
    desk.post(
        f"/desk/contacts/{thread.pk}/answer/", {"text": "Too quick.", "to": "ana@correo.example"}, headers=FRAGMENT
    )
    sent = Message.objects.get(contact=thread, direction="outbound")
    page = page_of(desk, thread, "conversation/")
    assert f"/desk/contacts/{thread.pk}/messages/{sent.pk}/undo/" in page
    answer = desk.post(f"/desk/contacts/{thread.pk}/messages/{sent.pk}/undo/", headers=FRAGMENT)
    assert f'data-draft-again="answer:{thread.pk}"' in answer.content.decode()
    sent.refresh_from_db()
    assert sent.state == "cancelled"
    kept = json.loads(Draft.objects.get(person=rosa, key=f"answer:{thread.pk}").text)
    assert kept["text"].strip() == "Too quick."
    assert kept["to"] == "ana@correo.example"


def test_answers_are_signed_for_the_team(desk: Client, thread: Contact, rosa: Representative) -> None:
    team = make_team(name="Kettles")
    TeamSignature.objects.create(team=team, language="", text="Your {representative.name}\nKettles and Lamps")
    Contact.objects.filter(pk=thread.pk).update(team=team)
    assert "Sign for Kettles" in page_of(desk, thread)
    assert "Kettles and Lamps" in page_of(desk, thread, "signature/")
    address = f"/desk/contacts/{thread.pk}/answer/"
    given = {"text": "Hello.", "html": "<p>Hello.</p>", "to": "ana@correo.example"}
    assert desk.post(address, given | {"signed": "true"}, headers=FRAGMENT).status_code == 200
    sent = Message.objects.get(contact=thread, direction="outbound")
    assert sent.text.startswith("Hello.\n\n")
    assert sent.text.endswith("Kettles and Lamps")
    assert "Kettles and Lamps" in sent.html
    desk.post(f"/desk/contacts/{thread.pk}/messages/{sent.pk}/undo/", headers=FRAGMENT)
    kept = json.loads(Draft.objects.get(person=rosa).text)
    assert (kept["text"], kept["html"]) == ("Hello.", "<p>Hello.</p>"), "it is not signed twice"


def test_what_failed_is_written_again(desk: Client, thread: Contact, rosa: Representative) -> None:
    given = {"direction": "outbound", "state": "failed", "problem": "550 no such mailbox"}
    failed = make_message(thread, "Lost.", recipients=[{"name": "", "address": "a@b.example", "as": "to"}], **given)
    file = make_attachment(failed, "a.txt", "text/plain", b"a")
    page = page_of(desk, thread, "conversation/")
    assert "550 no such mailbox" in page
    answer = desk.post(f"/desk/contacts/{thread.pk}/messages/{failed.pk}/again/", headers=FRAGMENT)
    assert f'data-draft-again="answer:{thread.pk}"' in answer.content.decode()
    kept = json.loads(Draft.objects.get(person=rosa).text)
    assert (kept["text"], kept["to"]) == ("Lost.", "a@b.example")
    assert json.loads(kept["files"])[0]["name"] == file.name


def test_the_second_to_answer_is_told(desk: Client, thread: Contact, rosa: Representative) -> None:
    seen = Message.objects.get(contact=thread).pk
    make_message(thread, "Done already.", direction="outbound", author_name="Ben Castle", at=timezone.now())
    given = {"text": "Me too.", "to": "ana@correo.example", "seen": seen}
    answer = desk.post(f"/desk/contacts/{thread.pk}/answer/", given, headers=FRAGMENT)
    assert answer.status_code == 409
    assert "Ben Castle answered" in answer.content.decode()
    assert "Send anyway" in answer.content.decode()
    again = desk.post(f"/desk/contacts/{thread.pk}/answer/", given | {"anyway": "true"}, headers=FRAGMENT)
    assert again.status_code == 200


def test_send_and_what_becomes_of_it(desk: Client, thread: Contact) -> None:
    given = {"text": "Bye.", "to": "ana@correo.example"}
    address = f"/desk/contacts/{thread.pk}/answer/"
    assert desk.post(address, given | {"then": "wait", "wait_days": "3"}, headers=FRAGMENT).status_code == 200
    thread.refresh_from_db()
    assert thread.waiting_until
    when = (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert desk.post(address, given | {"then": "later", "send_at": when}, headers=FRAGMENT).status_code == 200
    latest = Message.objects.filter(contact=thread).latest("pk")
    assert latest.send_after
    assert latest.send_after > timezone.now() + timedelta(hours=20)
    answer = desk.post(address, given | {"then": "close"}, headers=FRAGMENT)
    assert "wrapped up" in answer.content.decode()
    thread.refresh_from_db()
    assert thread.ended_at


def test_notes_among_colleagues(desk: Client, thread: Contact) -> None:
    answer = desk.post(f"/desk/contacts/{thread.pk}/note/", {"text": "Ask the warehouse."}, headers=FRAGMENT)
    assert answer.status_code == 200
    note = Message.objects.get(contact=thread, is_internal=True)
    assert note.text.strip() == "Ask the warehouse."


def test_files_are_kept_until_they_are_sent(desk: Client, thread: Contact) -> None:
    file = SimpleUploadedFile("kettle.png", PICTURE, "image/png")
    answer = desk.post(f"/desk/contacts/{thread.pk}/files/", {"file": file})
    assert answer.status_code == 201
    kept = answer.json()
    assert kept["size"] == len(PICTURE)
    given = {"text": "See.", "to": "ana@correo.example", "files": json.dumps([kept])}
    assert desk.post(f"/desk/contacts/{thread.pk}/answer/", given, headers=FRAGMENT).status_code == 200
    assert Message.objects.get(contact=thread, direction="outbound").attachments.get().name == "kettle.png"
    empty = desk.post(f"/desk/contacts/{thread.pk}/files/", {"file": SimpleUploadedFile("a.txt", b"")})
    assert empty.status_code == 422


def test_taking_at_one_press(desk: Client, ana: Customer, rosa: Representative) -> None:
    contact = make_thread(ana)
    make_message(contact)
    assert "Take it" in page_of(desk, contact)
    assert desk.post(f"/desk/contacts/{contact.pk}/at-once/contacts.take_contact/", headers=FRAGMENT).status_code == 200
    contact.refresh_from_db()
    assert contact.representative_id == rosa.pk
    assert ActRecord.objects.filter(act="contacts.take_contact").count() == 1
    assert desk.post(f"/desk/contacts/{contact.pk}/at-once/contacts.wrap_up/", headers=FRAGMENT).status_code == 404
    told = desk.post(f"/desk/contacts/{contact.pk}/take/", headers=FRAGMENT)
    assert told.status_code == 204
    assert "onhand:notice" in told.headers["HX-Trigger"]


def test_who_is_it(desk: Client, ana: Customer) -> None:
    contact = make_thread(None)
    make_message(contact)
    page = page_of(desk, contact)
    assert "Who is it?" in page
    assert "Ana Núñez Prieto" in page
    answer = desk.post(
        f"/desk/contacts/{contact.pk}/at-once/contacts.set_contact_customer/", {"customer": ana.pk}, headers=FRAGMENT
    )
    assert answer.status_code == 200
    contact.refresh_from_db()
    assert contact.customer_id == ana.pk
    part = desk.get(f"/desk/contacts/{contact.pk}/file/?shown=0", headers=FRAGMENT)
    assert part.headers["HX-Retarget"] == "#contact-file"
    assert 'id="file-head"' in part.content.decode()
    assert desk.get(f"/desk/contacts/{contact.pk}/file/?shown={ana.pk}", headers=FRAGMENT).status_code == 204


def test_a_designed_message_can_do_nothing(desk: Client, thread: Contact) -> None:
    html = '<p>Look: <img src="cid:one@mail"><img data-src="https://tracker.example/x.gif" alt="a &lt; b"></p>'
    one = make_message(thread, html=html)
    make_attachment(one, "one.png", "image/png", PICTURE, content_id="one@mail", is_inline=True)
    answer = desk.get(f"/desk/messages/{one.pk}/designed/")
    page, policy = answer.content.decode(), answer.headers["Content-Security-Policy"]
    assert "data:image/png;base64," in page
    assert "tracker.example" not in page
    assert "a &lt; b" in page
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy.replace("default", "")
    assert "https:" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    asked = desk.get(f"/desk/messages/{one.pk}/designed/?pictures=yes")
    assert 'src="https://tracker.example/x.gif"' in asked.content.decode()
    page = page_of(desk, thread)
    assert "Load the pictures from elsewhere" in page
    assert "one.png" not in page, "a picture within the message is not a file beside it"
    assert "frame-src 'self'" in desk.get(f"/desk/contacts/{thread.pk}/").headers["Content-Security-Policy"]
    assert "frame-src" not in desk.get("/desk/").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("media_type", "shown", "given_as"),
    [
        ("image/png", True, "image/png"),
        ("application/pdf", True, "application/pdf"),
        ("text/plain", True, "text/plain; charset=utf-8"),
        ("text/html", False, "application/octet-stream"),
        ("image/svg+xml", False, "application/octet-stream"),
        ("application/octet-stream", False, "application/octet-stream"),
    ],
)
def test_files_are_given_out_so_that_they_can_do_nothing(
    desk: Client, thread: Contact, media_type: str, shown: bool, given_as: str
) -> None:
    one = make_message(thread)
    file = make_attachment(one, 'año "1".bin', media_type, b"<script>alert(1)</script>")
    kept = desk.get(f"/desk/attachments/{file.pk}/")
    assert kept.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%C3%B1o%20%221%22.bin"
    assert kept.headers["Content-Type"] == "application/octet-stream"
    asked = desk.get(f"/desk/attachments/{file.pk}/?show=yes")
    assert asked.headers["Content-Type"] == given_as
    assert asked.headers["Content-Disposition"].startswith("inline" if shown else "attachment")
    for answer in (kept, asked):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert AccessRecord.objects.filter(page="desk.attachment", contact_id=thread.pk).exists()


def test_an_infected_file_is_never_given_out(desk: Client, thread: Contact) -> None:
    file = make_attachment(make_message(thread), "x.png", "image/png", PICTURE, scan="infected")
    for query in ("", "?show=yes"):
        answer = desk.get(f"/desk/attachments/{file.pk}/{query}")
        assert answer.status_code == 451
        assert PICTURE not in answer.content
    page = page_of(desk, thread)
    assert "infected" in page
    assert f"/desk/attachments/{file.pk}/" not in page


def test_work_lists(desk: Client, thread: Contact, rosa: Representative) -> None:
    waiting = make_thread(subject="Put by", representative_id=rosa.pk, waiting_until=timezone.now() + timedelta(days=1))
    make_message(waiting)
    page = desk.get("/desk/lists/mine/").content.decode()
    assert "The kettle is broken" in page
    assert "Put by" not in re.sub(r"<nav.*?</nav>", "", page, flags=re.DOTALL)
    assert "Put by" in desk.get("/desk/lists/waiting/").content.decode()
    home = desk.get("/desk/").content.decode()
    assert "The kettle is broken" in home, "one's work is the first thing one sees"
    assert desk.get("/desk/lists/nonsense/").status_code == 404
    for name in ("team", "due", "unassigned"):
        assert desk.get(f"/desk/lists/{name}/").status_code == 200


def test_a_list_goes_on_where_it_ended(desk: Client, rosa: Representative, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.web.desk.contact_lists.PAGE", 2)
    for number in range(5):
        one = make_thread(subject=f"Matter {number}", representative_id=rosa.pk, last_message_at=later(NOON, number))
        make_message(one)
    seen: list[str] = []
    address: Any = "/desk/lists/mine/"
    while address:
        page = desk.get(address, headers=FRAGMENT).content.decode()
        rows = page[page.index('id="contact-rows"') :]
        seen += re.findall(r"(Matter \d)</strong>", rows)
        found = re.search(r'hx-get="([^"]*after=[^"]+)"', rows)
        address = found[1].replace("&amp;", "&") if found else None
    assert seen == [f"Matter {number}" for number in range(5)]


def test_next_is_the_next_of_the_list(desk: Client, thread: Contact, rosa: Representative) -> None:
    alone = desk.get(f"/desk/lists/mine/next/?than={thread.pk}")
    assert alone.headers["Location"] == "/desk/lists/mine/"
    other = make_thread(subject="The lamp", representative_id=rosa.pk, last_message_at=later(NOON, 9))
    make_message(other)
    page = page_of(desk, thread)
    assert f"/desk/lists/mine/next/?than={thread.pk}" in page
    there = desk.get(f"/desk/lists/mine/next/?than={thread.pk}")
    assert there.headers["Location"] == f"/desk/contacts/{other.pk}/"


def test_held_answers_are_released_by_seniors(client: Client, thread: Contact) -> None:
    held = make_message(thread, "As a beginner.", direction="outbound", state="held", author_id=424242)
    senior = make_colleague("senior")
    client.force_login(senior)
    assert "The kettle is broken" in client.get("/desk/lists/held/").content.decode()
    page = page_of(client, thread)
    assert f"/desk/acts/contacts.release_answer/{thread.pk}/?message={held.pk}" in page
    client.force_login(make_colleague("representative"))
    assert client.get("/desk/lists/held/").status_code == 404


def test_drafts_of_an_erased_customer_are_not_kept(desk: Client, thread: Contact, ana: Customer) -> None:
    address = f"/desk/drafts/answer:{thread.pk}"
    assert desk.put(address, json.dumps({"text": "Dear Ana"}), content_type="application/json").status_code == 204
    Customer.objects.filter(pk=ana.pk).update(erased_at=NOON)
    assert desk.put(address, json.dumps({"text": "Dear Ana"}), content_type="application/json").status_code == 422


def test_somebody_else_is_writing(desk: Client, thread: Contact) -> None:
    ben = make_colleague(name="Ben Castle")
    Draft.objects.create(person=ben, key=f"answer:{thread.pk}", text='{"text": "Dear"}', updated_at=timezone.now())
    assert "Ben Castle is writing an answer" in page_of(desk, thread, "presence/")
    Draft.objects.update(updated_at=timezone.now() - timedelta(minutes=5))
    assert "Ben Castle" not in page_of(desk, thread, "presence/")


def test_the_palette_has_the_acts_of_the_contact(desk: Client, thread: Contact) -> None:
    entries = desk.get("/desk/palette/", {"contact": thread.pk}).json()
    labels = {one["label"] for one in entries if one["kind"] == "act"}
    assert "Wrap up" in labels
    assert "Answer" not in labels


def test_without_script_the_page_works(desk: Client, thread: Contact) -> None:
    answer = desk.post(f"/desk/contacts/{thread.pk}/answer/", {"text": "Plain.", "to": "ana@correo.example"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/desk/contacts/{thread.pk}/"


def test_a_file_that_is_not_there(desk: Client) -> None:
    assert desk.get("/desk/attachments/99999999999999999999999/").status_code == 404
    assert desk.get("/desk/messages/424242/designed/").status_code == 404
    assert desk.get("/desk/contacts/424242/").status_code == 404
    assert make_file("Somebody").pk


def test_registering_the_sender_makes_the_contact_theirs_and_comes_back_to_it(
    desk: Client, rosa: Representative
) -> None:
    contact = make_thread(None, representative_id=rosa.pk, outside_address="morag@post.example")
    make_message(contact, sender_name="Morag MacLeod", sender_address="morag@post.example")
    found = re.search(r'href="(/desk/acts/customers.register_customer/new/[^"]*)"', page_of(desk, contact))
    assert found
    form = desk.get(unescape(found[1]), headers=FRAGMENT).content.decode()
    assert f'hx-post="/desk/acts/customers.register_customer/new/?wrote={contact.pk}"' in form
    assert 'hx-post="/desk/acts/customers.register_customer/new/preview/"' in form
    given = {"customer_name": "Morag MacLeod", "email": "morag@post.example", "language": "en"}
    address = f"/desk/acts/customers.register_customer/new/?wrote={contact.pk}"
    assert desk.post(address, {"customer_name": ""}, headers=FRAGMENT).status_code == 422
    done = desk.post(address, given, headers=FRAGMENT)
    assert done.status_code == 200, done.content.decode()
    assert done.headers["HX-Redirect"] == f"/desk/contacts/{contact.pk}/"
    contact.refresh_from_db()
    assert contact.customer is not None
    assert contact.customer.name == "Morag MacLeod"


def test_registering_for_a_contact_one_may_not_see_leaves_it_alone(desk: Client, rosa: Representative) -> None:
    Representative.objects.filter(pk=rosa.pk).update(visibility="site")
    contact = make_thread(None, team=make_team(name="Others"))
    done = desk.post(
        f"/desk/acts/customers.register_customer/new/?wrote={contact.pk}",
        {"customer_name": "Nobody", "language": "en"},
        headers=FRAGMENT,
    )
    assert done.headers["HX-Redirect"].startswith("/desk/customers/")
    contact.refresh_from_db()
    assert contact.customer_id is None


def test_wrapping_up_asks_for_a_reason_only_where_there_are_any(desk: Client, thread: Contact) -> None:
    def form() -> str:
        page = desk.get(f"/desk/acts/contacts.wrap_up/{thread.pk}/", headers=FRAGMENT).content.decode()
        return page[page.index("Reason") : page.index("What it was about")]

    assert "optional" in form()
    ContactReason.objects.create(name="Faulty")
    assert "optional" not in form()


def test_help_and_signature_appear_where_they_belong(desk: Client, thread: Contact) -> None:
    """The form sends its answers to a place of its own; what it only looks up must not land there."""
    team = make_team(name="Kettles")
    Contact.objects.filter(pk=thread.pk).update(team=team)
    assert "Sign for" not in page_of(desk, thread)  # the team signs with nothing
    TeamSignature.objects.create(team=team, text="The kettle team")
    page = page_of(desk, thread)
    assert "Sign for Kettles" in page
    assert 'name="text" rows="3" maxlength="200000"' in page  # as much as the act takes
    assert re.search(r'<div class="writing-help"[^>]* hx-target="this"', page)
    assert re.search(r'<div hx-get="[^"]*/signature/"[^>]* hx-target="this"', page)


def test_the_timeline_leads_to_conversations(desk: Client, thread: Contact, ana: Customer) -> None:
    timeline = desk.get(f"/desk/customers/{ana.pk}/timeline/").content.decode()
    assert re.search(rf'<strong><a href="/desk/contacts/{thread.pk}/">', timeline)


def test_what_was_taken_back_is_folded(desk: Client, thread: Contact) -> None:
    make_message(thread, "Too quick.", direction="outbound", state="cancelled", at=later(NOON, 5))
    page = page_of(desk, thread, "conversation/")
    assert re.search(r'<details class="quoted"><summary[^>]*>Look.*Too quick\.', page, re.DOTALL)
    assert page.count("<details") == page.count("</details>")


def test_a_mail_nobody_has_taken_is_offered_to_be_taken_in_the_file(client: Client, ana: Customer) -> None:
    desk, free = client, make_thread(ana)
    desk.force_login(make_colleague(needs_contact=True))
    make_message(free)
    page = page_of(desk, free)
    assert "Nobody has taken this yet." in page
    assert "Take it to identify the customer." in page
    assert "Start a contact" not in page
    assert "hx-headers" in page
    assert f'data-live="customer:{ana.pk} contact:{free.pk}"' in page
    desk.post(f"/desk/contacts/{free.pk}/at-once/contacts.take_contact/", headers=FRAGMENT)
    header = desk.get(f"/desk/customers/{ana.pk}/header/", headers=FRAGMENT | {"On-Contact": str(free.pk)})
    assert "In contact with" in header.content.decode()
    assert "Start a contact" in desk.get(f"/desk/customers/{make_file('Bea').pk}/").content.decode()


def test_a_colleague_s_contact_is_not_offered_to_who_may_not_take_it(client: Client, ana: Customer) -> None:
    colleague = make_colleague(needs_contact=True, name="Ben Castle")
    theirs = make_thread(ana, representative_id=colleague.pk, representative_name=colleague.name)
    make_message(theirs)
    client.force_login(make_colleague(needs_contact=True, name="Carla"))
    page = page_of(client, theirs)
    assert "This is with Ben Castle." in page
    assert "Only who looks after this contact identifies the customer on it." in page
    assert "/at-once/contacts.take_contact/" not in page.partition('id="file-head"')[2]


def test_the_contact_on_screen_counts_where_another_goes_on_too(
    client: Client, ana: Customer, rosa: Representative
) -> None:
    """Identified on the call: that opens the file on the call's page, and not beside a mail that goes on as well."""
    carla = make_colleague(needs_contact=True, name="Carla")
    client.force_login(carla)
    mine = {"representative_id": carla.pk, "representative_name": carla.name}
    thread = make_thread(ana, **mine)
    make_message(thread)
    call = Contact.objects.create(customer=ana, channel="telephone", started_at=timezone.now(), **mine)
    ana.identity_checks.create(
        contact_id=call.pk,
        way="one_time_code",
        level=2,
        at=timezone.now(),
        until=timezone.now() + timedelta(hours=1),
        by_name="Carla",
    )
    panel = f"/desk/customers/{ana.pk}/panels/contact_points/"
    assert "ana@correo.example" in client.get(panel, headers=FRAGMENT).content.decode()
    beside_mail = FRAGMENT | {"On-Contact": str(thread.pk)}
    assert "ana@correo.example" not in client.get(panel, headers=beside_mail).content.decode()
    assert "Not identified" in page_of(client, thread).partition('id="file-head"')[2]
    form = f"/desk/customers/{ana.pk}/acts/customers.add_note/"
    client.post(form, {"text": "She asks again."}, headers=beside_mail)
    assert ActRecord.objects.get(act="customers.add_note").contact_id == thread.pk
    readings = AccessRecord.objects.filter(subject_type="customer", subject_id=ana.pk, page="desk.contact")
    assert set(readings.values_list("contact_id", flat=True)) == {thread.pk}


def test_reading_a_contact_of_nobody_is_recorded_on_the_contact(desk: Client, rosa: Representative) -> None:
    nobodys = make_thread(None)
    make_message(nobodys, html="<p>x</p>")
    for _time in range(2):
        page_of(desk, nobodys)
    record = AccessRecord.objects.get(subject_type="contact")
    assert (record.subject_id, record.contact_id, record.page) == (nobodys.pk, nobodys.pk, "desk.contact")
    desk.get(f"/desk/messages/{Message.objects.get().pk}/designed/")
    assert AccessRecord.objects.filter(subject_type="contact", subject_id=nobodys.pk).count() == 2
