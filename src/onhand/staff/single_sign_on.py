"""Single sign-on with the company's own OpenID Connect provider, set up by the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from onhand.kernel.actor import Via, system_actor
from onhand.kernel.errors import ActError, NotPossible
from onhand.kernel.perform import perform
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import Representative, Role

log = structlog.get_logger(__name__)
PROVIDER = "company"
_ACTOR = "single sign-on"
_SIGNED_BY_KEY_PAIR = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """Who may come in by single sign-on. `roles` maps values of the claim `role_claim` to role keys, first match wins."""

    creates_people: bool = False
    role_claim: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    default_role: str = "representative"


class SignedProviderAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """
    Checks the signature of every identity token, also when it came straight from the provider, and that the details asked for
    afterwards are about the same person.
    """

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        """The sign-in the provider's answer stands for; raises OAuth2Error if anything does not fit."""
        answer = kwargs["response"].get("id_token")
        if not answer:
            raise OAuth2Error("the provider gave no identity token")
        data: dict[str, Any] = {"id_token": self._decode_id_token(app, answer)}
        if "email" not in data["id_token"]:
            data["userinfo"] = data["id_token"] | self._details(token, data["id_token"]["sub"])
        return self.get_provider().sociallogin_from_response(request, data)

    def _details(self, token: SocialToken, subject: str) -> dict[str, Any]:
        details: dict[str, Any] = self._fetch_user_info(token.token)
        if details.get("sub") != subject:
            raise OAuth2Error("the provider's details are about somebody else")
        return details

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        decoded: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=_key_of_a_pair,
        )
        return decoded


def _key_of_a_pair(keys: dict[str, Any], kid: str) -> Any:
    """Only keys of a pair count: a shared secret among the public keys would let everybody sign."""
    fitting = [key for key in keys["keys"] if key.get("alg", "RS256") in _SIGNED_BY_KEY_PAIR and "kid" in key]
    return jwtkit.lookup_kid_jwk({"keys": fitting}, kid)


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Lets in people the company knows, by an address its provider has verified."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        """People are found or made in `pre_social_login`; there is no form to fill in."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the person this sign-in is, make them if the company wants that, and keep their role in step with the claim."""
        claims = _claims(sociallogin)
        policy = SingleSignOn(**settings.ONHAND_SINGLE_SIGN_ON)
        if not sociallogin.is_existing:
            email = str(claims.get("email") or "")
            if not email or claims.get("email_verified") is not True:
                raise _turned_away(request, _("Your company's sign-in did not confirm your e-mail address."))
            person = Representative.objects.filter(email__iexact=email).first()
            if person is None and policy.creates_people:
                person = _new_person(request, email, claims, policy)
            if person is None or person.kind != RepresentativeKind.PERSON:
                raise _turned_away(request, _("Nobody here has the e-mail address %(email)s.") % {"email": email})
            if person.is_active:
                sociallogin.connect(request, person)
        person = sociallogin.user
        if person is None or not person.is_active:
            raise _turned_away(request, _("This person may not sign in any more."))
        _follow_role(request, person, claims, policy)


def _claims(sociallogin: SocialLogin) -> dict[str, Any]:
    extra = sociallogin.account.extra_data
    return {**extra.get("userinfo", {}), **extra.get("id_token", {})}


def _turned_away(request: HttpRequest, reason: str) -> ImmediateHttpResponse:
    page = render(request, "socialaccount/turned_away.html", {"reason": reason}, status=403)
    return ImmediateHttpResponse(page)


def role_by_claim(claims: Mapping[str, Any], policy: SingleSignOn) -> str | None:
    """The key of the role the claim asks for; None if there is no such claim or none of its values is mapped."""
    value = claims.get(policy.role_claim) if policy.role_claim else None
    values = value if isinstance(value, list) else [value]
    return next((role for given, role in policy.roles.items() if given in values), None)


def _role(request: HttpRequest, key: str) -> Role:
    role = Role.objects.filter(key=key).first()
    if role is None:
        raise _turned_away(request, _("There is no role “%(role)s” here. Ask an administrator.") % {"role": key})
    return role


def _new_person(request: HttpRequest, email: str, claims: Mapping[str, Any], policy: SingleSignOn) -> Representative:
    role = _role(request, role_by_claim(claims, policy) or policy.default_role)
    try:
        outcome = perform(
            "staff.invite_representative",
            actor=system_actor(_ACTOR, Via.DESK),
            arguments={"full_name": str(claims.get("name") or email)[:150], "email": email, "role": role.pk},
            at=timezone.now(),
        )
    except ActError as error:  # such as a name or an address that cannot be stored
        raise _turned_away(request, next(iter(error.fields.values()), [error.message])[0]) from None
    return Representative.objects.get(pk=outcome.subject_id or 0)


def _follow_role(request: HttpRequest, person: Representative, claims: Mapping[str, Any], policy: SingleSignOn) -> None:
    wanted = role_by_claim(claims, policy)
    if wanted is None or person.role.key == wanted:
        return
    try:
        perform(
            "staff.change_role",
            actor=system_actor(_ACTOR, Via.DESK),
            subject_id=person.pk,
            arguments={"role": _role(request, wanted).pk, "visibility": person.visibility or None},
            at=timezone.now(),
        )
    except NotPossible as error:  # the last administrator stays one, or nobody could make another
        log.warning("role_not_followed", person=person.pk, wanted=wanted, reason=error.message)
