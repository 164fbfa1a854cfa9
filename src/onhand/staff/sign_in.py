"""How people sign in: the places where we tell the sign-in library what a company wants."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from onhand.staff.models import Representative
from onhand.staff.operations import new_sign_in_is_possible
from onhand.staff.queries import find_signed_in


class SignInBackend(AuthenticationBackend):  # type: ignore[misc]  # the library is not typed
    """Reads the signed-in person with role, sites and teams in one statement; whoever is not active is nobody."""

    def get_user(self, user_id: int) -> Representative | None:
        """The person of a session, or None if there is none any more."""
        return find_signed_in(int(user_id))


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by themselves; too many wrong passwords are refused whole."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy("The e-mail address or the password is wrong."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """People are invited."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse at once, before any password is looked at, while there are too many failures."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            raise ImmediateHttpResponse(ratelimit.respond_429(request)) from None

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002
        """Back to one's own account."""
        return reverse("settings:account")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send nothing where no mail server is set up, and nothing to people who cannot sign in with a password."""
        if settings.ONHAND_SENDS_MAIL and new_sign_in_is_possible(email):
            super().send_mail(template_prefix, email, context)

    def new_user(self, request: HttpRequest) -> AbstractBaseUser:  # noqa: ARG002
        """A person not stored yet, for single sign-on."""
        return Representative(joined_at=timezone.now())
