"""Writing to a customer first: the same composer as on a contact, to an address of theirs, and a contact on the timeline."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from onhand.contacts.models import Attachment, Contact, Message, TeamSignature
from onhand.customers.models import Customer
from onhand.staff.models import Representative
from onhand.web.models import Draft
from tests.factories import NOON
from tests.factories.staff import make_team
from tests.web.desk.files import make_colleague

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true"}


def page_of(client: Client, customer: Customer, part: str = "") -> str:
    answer = client.get(f"/desk/customers/{customer.pk}/write/{part}")
    assert answer.status_code == 200
    return answer.content.decode()


def send(client: Client, customer: Customer, **given: Any) -> Any:
    values = {"text": "Your lamp is on its way.", "subject": "Your lamp"} | given
    return client.post(f"/desk/customers/{customer.pk}/write/send/", values, headers=FRAGMENT)


def own(customer: Customer) -> int:
    return customer.identities.get(kind="email").pk


def test_the_file_leads_to_the_composer_with_the_customer_s_addresses(desk: Client, ana: Customer) -> None:
    file = desk.get(f"/desk/customers/{ana.pk}/").content.decode()
    assert f'href="/desk/customers/{ana.pk}/write/" data-key="w"' in file
    page = page_of(desk, ana)
    assert f'<option value="{own(ana)}">ana@correo.example</option>' in page
    assert f'data-draft="write:{ana.pk}"' in page
    assert f"insertions/?customer={ana.pk}&amp;language=es" in page
    assert 'lang="es"' in page
    assert 'id="file-head"' in page
    assert "Sign for" not in page


def test_the_bare_form_leads_there_too(desk: Client, ana: Customer) -> None:
    form = f"/desk/customers/{ana.pk}/acts/contacts.write_to_customer/"
    assert desk.get(form)["Location"] == f"/desk/customers/{ana.pk}/write/"
    assert desk.get(form, headers=FRAGMENT)["HX-Redirect"] == f"/desk/customers/{ana.pk}/write/"


def test_what_is_sent_is_a_contact_on_the_timeline_and_can_be_undone(
    desk: Client, ana: Customer, rosa: Representative
) -> None:
    Draft.objects.create(person=rosa, key=f"write:{ana.pk}", text='{"text": "Your"}', updated_at=NOON)
    upload = desk.post(
        f"/desk/customers/{ana.pk}/write/files/",
        {"file": SimpleUploadedFile("a.txt", b"hello", "text/plain")},
    ).json()
    answer = send(desk, ana, own=own(ana), files=json.dumps([upload]), cc="bea@mail.example")
    assert answer.status_code == 200, answer.content
    contact = Contact.objects.get()
    body = answer.content.decode()
    assert f'data-go-to="/desk/contacts/{contact.pk}/"' in body
    assert f'data-draft-done="write:{ana.pk}"' in body
    message = Message.objects.get()
    assert (contact.customer_id, contact.subject, contact.direction) == (ana.pk, "Your lamp", "outbound")
    assert [one["address"] for one in message.recipients] == ["ana@correo.example", "bea@mail.example"]
    assert Attachment.objects.get().message_id == message.pk
    assert not Draft.objects.exists()
    assert "Your lamp" in desk.get(f"/desk/customers/{ana.pk}/timeline/", headers=FRAGMENT).content.decode()
    assert "Sending in" in desk.get(f"/desk/contacts/{contact.pk}/").content.decode()
    undone = desk.post(f"/desk/contacts/{contact.pk}/messages/{message.pk}/undo/", headers=FRAGMENT)
    assert undone.status_code == 200
    kept = json.loads(Draft.objects.get(key=f"answer:{contact.pk}").text)
    assert (kept["text"], kept["subject"]) == ("Your lamp is on its way.", "Your lamp")


def test_another_address_and_later(desk: Client, ana: Customer) -> None:
    given = {"own": "", "to": "new@mail.example", "then": "later", "send_at": "2031-05-01T09:00"}
    assert send(desk, ana, **given).status_code == 200
    message = Message.objects.get()
    assert message.recipients[0]["address"] == "new@mail.example"
    assert message.send_after
    assert message.send_after.year == 2031


def test_what_is_wrong_is_said_where_one_writes(desk: Client, ana: Customer) -> None:
    answer = send(desk, ana, text=" ", own=own(ana))
    assert answer.status_code == 422
    assert "Write something first." in answer.content.decode()
    assert send(desk, ana, own="", to="").status_code == 422
    plain = desk.post(f"/desk/customers/{ana.pk}/write/send/", {"text": "", "own": own(ana)})
    assert plain.status_code == 422
    assert 'id="write-answer"' in plain.content.decode()
    assert not Contact.objects.exists()


def test_who_may_not_see_an_address_may_write_to_it(client: Client, ana: Customer) -> None:
    client.force_login(make_colleague(needs_contact=True))
    page = page_of(client, ana)
    assert "ana@correo.example" not in page
    assert "a•••@correo.example" in page
    assert send(client, ana, own=own(ana)).status_code == 200
    assert Message.objects.get().recipients[0]["address"] == "ana@correo.example"


def test_an_address_of_somebody_else_is_not_taken_for_theirs(desk: Client, ana: Customer) -> None:
    other = Customer.objects.create(reference="X1", name="Bea", kind="person", created_at=NOON, customer_since=NOON)
    foreign = other.identities.create(kind="email", value="bea@mail.example", created_at=NOON)
    assert send(desk, ana, own=foreign.pk).status_code == 422


def test_it_is_signed_for_the_team_written_for(desk: Client, ana: Customer, rosa: Representative) -> None:
    north, south = make_team(name="Northern"), make_team(name="Southern")
    rosa.teams.add(north, south)
    TeamSignature.objects.create(team=south, text="The Southern team")
    page = page_of(desk, ana)
    assert "Sign for the team" in page
    assert f'<option value="{south.pk}">Southern</option>' in page
    assert "The Southern team" in page_of(desk, ana, f"signature/?team={south.pk}")
    assert "no signature yet" in page_of(desk, ana, f"signature/?team={north.pk}")
    assert send(desk, ana, own=own(ana), team=south.pk, signed="true").status_code == 200
    assert Message.objects.get().text == "Your lamp is on its way.\n\nThe Southern team"
    assert Contact.objects.get().team_id == south.pk


def test_the_draft_is_found_again_in_the_work_column(desk: Client, ana: Customer, rosa: Representative) -> None:
    Draft.objects.create(person=rosa, key=f"write:{ana.pk}", text='{"text": "Your"}', updated_at=NOON)
    assert f'href="/desk/customers/{ana.pk}/write/"' in desk.get("/desk/work/").content.decode()


def test_nobody_writes_to_who_was_erased_or_is_not_theirs(desk: Client, client: Client, ana: Customer) -> None:
    Customer.objects.filter(pk=ana.pk).update(erased_at=NOON)
    assert desk.get(f"/desk/customers/{ana.pk}/write/").status_code == 404
    Customer.objects.filter(pk=ana.pk).update(erased_at=None)
    client.force_login(make_colleague(visibility="own"))
    for part in ("", "signature/"):
        assert client.get(f"/desk/customers/{ana.pk}/write/{part}").status_code == 404
    assert send(client, ana, own=own(ana)).status_code == 404
