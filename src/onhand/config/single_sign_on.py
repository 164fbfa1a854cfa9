"""From the environment to the sign-in library's settings for the company's OpenID Connect provider."""

from typing import Any

from onhand.config.environment import Environment

PROVIDER = "company"


def provider_settings(env: Environment) -> dict[str, Any]:
    """SOCIALACCOUNT_PROVIDERS: the one provider, or none."""
    if env.oidc_issuer is None:
        return {}
    return {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": PROVIDER,
                    "name": env.oidc_name,
                    "client_id": env.oidc_client_id,
                    "secret": env.oidc_client_secret.get_secret_value() if env.oidc_client_secret else "",
                    "settings": {"server_url": env.oidc_issuer.rstrip("/"), "oauth_pkce_enabled": True},
                }
            ],
        }
    }


def policy(env: Environment) -> dict[str, Any]:
    """Who may come in: the arguments of :class:`onhand.staff.single_sign_on.SingleSignOn`."""
    pairs = (pair.split("=", 1) for pair in env.oidc_roles)
    return {
        "creates_people": env.oidc_people == "create",
        "role_claim": env.oidc_role_claim or "",
        "roles": {value.strip(): role.strip() for value, role in pairs},
        "default_role": env.oidc_default_role,
    }
