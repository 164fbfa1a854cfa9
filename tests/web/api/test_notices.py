"""Programs and AI read notices and pass them, over REST and MCP; what is withheld is refused to them as to people."""

from typing import Any

import pytest
from django.utils import timezone

from onhand.kernel.actor import Via
from onhand.receipts.models import Receipt
from onhand.staff.enums import RepresentativeKind
from onhand.web.api.tools import call_tool, list_tools
from tests.factories import make_customer
from tests.factories.callers import Caller
from tests.factories.staff import actor_of
from tests.factories.work import make_person
from tests.receipts.reading import NOTE, publish

pytestmark = pytest.mark.django_db


def test_a_program_is_refused_reads_answers_and_goes_on(caller: Caller) -> None:
    customer, notice = make_customer(), publish(at=timezone.now(), acts=[NOTE])
    wanted = {"subject_id": customer.pk, "arguments": {"text": "x"}}
    refused = caller.post(f"acts/{NOTE}", wanted)
    assert (refused.status_code, refused.json()["code"]) == (403, "refused")
    assert refused.json()["decision"]["rule"] == f"notice:{notice.pk}"
    assert refused.json()["message"] == "Read “Damage within 30 days” first."
    (line,) = caller.get("notices").json()["notices"]
    assert (line["notice_id"], line["withheld_acts"], line["passed_at"]) == (notice.pk, [NOTE], None)
    shown = caller.get(f"notices/{notice.pk}", language="es").json()
    assert (shown["title"], shown["is_for_you"], shown["tries"]) == ("Daños en 30 días", True, 0)
    assert [one["answers"] for one in shown["questions"]] == [["14 días", "30 días"], ["You", "A senior", "Nobody"]]
    assert "right" not in str(shown)
    passing = {"subject_id": notice.pk, "arguments": {"answers": [1, 2]}}
    wrong = caller.post("acts/receipts.pass_notice", passing, key="k-1")
    assert (wrong.status_code, wrong.json()["after"]) == (200, {"outcome": "not passed", "tries": 1, "wrong": [1]})
    passing["arguments"]["answers"] = [2, 2]
    right = caller.post("acts/receipts.pass_notice", passing, key="k-2")
    assert right.json()["after"] == {"outcome": "passed", "tries": 2}
    assert caller.post("acts/receipts.pass_notice", passing, key="k-2").json()["is_replay"] is True
    assert caller.post(f"acts/{NOTE}", wanted).status_code == 200
    assert caller.get("notices").json() == {"notices": [], "next": None}
    assert caller.get("notices", state="read").json()["notices"][0]["passed_at"]


def test_notices_come_in_pages_what_is_due_first_first(caller: Caller) -> None:
    made = [publish(at=timezone.now()).pk for _ in range(3)]
    first = caller.get("notices", size=2).json()
    then = caller.get("notices", size=2, after=first["next"]).json()
    assert [one["notice_id"] for one in (*first["notices"], *then["notices"])] == made
    assert then["next"] is None
    assert caller.get("notices/999999").status_code == 404
    assert caller.get("notices", state="everything").status_code == 422


def test_an_ai_representative_does_the_same_over_mcp() -> None:
    lumen = actor_of(make_person("ai", kind=RepresentativeKind.AI)).through(Via.MCP)
    customer, notice = make_customer(), publish(at=timezone.now(), acts=[NOTE])
    names = {tool.name for tool in list_tools(lumen)}
    assert {"find_notices", "read_notice", "receipts-pass_notice"} <= names
    assert "receipts-publish_notice" not in names

    def call(name: str, **given: Any) -> tuple[dict[str, Any], bool]:
        return call_tool(lumen, name, given)

    wanted = {"subject_id": customer.pk, "arguments": {"text": "x"}}
    refused, is_error = call("customers-add_note", **wanted)
    assert is_error
    assert refused["decision"]["rule"] == f"notice:{notice.pk}"
    assert call("find_notices")[0]["notices"][0]["notice_id"] == notice.pk
    assert call("read_notice", notice_id=notice.pk)[0]["questions"][0]["question"] == "How long?"
    assert Receipt.objects.get(representative=lumen.id).passed_at is None
    done, is_error = call("receipts-pass_notice", subject_id=notice.pk, arguments={"answers": [2, 2]})
    assert not is_error
    assert done["after"]["outcome"] == "passed"
    assert not call("customers-add_note", **wanted)[1]


def test_a_token_without_the_permission_is_withheld_all_the_same(client: Any) -> None:
    from tests.factories.callers import make_representative, make_token

    one = make_representative("narrow@example.com")
    narrow = Caller(
        make_token(one, scopes=["customers.view", "customers.add_note", "customers.work_without_contact"]), client
    )
    publish(at=timezone.now(), acts=[NOTE])
    refused = narrow.post(f"acts/{NOTE}", {"subject_id": make_customer().pk, "arguments": {"text": "x"}})
    assert refused.json()["message"] == "Read “Damage within 30 days” first."
    assert narrow.get("notices").status_code == 403
