"""Acts done in somebody's name, or letting somebody in: whoever does them in a browser shows once more who they are."""

from allauth.account.internal.flows.reauthentication import is_reauthentication_required
from django.http import HttpRequest

GRAVE = frozenset({"staff.create_token", "staff.make_sign_in_link", "staff.remove_second_factors"})


def must_show_who(request: HttpRequest, act: str) -> bool:
    """Whether the act is grave and the person of this session has not given their password or passkey lately."""
    return act in GRAVE and bool(is_reauthentication_required(request, app="onhand"))
