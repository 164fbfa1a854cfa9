"""How a company sets up what contacts are wrapped up with and signed with: reasons, and the signatures of teams."""

from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts import access
from onhand.contacts.contact_subject import TEAM
from onhand.contacts.models import ContactReason, TeamSignature
from onhand.contacts.wrap_up_subjects import CONTACT_REASON, REASON_ABOVE, TEAM_SIGNATURE
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.knowledge.filling import fields_in
from onhand.knowledge.response_fields import field_labels
from onhand.staff.access import visible_teams

LARGEST_POSITION = 10_000
Above = Annotated[
    int | None,
    Field(
        label=gettext_lazy("Below"),
        help=gettext_lazy("Empty: it stands by itself, or has others below it."),
        reference=REASON_ABOVE,
        current=lambda reason: reason.parent_id,
    ),
]
Position = Annotated[int, Field(label=gettext_lazy("Place in the list"), current=lambda reason: reason.position)]
SignatureText = Annotated[
    str,
    Field(
        label=gettext_lazy("Text"),
        help=gettext_lazy("Fields such as {representative.name} are filled in."),
        widget="signature",
        max_length=2_000,
        current=lambda signature: signature.text,
    ),
]


@act(subject=CONTACT_REASON, creates=True, permission=access.SET_UP, label=gettext_lazy("Add a reason"))
def add_contact_reason(
    *,
    run: Run,
    reason_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=100)],
    above: Above = None,
    position: Position = 0,
) -> ContactReason:
    """Add a reason why customers get in touch, by itself or below another."""
    parent = _parent(above)
    _require_name(reason_name, parent)
    return ContactReason.objects.create(name=reason_name, parent=parent, position=_position(position))


@act(subject=CONTACT_REASON, permission=access.SET_UP, label=gettext_lazy("Change the reason"))
def change_contact_reason(
    reason: ContactReason,
    *,
    run: Run,
    reason_name: Annotated[str, Field(label=gettext_lazy("Name"), max_length=100, current=lambda reason: reason.name)],
    above: Above = None,
    position: Position = 0,
    is_active: Annotated[bool, Field(label=gettext_lazy("In use"), current=lambda reason: reason.is_active)] = True,
) -> None:
    """Rename a reason, put it elsewhere in the list, or say that it is not to be chosen any more. Contacts that have it keep it."""
    parent = _parent(above, of=reason)
    _require_name(reason_name, parent, of=reason.pk)
    reason.name, reason.parent, reason.is_active = reason_name, parent, is_active
    reason.position = _position(position)


@act(subject=TEAM_SIGNATURE, creates=True, permission=access.SET_UP, label=gettext_lazy("Add a signature"))
def add_signature(
    *,
    run: Run,
    team: Annotated[int, Field(label=gettext_lazy("Team"), reference=TEAM)],
    text: SignatureText,
    language: Annotated[
        str,
        Field(
            label=gettext_lazy("Language"),
            help=gettext_lazy("Empty: for every language that has none of its own."),
            widget="language",
            max_length=10,
        ),
    ] = "",
) -> TeamSignature:
    """Add what a team signs its answers with, in one language or in all."""
    if not visible_teams(run.actor).filter(pk=team).exists():
        raise NotPossible(_("Choose one of the list."), field="team")
    if TeamSignature.objects.filter(team=team, language=language).exists():
        raise NotPossible(_("The team has a signature in this language. Change that one."), field="language")
    _require_known_fields(text)
    return TeamSignature.objects.create(team_id=team, language=language, text=text)


@act(subject=TEAM_SIGNATURE, permission=access.SET_UP, label=gettext_lazy("Change the signature"))
def change_signature(signature: TeamSignature, *, run: Run, text: SignatureText = "") -> None:
    """Change what a team signs its answers with in this language; empty, that for every other language stands in, or nothing."""
    _require_known_fields(text)
    signature.text = text


def _parent(above: int | None, of: ContactReason | None = None) -> ContactReason | None:
    """The reason to stand below; that has to stand by itself, so that there are two levels and no more."""
    if above is None:
        return None
    found = ContactReason.objects.select_for_update().filter(pk=above, parent__isnull=True, is_active=True).first()
    if found is None or (of is not None and (found.pk == of.pk or of.children.exists())):
        raise NotPossible(
            _("Choose a reason that stands by itself. One that has others below it stays on top."), field="above"
        )
    return found


def _require_name(name: str, parent: ContactReason | None, of: int | None = None) -> None:
    if ContactReason.objects.filter(parent=parent, name__iexact=name).exclude(pk=of or 0).exists():
        raise NotPossible(_("This name is taken."), field="reason_name")


def _position(position: int) -> int:
    if not 0 <= position <= LARGEST_POSITION:
        raise NotPossible(_("Give a whole number within the allowed range."), field="position")
    return position


def _require_known_fields(text: str) -> None:
    unknown = [name for name in fields_in(text) if name not in field_labels()]
    if unknown:
        raise NotPossible(_("There is no field called {%(name)s}.") % {"name": unknown[0]}, field="text")
