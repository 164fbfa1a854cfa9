"""Access tokens for mailboxes that are signed in to with OAuth2: asked for when needed, kept in memory until they are over."""

import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from django.utils.translation import gettext as _

from onhand.channels.email.servers import MailboxProblem, OAuth, Server

TIMEOUT_SECONDS = 20
MOST_BYTES = 100_000
SPARE_SECONDS = 120  # a token is not used in its last two minutes
_kept: dict[tuple[OAuth, str], tuple[str, float]] = {}
_lock = threading.Lock()


def access_token(server: Server) -> str:
    """A token that is good now. Raises MailboxProblem (step login) where none is to be had."""
    if not server.oauth.token_url:
        return server.secret
    key = (server.oauth, server.secret)
    with _lock:
        token, until = _kept.get(key, ("", 0.0))
    if time.monotonic() < until:
        return token
    token, seconds = _ask(server)
    with _lock:
        _kept[key] = (token, time.monotonic() + seconds - SPARE_SECONDS)
    return token


def forget_token(server: Server) -> None:
    """Ask for another one next time: the server did not take this one."""
    with _lock:
        _kept.pop((server.oauth, server.secret), None)


def _ask(server: Server) -> tuple[str, float]:
    oauth = server.oauth
    asked = {"client_id": oauth.client_id, "client_secret": oauth.client_secret, "scope": oauth.scope}
    if server.secret:
        asked |= {"grant_type": "refresh_token", "refresh_token": server.secret}
    else:
        asked |= {"grant_type": "client_credentials"}
    body = urllib.parse.urlencode({name: value for name, value in asked.items() if value}).encode()
    try:
        # The address was checked to be https when it was set.
        request = urllib.request.Request(oauth.token_url, data=body, headers={"Accept": "application/json"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
            told = json.loads(answer.read(MOST_BYTES))
        return str(told["access_token"]), float(told.get("expires_in", 3600))
    except urllib.error.HTTPError as error:
        words = _("The sign-in provider gives no token: %(said)s")
        raise MailboxProblem("login", words % {"said": _reason(error)}) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        words = _("The sign-in provider at %(url)s cannot be asked (%(error)s).")
        raise MailboxProblem("login", words % {"url": oauth.token_url, "error": type(error).__name__}) from None


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        told = json.loads(error.read(MOST_BYTES))
        return str(told.get("error_description") or told["error"])[:300]
    except (OSError, ValueError, KeyError, AttributeError):
        return f"{error.code}"
