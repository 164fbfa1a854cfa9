"""Words the pages about guidelines share."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from onhand.guidelines.cell_words import OUTPUT_LABELS
from onhand.kernel.acts import all_acts, find_act
from onhand.kernel.subjects import subject_type

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

# What an answer can say, in the order in which its columns stand.
ANSWER_COLUMNS: "dict[str, tuple[_StrOrPromise, _StrOrPromise, str]]" = {
    "answer": (OUTPUT_LABELS["answer"], _("Allow, ask somebody, or refuse."), "string"),
    "approver": (
        OUTPUT_LABELS["approver"],
        _("Roles with commas between, such as Supervisor, Administrator."),
        "string",
    ),
    "most": (OUTPUT_LABELS["most"], _("How much may be given without asking, in the currency of the act."), "number"),
    "words": (OUTPUT_LABELS["words"], _("The key of the words below."), "string"),
    "clause": (OUTPUT_LABELS["clause"], _("The clause of the company's terms it comes from."), "string"),
    "identification": (
        OUTPUT_LABELS["identification"],
        _("The level to which the customer must be identified."),
        "number",
    ),
    "second person": (
        OUTPUT_LABELS["second person"],
        _("Whether somebody else must approve, whatever role one has."),
        "boolean",
    ),
}
ANSWERS: "dict[str, _StrOrPromise]" = {
    '"allow"': _("Allow"),
    '"ask"': _("Ask somebody"),
    '"refuse"': _("Refuse"),
}
POLICIES: "dict[str, _StrOrPromise]" = {
    "U": _("U: one row may match, and no other"),
    "A": _("A: several may match if they say the same"),
    "P": _("P: of those that match, the most important answer"),
    "F": _("F: the first that matches, from the top"),
    "C": _("C: a list of all that match"),
    "C+": _("C+: the sum of all that match"),
    "C<": _("C<: the least of all that match"),
    "C>": _("C>: the most of all that match"),
    "C#": _("C#: how many match"),
    "R": _("R: a list of all that match, in their order"),
    "O": _("O: a list of all that match, the most important first"),
}
ROLES: "dict[str, _StrOrPromise]" = {
    "decision": _("The answer"),
    "remedies": _("The remedies offered"),
    "follow_ups": _("Follow-ups promised with it"),
    "": _("A step in between"),
}
LANGUAGES = (("en", "English"), ("es", "Español"))
MOST_LABELS = 3


def act_label(name: str) -> str:
    """An act as people call it, with what it is done to."""
    found = find_act(name)
    return f"{subject_type(found.subject).label}: {found.label}" if found else name


def acts_in_words(names: tuple[str, ...]) -> str:
    """Some acts by their names, and how many more there are."""
    labels = [str(found.label) if (found := find_act(name)) else name for name in names[:MOST_LABELS]]
    more = len(names) - len(labels)
    return ", ".join(labels) + (f" +{more}" if more > 0 else "")


def act_choices() -> "list[tuple[str, str, bool]]":
    """Every act a guideline can be for: (name, label, whether it gives something away), those that give first."""
    found = [(one.name, act_label(one.name), bool(one.gives)) for one in all_acts()]
    return sorted(found, key=lambda one: (not one[2], one[1]))
