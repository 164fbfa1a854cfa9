"""Contacts, messages, files, cases and work over REST: what may be seen, in pages that miss nothing, one statement each."""

from typing import Any

import pytest

from onhand.contacts.models import Upload
from onhand.kernel.models import AccessRecord
from tests.factories import make_customer
from tests.factories.callers import Caller
from tests.factories.staff import make_site
from tests.factories.statements import statements
from tests.web.api.talks import attach, make_case, make_talk

pytestmark = pytest.mark.django_db
WHY = {"reason": "asked by the customer"}


def everything(caller: Caller, address: str, key: str, sent: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = caller.get(address, **query, **({sent: after} if after else {}))
        assert page.status_code == 200, page.content
        found += page.json()[key]
        after = page.json()["next"]
        if after is None:
            return found


def test_contacts_in_pages_hold_each_once_newest_first(caller: Caller) -> None:
    customer, other = make_customer("Ana"), make_customer("Bea")
    made = [make_talk(customer).pk for _ in range(5)] + [make_talk(other).pk]
    assert [one["id"] for one in everything(caller, "contacts", "contacts", "before", size=2)] == made[::-1]
    own = everything(caller, "contacts", "contacts", "before", size=2, customer_id=customer.pk)
    assert [one["id"] for one in own] == made[4::-1]
    assert caller.get("contacts", state="ended").json() == {"contacts": [], "next": None}
    assert "text" not in str(own), "what was written is read one by one, with a reason"


def statements_of(caller: Caller, address: str, **query: Any) -> int:
    """What a request needs beyond one that reads nothing."""

    def count(asked: str, **given: Any) -> int:
        with statements() as sent:
            assert caller.get(asked, **given).status_code == 200
        return len(sent)

    count("me")
    return count(address, **query) - count("me")


def test_a_page_is_one_statement_however_much_is_on_it(caller: Caller) -> None:
    customer = make_customer("Ana")
    contact = make_talk(customer, messages=12)
    for _ in range(12):
        make_case(customer, make_talk(make_customer()))
    for address in ("contacts", "cases", "work", "work/mine"):
        assert statements_of(caller, address, **({"size": 10} if address != "work" else {})) == 1, address
    few, many = (
        statements_of(caller, f"contacts/{contact.pk}/messages", size=size, reason=f"size {size}") for size in (1, 12)
    )
    assert few == many == 3, "the page, and the access record's two"


def test_a_contact_is_read_with_a_reason_which_is_recorded(caller: Caller) -> None:
    customer = make_customer("Ana")
    contact = make_talk(customer)
    case = make_case(customer, contact)
    assert caller.get(f"contacts/{contact.pk}").status_code == 422
    assert not AccessRecord.objects.exists()
    answer = caller.get(f"contacts/{contact.pk}", **WHY)
    assert answer.status_code == 200
    found = answer.json()
    assert [one["text"] for one in found["messages"]] == ["message 0", "message 1"]
    assert found["last_message_id"] == contact.messages.latest("pk").pk
    assert found["customer_id"] == customer.pk
    assert found["cases"] == [
        {"id": case.pk, "reference": case.reference, "subject": "Lamp came broken", "state": "open"}
    ]
    record = AccessRecord.objects.get()
    assert (record.subject_id, record.contact_id, record.page) == (customer.pk, contact.pk, "api.contact")
    assert record.reason == "asked by the customer"


def test_messages_go_back_page_by_page(caller: Caller) -> None:
    contact = make_talk(make_customer("Ana"), messages=7)
    said: list[str] = []
    before: dict[str, Any] = {}
    while True:
        page = caller.get(f"contacts/{contact.pk}/messages", size=3, **WHY, **before).json()
        said = [one["text"] for one in page["messages"]] + said
        if page["earlier"] is None:
            break
        before = {"before": page["earlier"]}
    assert said == [f"message {number}" for number in range(7)]
    assert caller.get(f"contacts/{contact.pk}/messages", **WHY, before="x~y").status_code == 422


def test_addresses_are_masked_until_the_customer_is_identified(make_caller: Any, caller: Caller) -> None:
    from onhand.kernel.permissions import all_permissions

    allowed = [p.name for p in all_permissions() if p.name != "customers.work_without_contact"]
    needy = make_caller("eva@example.com", permissions=allowed)
    contact = make_talk(make_customer("Ana"))
    shown = needy.get(f"contacts/{contact.pk}", **WHY).json()
    assert shown["is_masked"]
    assert "ana@home.example" not in str(shown)
    assert shown["outside_address"] == shown["messages"][0]["sender_address"] == "a•••@home.example"
    assert shown["messages"][1]["recipients"][0]["address"] == "a•••@home.example"
    assert shown["came_to"] == "help@lamps.example"
    assert "ana@home.example" not in str(needy.get(f"contacts/{contact.pk}/messages", **WHY).json())
    assert "ana@home.example" not in str(needy.get("work/team").json())
    full = caller.get(f"contacts/{contact.pk}", **WHY).json()
    assert (full["is_masked"], full["outside_address"]) == (False, "ana@home.example")


def test_who_sees_one_site_sees_its_contacts_and_cases_only(make_caller: Any) -> None:
    here, there = make_site(), make_site()
    caller = make_caller(visibility="site")
    from onhand.staff.models import Representative

    Representative.objects.get().sites.add(here)
    mine, theirs = make_customer("Ana", site=here), make_customer("Bea", site=there)
    seen, hidden = make_talk(mine, representative_id=None), make_talk(theirs, representative_id=None)
    seen_case, hidden_case = make_case(mine), make_case(theirs)
    file = attach(hidden.messages.first(), "a.txt", b"secret")
    assert [one["id"] for one in caller.get("contacts").json()["contacts"]] == [seen.pk]
    assert [one["id"] for one in caller.get("cases").json()["cases"]] == [seen_case.pk]
    assert caller.get("contacts", customer_id=theirs.pk).json()["contacts"] == []
    for address in (
        f"contacts/{hidden.pk}",
        f"contacts/{hidden.pk}/messages",
        f"cases/{hidden_case.pk}",
        f"attachments/{file.pk}",
        "contacts/999999",
        "cases/999999",
        "attachments/999999",
    ):
        assert caller.get(address, **WHY).status_code == 404, address
    assert caller.post(f"contacts/{hidden.pk}/uploads?name=a.txt", b"x", content_type="text/plain").status_code == 404
    assert not AccessRecord.objects.exists()
    nobody = make_caller("nobody@example.com", permissions=[])
    assert nobody.get("contacts").json()["contacts"] == []
    assert nobody.get(f"contacts/{seen.pk}", **WHY).status_code in (403, 404)
    assert nobody.get("work/mine").status_code == 403


def test_files_are_given_to_be_kept_and_infected_ones_to_nobody(caller: Caller) -> None:
    message = make_talk(make_customer("Ana")).messages.first()
    bad = b"<script>alert(1)</script>"
    page, ill = attach(message, "übel\r\n.html", bad), attach(message, "ill.exe", b"MZ", scan="infected")
    answer = caller.get(f"attachments/{page.pk}", **WHY)
    assert (answer.status_code, answer.content) == (200, bad)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%BCbel%0D%0A.html"
    assert "sandbox" in answer["Content-Security-Policy"]
    refused = caller.get(f"attachments/{ill.pk}", **WHY)
    assert (refused.status_code, refused.json()["code"]) == (403, "infected")
    assert AccessRecord.objects.filter(page="api.attachment").count() == 1


def test_a_file_is_kept_for_an_answer(caller: Caller, make_caller: Any) -> None:
    contact = make_talk(make_customer("Ana"))
    address = f"contacts/{contact.pk}/uploads?name=photo.png&type=image/png"
    kept = caller.post(address, b"\x89PNG\r\n\x1a\n...", content_type="application/octet-stream")
    assert kept.status_code == 200, kept.content
    found = kept.json()
    assert (found["name"], found["media_type"], found["size"]) == ("photo.png", "image/png", 11)
    upload = Upload.objects.get(key=found["id"])
    assert (upload.contact_id, bytes(upload.file.content)[:4]) == (contact.pk, b"\x89PNG")
    assert caller.post(address, b"", content_type="application/octet-stream").status_code == 422
    assert caller.post(f"contacts/{contact.pk}/uploads?name=", b"x", content_type="text/plain").status_code == 422
    large = caller.post(address, b"x" * (20 * 1024 * 1024 + 1), content_type="application/octet-stream")
    assert large.status_code == 413
    reader = make_caller("eva@example.com", permissions=["customers.view"])
    assert reader.post(address, b"x", content_type="text/plain").status_code == 403


def test_a_case_has_its_clocks_promises_and_contacts(caller: Caller) -> None:
    customer = make_customer("Ana")
    contact = make_talk(customer)
    case = make_case(customer, contact)
    found = caller.get(f"cases/{case.pk}", **WHY).json()
    assert [clock["kind"] for clock in found["clocks"]] == ["resolution"]
    assert [(promise["text"], promise["kept_at"]) for promise in found["promises"]] == [("A new lamp", None)]
    assert [one["id"] for one in found["contacts"]] == [contact.pk]
    assert found["customers"] == [{"id": customer.pk, "name": "Ana", "reference": customer.reference, "role": ""}]
    assert AccessRecord.objects.get().page == "api.case"


def test_work_is_counted_and_listed_the_most_urgent_first(caller: Caller) -> None:
    from onhand.staff.models import Representative

    me = Representative.objects.get().pk
    low = make_talk(make_customer("Ana"), representative_id=me, priority=-1)
    usual = [make_talk(make_customer(), representative_id=me).pk for _ in range(3)]
    urgent = make_talk(make_customer("Bea"), representative_id=me, priority=2)
    assert caller.get("work").json()["mine"] == 5
    listed = everything(caller, "work/mine", "contacts", "after", size=2)
    assert [one["id"] for one in listed] == [urgent.pk, *usual, low.pk]
    assert listed[0]["said"] == "message 1"
    assert caller.get("work/mine", after="nonsense").status_code == 422
    assert caller.get("work/everything").status_code == 422
