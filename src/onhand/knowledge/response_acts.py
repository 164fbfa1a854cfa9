"""What can be done with standard responses."""

import re
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.arguments import require_offered
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.knowledge import access
from onhand.knowledge.attached_acts import read_acts, written_acts
from onhand.knowledge.enums import ResponseChannel
from onhand.knowledge.filling import fields_in, find_gaps
from onhand.knowledge.languages import languages
from onhand.knowledge.models import LONGEST_RESPONSE, StandardResponse
from onhand.knowledge.operations import add_response_version, response_search_text
from onhand.knowledge.response_fields import field_labels
from onhand.knowledge.subjects import RESPONSE
from onhand.staff.models import Team
from onhand.staff.queries import team_options

_SHORTCUT = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")

Name = Annotated[str, Field(label=gettext_lazy("Name"), max_length=120, current=lambda r: r.name)]
Shortcut = Annotated[
    str,
    Field(
        label=gettext_lazy("Shortcut"),
        help=gettext_lazy("What is typed after / to have it: small letters, figures and hyphens."),
        max_length=30,
        current=lambda r: r.shortcut,
    ),
]
Language = Annotated[str, Field(label=gettext_lazy("Language"), widget="language", options=languages)]
Text = Annotated[
    str,
    Field(
        label=gettext_lazy("Text"),
        help=gettext_lazy("Fields such as {customer.name} are filled in when it is used."),
        widget="response",
        max_length=LONGEST_RESPONSE,
    ),
]
Channels = Annotated[
    list[ResponseChannel],
    Field(
        label=gettext_lazy("Channels"),
        help=gettext_lazy("None chosen: every channel."),
        current=lambda r: r.channels,
    ),
]
Teams = Annotated[
    list[int],
    Field(
        label=gettext_lazy("Teams"),
        help=gettext_lazy("None chosen: every team."),
        options=team_options,
        current=lambda r: list(r.teams.values_list("pk", flat=True)),
    ),
]
Acts = Annotated[
    str,
    Field(
        label=gettext_lazy("Acts done with it"),
        help=gettext_lazy(
            'One a line: its name, then name=value, such as customers.add_note text="Label sent". A time may be +2h, +3d or +1w.'
        ),
        widget="textarea",
        max_length=4_000,
        current=lambda r: written_acts(r.acts),
    ),
]


@act(subject=RESPONSE, creates=True, permission=access.MANAGE_RESPONSES, label=gettext_lazy("Add a standard response"))
def add_response(
    *,
    run: Run,
    name: Name,
    shortcut: Shortcut,
    language: Language,
    text: Text,
    channels: Channels = [],  # noqa: B006  (never changed)
    teams: Teams = [],  # noqa: B006
    acts: Acts = "",
) -> StandardResponse:
    """Keep a text ready for answers. More languages are added afterwards."""
    require_offered("language", language, languages())
    response = StandardResponse(
        name=name,
        shortcut=_free_shortcut(shortcut),
        texts={language: _checked(text)},
        channels=list(dict.fromkeys(str(one.value) for one in channels)),
        acts=read_acts(acts, at=run.at),
        changed_at=run.at,
    )
    response.search_text = response_search_text(response)
    response.save()
    response.teams.set(_teams(teams))
    add_response_version(response, actor=run.actor, at=run.at)
    return response


@act(subject=RESPONSE, permission=access.MANAGE_RESPONSES, label=gettext_lazy("Change name, channels, teams and acts"))
def change_response(
    response: StandardResponse,
    *,
    run: Run,
    name: Name,
    shortcut: Shortcut,
    channels: Channels = [],  # noqa: B006
    teams: Teams = [],  # noqa: B006
    acts: Acts = "",
) -> None:
    """Change what a standard response is called, where it is offered, and which acts are offered with it."""
    response.name = name
    response.shortcut = _free_shortcut(shortcut, of=response.pk)
    response.channels = list(dict.fromkeys(str(one.value) for one in channels))
    response.acts = read_acts(acts, at=run.at)
    response.teams.set(_teams(teams))
    _new_version(response, run)


@act(subject=RESPONSE, permission=access.MANAGE_RESPONSES, label=gettext_lazy("Write the text in a language"))
def write_response_text(response: StandardResponse, *, run: Run, language: Language, text: Text) -> None:
    """Change the text of a standard response in one language, or add it in another."""
    require_offered("language", language, languages())
    if response.texts.get(language) == text:
        raise NotPossible(_("Nothing was changed."))
    response.texts = response.texts | {language: _checked(text)}
    _new_version(response, run)


@act(subject=RESPONSE, permission=access.MANAGE_RESPONSES, label=gettext_lazy("Remove a language"))
def remove_response_text(response: StandardResponse, *, run: Run, language: Language) -> None:
    """Remove the text in one language. The last one stays: withdraw the response instead."""
    if language not in response.texts:
        raise NotPossible(_("There is no text in this language."), field="language")
    if len(response.texts) == 1:
        raise NotPossible(_("This is the only text. Withdraw the response instead."), field="language")
    response.texts = {code: text for code, text in response.texts.items() if code != language}
    _new_version(response, run)


@act(subject=RESPONSE, permission=access.MANAGE_RESPONSES, label=gettext_lazy("Withdraw"))
def withdraw_response(response: StandardResponse, *, run: Run) -> None:
    """Stop offering a standard response. It is kept with its versions."""
    if response.is_withdrawn:
        raise NotPossible(_("This response is withdrawn already."))
    response.is_withdrawn = True
    response.changed_at = run.at


@act(subject=RESPONSE, permission=access.MANAGE_RESPONSES, label=gettext_lazy("Offer again"))
def take_up_response(response: StandardResponse, *, run: Run) -> None:
    """Offer a withdrawn standard response again."""
    if not response.is_withdrawn:
        raise NotPossible(_("This response is offered already."))
    response.is_withdrawn = False
    response.changed_at = run.at


def unknown_fields(text: str) -> list[str]:
    """The fields of a text that no app knows."""
    known = field_labels()
    return [name for name in fields_in(text) if name not in known]


def _checked(text: str) -> str:
    if unknown := unknown_fields(text):
        names = ", ".join(f"{{{name}}}" for name in unknown)
        raise NotPossible(_("There is no field %(names)s.") % {"names": names}, field="text")
    if find_gaps(text):
        raise NotPossible(_("Write a field such as {customer.name} in place of ⟦…⟧."), field="text")
    return text


def _free_shortcut(shortcut: str, of: int = 0) -> str:
    if not _SHORTCUT.fullmatch(shortcut):
        raise NotPossible(_("Use small letters, figures and hyphens, such as return-label."), field="shortcut")
    if StandardResponse.objects.filter(shortcut=shortcut).exclude(pk=of).exists():
        raise NotPossible(_("Another response has this shortcut."), field="shortcut")
    return shortcut


def _teams(ids: list[int]) -> list[Team]:
    found = list(Team.objects.filter(pk__in=ids))
    if len(found) != len(set(ids)):
        raise NotPossible(_("Choose among the teams there are."), field="teams")
    return found


def _new_version(response: StandardResponse, run: Run) -> None:
    response.newest += 1
    response.changed_at = run.at
    response.search_text = response_search_text(response)
    add_response_version(response, actor=run.actor, at=run.at)
