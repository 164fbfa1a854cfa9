"""Why something waits or failed, in words: what we note ourselves is a code, what a provider says stands as it said it."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_CODES: "dict[str, _StrOrPromise]" = {
    "unreachable": _("The payment provider does not answer. It is asked again by itself."),
    "misconfigured": _(
        "The payment provider does not take our requests: look at its settings. It is asked again by itself."
    ),
    "called_off": _("It was called off."),
}


def why_words(why: str) -> str:
    """The reason for people."""
    return str(_CODES.get(why, why))
