"""The life of a guideline: draft, review by somebody else, publication, withdrawal, retirement."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from onhand.guidelines.documents import Case, as_json
from onhand.guidelines.enums import DraftState
from onhand.guidelines.models import Guideline, GuidelineVersion
from onhand.kernel.errors import ActError, NotPermitted, NotPossible
from onhand.kernel.perform import Outcome, perform
from onhand.staff.models import Representative
from tests.factories.staff import actor_of, make_person
from tests.guidelines.company import document
from tests.invoicing.documents import NOW

pytestmark = pytest.mark.django_db(transaction=True)
GOODWILL = "invoicing.give_goodwill"
ROWS = [("<= 20", '"allow"', "", "", ""), ("> 20", '"ask"', '"supervisor"', "", "")]


@pytest.fixture
def ana() -> Representative:
    return make_person("supervisor")


@pytest.fixture
def ben() -> Representative:
    return make_person("supervisor")


def text(rows: Any = ROWS, **more: Any) -> str:
    return json.dumps(as_json(document([GOODWILL], ["amount given"], rows, **more)))


def do(
    name: str, who: Representative, guideline: Guideline | None = None, /, at: Any = NOW, **arguments: Any
) -> Outcome:
    subject = guideline.pk if guideline else None
    return perform(f"guidelines.{name}", actor=actor_of(who), arguments=arguments, at=at, subject_id=subject)


def begun(who: Representative, **more: Any) -> Guideline:
    made = do("add_guideline", who, name="Goodwill", document=text(**more))
    return Guideline.objects.get(pk=made.subject_id)


def test_add_guideline_submit_guideline_and_publish_guideline_by_somebody_else(ana: Any, ben: Any) -> None:
    one = begun(ana)
    with pytest.raises(NotPossible, match="review first"):
        do("publish_guideline", ben, one)
    do("submit_guideline", ana, one, note="Please look.")
    with pytest.raises(NotPossible, match="somebody else"):
        do("publish_guideline", ana, one)
    do("return_guideline", ben, one, note="20 is too little.")
    one.refresh_from_db()
    assert (one.draft_state, one.review_note) == (DraftState.WRITING, "20 is too little.")
    do("submit_guideline", ana, one)
    with pytest.raises(NotPossible, match="over"):
        do("publish_guideline", ben, one, effective_from=(NOW - timedelta(days=1)).isoformat())
    do("publish_guideline", ben, one, note="First.")
    version = GuidelineVersion.objects.get(guideline=one)
    assert (version.number, version.written_by_name, version.published_by_name) == (1, ana.name, ben.name)
    one.refresh_from_db()
    assert one.draft is None
    with pytest.raises(NotPermitted):
        do("add_guideline", make_person("representative"), name="Mine", document=text())


def test_write_draft_after_review_was_asked_needs_review_again(ana: Any, ben: Any) -> None:
    one = begun(ana)
    do("submit_guideline", ana, one)
    do("write_draft", ben, one, document=text([("-", '"allow"', "", "", "")]))
    with pytest.raises(NotPossible, match="review first"):
        do("publish_guideline", ana, one)
    do("submit_guideline", ben, one)
    do("publish_guideline", ana, one)
    do("begin_again_from", ana, one, number=1)
    do("give_up_draft", ana, one)
    with pytest.raises(NotPossible, match="no draft"):
        do("submit_guideline", ana, one)
    do("rename_guideline", ana, one, name="Kindness")
    for number in (0, 2, 2**40):
        with pytest.raises(ActError):
            do("begin_again_from", ana, one, number=number)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"rows": [("<= twenty", '"allow"', "", "", "")]}, "twenty"),
        ({"rows": [("-", '"perhaps"', "", "", "")]}, "allow"),
        ({"rows": [("-", '"ask"', '"pope"', "", "")]}, "pope"),
        ({"rows": [("-", '"allow"', "", "", '"nowhere"')]}, "nowhere"),
        ({"cases": [Case("A little", {"amount given": "10"}, {"answer": '"refuse"'})]}, "A little"),
        ({"cases": [Case("Nonsense", {"amount given": "10 +"}, {})]}, "Nonsense"),
    ],
)
def test_a_draft_with_a_fault_is_kept_and_cannot_be_put_forward(ana: Any, wrong: dict[str, Any], why: str) -> None:
    rows = wrong.pop("rows", ROWS)
    made = do("add_guideline", ana, name="Goodwill", document=text(rows, **wrong))
    one = Guideline.objects.get(pk=made.subject_id)
    with pytest.raises(NotPossible, match=why):
        do("submit_guideline", ana, one)
    one.refresh_from_db()
    assert one.draft is not None and one.draft_state == DraftState.WRITING


@pytest.mark.parametrize("nonsense", ["", "[]", "{", '{"acts": 1}', "[" * 5000, '{"acts": [], "graph": {}}', "null"])
def test_what_is_no_guideline_is_refused(ana: Any, nonsense: str) -> None:
    one = begun(ana)
    with pytest.raises(ActError):
        do("write_draft", ana, one, document=nonsense)
    before = one.draft
    one.refresh_from_db()
    assert one.draft == before


def test_withdraw_version_before_it_holds_and_retire_guideline(ana: Any, ben: Any) -> None:
    one = begun(ana)
    do("submit_guideline", ana, one)
    later = NOW + timedelta(days=3)
    do("publish_guideline", ben, one, effective_from=later.isoformat())
    with pytest.raises(NotPossible):
        do("withdraw_version", ben, one, at=later, number=1)
    do("withdraw_version", ben, one, number=1)
    with pytest.raises(NotPossible):
        do("withdraw_version", ben, one, number=1)
    do("retire_guideline", ben, one, note="Not needed.")
    for act, arguments in (("write_draft", {"document": text()}), ("retire_guideline", {"note": "."})):
        with pytest.raises(NotPossible, match="retired"):
            do(act, ben, one, **arguments)


def test_the_database_refuses_to_change_what_was_published(ana: Any, ben: Any) -> None:
    one = begun(ana)
    do("submit_guideline", ana, one)
    do("publish_guideline", ben, one)
    versions = GuidelineVersion.objects.filter(guideline=one)
    for change in (
        lambda: versions.update(note="x"),
        lambda: versions.update(document={}),
        lambda: versions.delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
