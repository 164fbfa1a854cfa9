"""The few sign-in pages that do more than the sign-in library's own."""

from typing import Any, cast

from allauth.account import views as account
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal.auth import begin_registration
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from onhand.staff.single_sign_on import PROVIDER, SignedProviderAdapter
from onhand.web.account import leaving
from onhand.web.addresses import address_of


class LoginView(account.LoginView):  # type: ignore[misc]  # the library is not typed
    """E-mail address and password, a passkey, or the company's single sign-on."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The page with the other ways in."""
        known: dict[str, Any] = super().get_context_data(**kwargs)
        after = {known["redirect_field_name"]: known["redirect_field_value"]} if known["redirect_field_value"] else {}
        providers = [
            {"name": provider.name, "url": provider.get_login_url(self.request, **after)}
            for provider in get_adapter().list_providers(self.request)
        ]
        return known | {
            "providers": providers,
            "passkey_url": address_of("mfa_login_webauthn"),
            "passkey_action": address_of("mfa_login_webauthn") + (f"?{urlencode(after)}" if after else ""),
            "reset_url": address_of("account_reset_password"),
        }


login = LoginView.as_view()


class LogoutView(account.LogoutView):  # type: ignore[misc]
    """
    Signing out: whoever takes part in work leaves it with that, at once. Where something they have goes back or to somebody else, that
    is shown first.
    """

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What becomes of what they have."""
        known: dict[str, Any] = super().get_context_data(**kwargs)
        return known | {"fates": leaving.fates_of(self.request.user)}

    def post(self, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Sign out; first the page where something is to be seen on it that was not yet."""
        seen = self.request.POST.get("seen") == "1"
        if not seen and leaving.is_to_be_seen(self.request.user):
            return HttpResponseRedirect(address_of("account_logout"))
        leaving.leave_work(self.request.user)
        answer: HttpResponseBase = super().post(*args, **kwargs)
        return answer


logout = never_cache(LogoutView.as_view())


class AddPasskeyView(webauthn.AddWebAuthnView):  # type: ignore[misc]
    """Every key is a passkey: kept on the device, and unlocked by finger, face or PIN."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The page with what the browser needs to make a passkey."""
        known: dict[str, Any] = super().get_context_data(**kwargs)
        known["js_data"] = {"creation_options": begin_registration(self.request.user, passwordless=True)}
        host = self.request.get_host()
        known["by_number"] = host.startswith(("127.", "[::1]"))
        known["by_name"] = f"http://localhost:{self.request.get_port()}"
        return known


add_passkey = AddPasskeyView.as_view()


@login_not_required
def password_reset(request: HttpRequest) -> HttpResponseBase:
    """Send a link by mail; where no mail server is set up, say plainly whom to ask."""
    if not settings.ONHAND_SENDS_MAIL:
        return render(request, "account/password_reset_by_colleague.html")
    return cast("HttpResponseBase", account.password_reset(request))


def _provider(request: HttpRequest, provider_id: str) -> SignedProviderAdapter:
    if provider_id != PROVIDER or not settings.SOCIALACCOUNT_PROVIDERS:
        raise Http404
    return SignedProviderAdapter(request, provider_id)


@login_not_required
def single_sign_on(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Go to the company's provider."""
    view = OAuth2LoginView.adapter_view(_provider(request, provider_id))
    return cast("HttpResponse", view(request))


@login_not_required
def single_sign_on_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Come back from the company's provider."""
    view = OAuth2CallbackView.adapter_view(_provider(request, provider_id))
    return cast("HttpResponse", view(request))


@login_not_required
def closed(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """There is no such page here."""
    raise Http404
