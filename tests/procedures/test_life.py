"""The life of a procedure: written by one, published by another, and wrong texts never."""

from datetime import timedelta
from typing import Any

import pytest

from onhand.guidelines.enums import DraftState
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.perform import perform
from onhand.procedures.models import Procedure, ProcedureVersion
from onhand.staff.models import Representative
from tests.factories import NOON
from tests.factories.staff import actor_of, make_person
from tests.procedures.writing import DAMAGED

pytestmark = pytest.mark.django_db(transaction=True)


def do(name: str, who: Representative, one: Procedure | None = None, /, at: Any = NOON, **arguments: Any) -> Procedure:
    """One act, and the procedure after it."""
    subject = one.pk if one else None
    outcome = perform(f"procedures.{name}", actor=actor_of(who), arguments=arguments, at=at, subject_id=subject)
    return Procedure.objects.get(pk=outcome.subject_id or 0)


def test_add_procedure_return_procedure_and_publish_by_somebody_else() -> None:
    ana, ben = make_person("supervisor"), make_person("supervisor")
    one = do("add_procedure", ana, name="Damaged", text=DAMAGED)
    with pytest.raises(NotPossible, match="review first"):
        do("publish_procedure", ben, one)
    do("submit_procedure", ana, one, note="Please look.")
    with pytest.raises(NotPossible, match="somebody else"):
        do("publish_procedure", ana, one)
    one = do("return_procedure", ben, one, note="Say you are sorry first.")
    assert (one.draft_state, one.review_note) == (DraftState.WRITING, "Say you are sorry first.")
    do("submit_procedure", ana, one)
    one = do("publish_procedure", ben, one)
    version = ProcedureVersion.objects.get(procedure=one)
    assert (version.document, version.written_by_name, version.published_by_name) == (
        DAMAGED.strip(),
        ana.name,
        ben.name,
    )
    assert one.draft is None
    for role in ("representative", "senior", "quality", "planner"):
        with pytest.raises(NotPermitted):
            do("add_procedure", make_person(role), name="Mine", text=DAMAGED)


def test_rename_procedure_needs_a_name_of_its_own() -> None:
    ana = make_person("supervisor")
    one = do("add_procedure", ana, name="Damaged", text=DAMAGED)
    do("add_procedure", ana, name="Late", text=DAMAGED)
    with pytest.raises(NotPossible, match="this name already"):
        do("rename_procedure", ana, one, name="late")
    assert do("rename_procedure", ana, one, name="Broken").name == "Broken"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# A\n", "no step yet"),
        ("# A\n\n## B\nidentify: 5\n", r"Line 4: .* \(1 in all\)"),
        (DAMAGED.replace("offer:", "offer: Nowhere laid down"), "No guideline called “Nowhere laid down”"),
        (DAMAGED.replace("offers: goodwill, nothing", "offers: refund"), "The packaging"),
        (DAMAGED.replace("stops: Not here yet", "stops: Damage"), "Still here"),
        (DAMAGED.replace('damage = "packaging"; order', "order"), "The packaging"),
    ],
)
def test_what_is_wrong_is_not_submitted(text: str, said: str) -> None:
    ana = make_person("supervisor")
    one = do("add_procedure", ana, name="Damaged", text=text)
    with pytest.raises(NotPossible, match=said):
        do("submit_procedure", ana, one)


def test_begin_procedure_again_from_a_version_give_up_procedure_draft_and_withdraw_procedure_version() -> None:
    ana, ben = make_person("supervisor"), make_person("supervisor")
    one = do("add_procedure", ana, name="Damaged", text=DAMAGED)
    do("submit_procedure", ana, one)
    do("publish_procedure", ben, one)
    one = do("begin_procedure_again_from", ana, one, number=1)
    assert one.draft == DAMAGED.strip()
    one = do("give_up_procedure_draft", ana, one)
    assert one.draft is None
    with pytest.raises(NotPossible, match="no draft"):
        do("give_up_procedure_draft", ana, one)
    do("write_procedure", ana, one, text=DAMAGED.replace("I am sorry.", "I am very sorry."))
    do("submit_procedure", ana, one)
    tomorrow = NOON + timedelta(days=1)
    do("publish_procedure", ben, one, effective_from=tomorrow.isoformat())
    with pytest.raises(NotPossible, match="still to come"):
        do("withdraw_procedure_version", ben, one, number=1)
    do("withdraw_procedure_version", ben, one, number=2)
    assert ProcedureVersion.objects.get(procedure=one, number=2).withdrawn_at == NOON
