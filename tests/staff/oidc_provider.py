"""
A real OpenID Connect provider on this machine, as a process of its own: `python -m tests.staff.oidc_provider PORT FOLDER`.

It is django-oauth-toolkit with one confidential client, PKCE required, and tokens signed with an RSA key. Who is signed in at the
provider is said by the header X-User, in place of its own sign-in page; what it says about them is in PEOPLE.
"""

import os
import sys
from pathlib import Path
from typing import Any

PEOPLE: dict[str, dict[str, Any]] = {
    "ana": {"email": "ana@example.com", "email_verified": True, "name": "Ana Prieto", "groups": ["cs"]},
    "lead": {"email": "lead@example.com", "email_verified": True, "name": "Lee Dale", "groups": ["x", "cs-leads"]},
    "unverified": {"email": "ana@example.com", "email_verified": False, "name": "Eve"},
    "stranger": {"email": "stranger@example.com", "email_verified": True, "name": "Sam Stone"},
}
CLIENT, SECRET = "onhand", "provider-secret-for-tests"


def main(port: int, folder: Path) -> None:
    """Serve until killed."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback
    key, other = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    issuer = f"http://127.0.0.1:{port}/o"
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="provider",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "provider.sqlite3")}},
        INSTALLED_APPS=[
            *("django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "oauth2_provider"),
        ],
        MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", f"{__name__}.said_by_header"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": pem,
            "OIDC_ISS_ENDPOINT": issuer,
            "PKCE_REQUIRED": True,
            "SCOPES": {"openid": "openid", "profile": "profile", "email": "email"},
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.validator",
        },
    )
    django.setup()
    _prepare(port)
    _add_addresses(other)
    from wsgiref.simple_server import make_server

    from django.core.wsgi import get_wsgi_application

    make_server("127.0.0.1", port, get_wsgi_application()).serve_forever()


def _prepare(port: int) -> None:
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from oauth2_provider.models import Application  # type: ignore[import-untyped]

    users: Any = get_user_model().objects

    call_command("migrate", verbosity=0)
    for name in PEOPLE:
        users.create_user(name)
    Application.objects.create(
        name="Onhand",
        client_id=CLIENT,
        client_secret=SECRET,
        client_type="confidential",
        authorization_grant_type="authorization-code",
        redirect_uris="http://testserver/account/single-sign-on/company/back/",
        algorithm="RS256",
        skip_authorization=True,
    )


def _add_addresses(other: Any) -> None:
    """The provider's addresses, and the keys of somebody else under the same name, as a forger would have them."""
    from django.http import HttpRequest, JsonResponse
    from django.test import Client
    from django.urls import include, path
    from jwt.algorithms import RSAAlgorithm

    def other_keys(_request: HttpRequest) -> JsonResponse:
        real = Client().get("/o/.well-known/jwks.json", SERVER_NAME="127.0.0.1").json()["keys"][0]
        forged = RSAAlgorithm.to_jwk(other.public_key(), as_dict=True)
        return JsonResponse({"keys": [{**forged, "kid": real["kid"], "alg": "RS256", "use": "sig"}]})

    urlpatterns.append(path("other-keys", other_keys))
    urlpatterns.append(path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")))


urlpatterns: list[Any] = []


def said_by_header(get_response: Any) -> Any:
    """Who is signed in at the provider."""

    def middleware(request: Any) -> Any:
        from django.contrib.auth import get_user_model
        from django.contrib.auth.models import AnonymousUser

        users: Any = get_user_model().objects
        request.user = users.filter(username=request.headers.get("X-User", "")).first() or AnonymousUser()
        return get_response(request)

    return middleware


def __getattr__(name: str) -> Any:
    if name != "validator":
        raise AttributeError(name)
    from oauth2_provider.oauth2_validators import OAuth2Validator  # type: ignore[import-untyped]

    class Validator(OAuth2Validator):  # type: ignore[misc]
        oidc_claim_scope = None

        def get_additional_claims(self, request: Any) -> dict[str, Any]:
            return PEOPLE[request.user.username]

    return Validator


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
