"""
The life of what is drafted and published: each step once, for guidelines and for what apps above write the same way.

The acts themselves stand in the app they belong to; each refuses first what is wrong with what is written, then takes its step here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.guidelines.drafted import Drafted, PublishedVersion
from onhand.guidelines.enums import DraftState
from onhand.kernel.actor import Actor, ActorKind
from onhand.kernel.acts import Run
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field

Name = Annotated[str, Field(label=gettext_lazy("Name"), max_length=120)]
NewName = Annotated[str, Field(label=gettext_lazy("Name"), max_length=120, current=lambda one: one.name)]
Note = Annotated[str, Field(label=gettext_lazy("Note"), widget="textarea", max_length=1000)]
Number = Annotated[int, Field(label=gettext_lazy("Version"))]
InForceFrom = Annotated[
    datetime | None,
    Field(label=gettext_lazy("In force from"), help=gettext_lazy("Empty: from now on.")),
]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is drafted: `of` names it in the table of its versions, `taken` says that a name is another's."""

    model: type[Drafted]
    version: type[PublishedVersion]
    of: str
    taken: Any


def begin(kind: Kind, name: str, document: Any, run: Run, **more: Any) -> Drafted:
    """A new one with a draft. Raises NotPossible where the name is taken."""
    require_free(kind, name, None)
    return kind.model._default_manager.create(
        name=name,
        created_at=run.at,
        draft=document,
        draft_state=DraftState.WRITING,
        draft_number=1,
        draft_at=run.at,
        draft_by_id=person(run.actor),
        **more,
    )


def require_free(kind: Kind, name: str, but: int | None) -> None:
    """Raises NotPossible where another one is called so."""
    if kind.model._default_manager.filter(name__iexact=name).exclude(pk=but or 0).exists():
        raise NotPossible(str(kind.taken), field="name")


def require_kept(one: Drafted) -> None:
    """Raises NotPossible where it is retired."""
    if one.retired_at is not None:
        raise NotPossible(_("“%(name)s” is retired.") % {"name": one.name})


def write(one: Drafted, document: Any, run: Run) -> None:
    """Put down the draft. What is in review is being written again."""
    require_kept(one)
    one.draft, one.draft_state = document, DraftState.WRITING
    one.draft_number += 1
    one.draft_at, one.draft_by_id = run.at, person(run.actor)


def give_up(one: Drafted) -> None:
    """Throw the draft away."""
    require_draft(one)
    one.draft, one.draft_state, one.review_note = None, DraftState.NONE, ""
    one.draft_number += 1


def submit(one: Drafted, note: str, run: Run) -> None:
    """Ask somebody else to look at the draft."""
    if one.draft_state == DraftState.IN_REVIEW:
        raise NotPossible(_("The draft is in review already."))
    one.draft_state, one.review_note = DraftState.IN_REVIEW, note
    run.changed("note", after=note or None)


def send_back(one: Drafted, note: str, run: Run) -> None:
    """Send a draft in review back to who wrote it."""
    if one.draft_state != DraftState.IN_REVIEW:
        raise NotPossible(_("The draft is not in review."))
    one.draft_state, one.review_note = DraftState.WRITING, note
    run.changed("note", after=note)


def publish(kind: Kind, one: Drafted, run: Run, effective_from: datetime | None, note: str) -> PublishedVersion:
    """Put a draft in review into force. Raises NotPossible where who does it wrote it, or the moment is over."""
    if one.draft_state != DraftState.IN_REVIEW:
        raise NotPossible(_("Ask for review first."))
    if run.actor.kind is not ActorKind.SYSTEM and one.draft_by_id == person(run.actor):
        raise NotPossible(_("You wrote this draft; somebody else must publish it."))
    begins = effective_from or run.at
    if begins < run.at:
        raise NotPossible(_("This moment is over."), field="effective_from")
    versions = kind.version._default_manager
    newest = versions.filter(**_whose(kind, one)).order_by("-number").values_list("number", flat=True).first() or 0
    made = versions.create(
        **_whose(kind, one),
        number=newest + 1,
        document=one.draft,
        effective_from=begins,
        published_at=run.at,
        published_by_name=run.actor.name,
        written_by_name=one.draft_by.name if one.draft_by else run.actor.name,
        note=note,
    )
    one.draft, one.draft_state, one.review_note = None, DraftState.NONE, ""
    run.changed("version", after=newest + 1)
    run.changed("effective_from", after=begins.isoformat())
    run.changed("note", after=note or None)
    return made


def withdraw(kind: Kind, one: Drafted, number: int, run: Run) -> None:
    """Take back a version before it is in force."""
    version = version_of(kind, one, number)
    if version.effective_from <= run.at or version.withdrawn_at:
        raise NotPossible(_("Only a version that is still to come can be withdrawn."), field="number")
    kind.version._default_manager.filter(pk=version.pk).update(withdrawn_at=run.at)
    run.changed("version", before=number)


def retire(one: Drafted, note: str, run: Run) -> None:
    """Put it out of force for good."""
    require_kept(one)
    one.retired_at = run.at
    one.draft, one.draft_state = None, DraftState.NONE
    run.changed("note", after=note)


def require_draft(one: Drafted) -> Any:
    """The draft; raises NotPossible where there is none."""
    require_kept(one)
    if one.draft is None:
        raise NotPossible(_("There is no draft."))
    return one.draft


def version_of(kind: Kind, one: Drafted, number: int) -> PublishedVersion:
    """A version by its number; raises NotPossible where there is none."""
    versions = kind.version._default_manager.filter(**_whose(kind, one))
    found = versions.filter(number=number).first() if 0 < number < 2**31 else None
    if found is None:
        raise NotPossible(_("There is no such version."), field="number")
    return found


def person(actor: Actor) -> int | None:
    """Who wrote it; None for the product itself."""
    return actor.id if actor.kind is not ActorKind.SYSTEM else None


def _whose(kind: Kind, one: Drafted) -> Mapping[str, Any]:
    return {f"{kind.of}_id": one.pk}
