"""The privacy pages, by their happy path and by who may not."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from onhand.customers.models import Erasure, PersonalExport, PrivacyRequest, RetentionRule
from onhand.customers.privacy.erasure import erase_next
from onhand.customers.privacy.exports import make_export
from onhand.kernel.models import AccessRecord
from onhand.kernel.perform import perform
from onhand.web.models import Draft
from onhand.web.operations import keep_draft
from tests.customers.persons import CANARY, canaries, make_whole_person
from tests.factories import NOON, make_customer
from tests.factories.staff import actor_of, make_person
from tests.web.test_settings_pages import client_of

pytestmark = pytest.mark.django_db(transaction=True)


def post(client: Client, address: str, **values: Any) -> Any:
    return client.post(address, {"step": "do", "idempotency_key": f"key-{address}-{len(values)}"[:60]} | values)


def body_of(client: Client, name: str, *args: Any, **query: Any) -> str:
    answer = client.get(reverse(f"settings:{name}", args=args), query)
    assert answer.status_code == 200, name
    return str(answer.content.decode())


def test_a_person_is_exported_and_erased_and_the_confirmation_is_proven() -> None:
    administrator = make_person("administrator")
    client, actor = client_of(administrator), actor_of(administrator)
    person = make_whole_person()
    assert "No export" in body_of(client, "privacy_exports")
    perform("customers.export_personal_data", actor=actor, subject_id=person.pk, arguments={}, at=timezone.now())
    export = PersonalExport.objects.get()
    assert "Begins shortly" in body_of(client, "privacy_exports")
    make_export(export.pk, timezone.now())
    assert "Download" in body_of(client, "privacy_exports")
    answer = client.get(reverse("settings:privacy_download", args=[export.pk]))
    archive = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    assert archive[:2] == b"PK"
    assert person.reference in answer["Content-Disposition"]
    assert AccessRecord.objects.filter(page="personal_export", actor_id=administrator.pk).count() == 1
    other = client_of(make_person("administrator"))
    assert other.get(reverse("settings:privacy_download", args=[export.pk])).status_code == 404
    perform(
        "customers.erase_customer", actor=actor, subject_id=person.pk, arguments={"basis": "asked"}, at=timezone.now()
    )
    erasure = Erasure.objects.get()
    shown = client.get(f"/desk/customers/{person.pk}/").content.decode()
    assert CANARY not in shown, "the file is empty before the job has run"
    assert "Records are being emptied" in body_of(client, "privacy_erasure", erasure.pk)
    while erase_next(erasure.pk, timezone.now()):
        pass
    confirmation = body_of(client, "privacy_erasure", erasure.pk)
    assert "as written" in confirmation
    assert bytes(Erasure.objects.get().proof).hex() in confirmation
    assert CANARY not in confirmation
    assert person.reference in body_of(client, "privacy_erasures")
    for address in (f"/desk/customers/{person.pk}/", f"/desk/customers/?q={CANARY}", "/settings/records/"):
        page = client.get(address)
        assert page.status_code == 200
        assert f"{CANARY} " not in page.content.decode()
    assert client.get(reverse("settings:privacy_download", args=[export.pk])).status_code == 404
    assert canaries() == []


def test_a_request_is_listed_by_its_due_date_and_answered_on_its_page() -> None:
    supervisor = make_person("administrator")
    client = client_of(supervisor)
    customer = make_customer("Ana Prieto")
    for day in ("2026-10-01", "2026-11-20"):
        perform(
            "customers.take_privacy_request",
            actor=actor_of(supervisor),
            subject_id=customer.pk,
            arguments={"request": "correction", "received_on": day, "details": "My name is Núñez"},
            at=NOON,
        )
    late = PrivacyRequest.objects.order_by("pk")[0]
    listed = body_of(client, "privacy_requests")
    assert listed.count("Ana Prieto") == 2
    assert "late" in listed
    assert body_of(client, "privacy_requests", q="prieto").count("Ana Prieto") == 2
    assert "No request is waiting" in body_of(client, "privacy_requests", q="zoe")
    assert "No request is waiting" in body_of(client, "privacy_requests", kind="export")
    page = body_of(client, "privacy_request", late.pk)
    assert "My name is Núñez" in page
    address = reverse("settings:act", args=["privacy_request", late.pk, "customers.answer_privacy_request"])
    assert address in page
    done = post(client, address, outcome="granted", answer="corrected", expected_version=1)
    assert done.status_code == 302
    assert "corrected" in client.get(done["Location"]).content.decode()
    assert body_of(client, "privacy_requests").count("Ana Prieto") == 1
    assert body_of(client, "privacy_requests", state="all").count("Ana Prieto") == 2


def test_a_rule_is_added_looked_at_and_switched_on() -> None:
    client = client_of(make_person("administrator"))
    assert "No rule yet" in body_of(client, "retention")
    address = reverse("settings:new", args=["retention_rule", "customers.add_retention_rule"])
    assert client.get(address).status_code == 200
    assert post(client, address, kind="notes", months="12").status_code == 302
    rule = RetentionRule.objects.get()
    customer = make_customer()
    customer.notes.create(text="x", author_name="Ana", created_at=NOON.replace(year=2020))
    page = body_of(client, "retention_rule", rule.pk)
    assert customer.reference in page
    assert "switch_retention_rule_on" in page
    assert "switch_retention_rule_off" not in page
    on = reverse("settings:act", args=["retention_rule", rule.pk, "customers.switch_retention_rule_on"])
    assert post(client, on, understood="on", expected_version=1).status_code == 302
    assert "switch_retention_rule_off" in body_of(client, "retention_rule", rule.pk)


def test_the_access_log_for_the_customer_names_nobody_who_works_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("onhand.web.settings.privacy.PAGE", 2)
    administrator = make_person("administrator", name="Zoe Admin")
    client, person = client_of(administrator), make_whole_person()
    page = body_of(client, "privacy_access_log", person.pk)
    assert f"{CANARY} calls" in page
    assert "Ana Prieto" not in page
    assert page.count('<th scope="row"') == 2
    older = re.search(r'href="(\?before=\d+)"', page)
    assert older
    following = client.get(reverse("settings:privacy_access_log", args=[person.pk]) + older[1]).content.decode()
    assert following.count('<th scope="row"') == 1
    assert AccessRecord.objects.filter(page="settings.access_log", subject_id=person.pk).count() == 1


def test_no_draft_is_kept_about_somebody_erased() -> None:
    administrator = make_person("administrator")
    client, actor, customer = client_of(administrator), actor_of(administrator), make_customer()
    for key in (f"note:{customer.pk}", f"act:customers.change_address:{customer.pk}"):
        keep_draft(actor=actor, key=key, text="typed", at=NOON)
    perform("customers.erase_customer", actor=actor, subject_id=customer.pk, arguments={"basis": "asked"}, at=NOON)
    erasure = Erasure.objects.get()
    while erase_next(erasure.pk, NOON):
        pass
    assert not Draft.objects.exists()
    answer = client.put(f"/desk/drafts/note:{customer.pk}", {"text": "typed on"}, content_type="application/json")
    assert answer.status_code >= 400
    assert not Draft.objects.exists()
