"""Signing in to a mailbox with OAuth2, and signing what it sends."""

from typing import Annotated
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.channels.email import access
from onhand.channels.email.enums import SignIn
from onhand.channels.email.models import Mailbox
from onhand.channels.email.servers import DKIM_KEY, IMAP_SECRET, OAUTH_SECRET
from onhand.channels.email.subjects import MAILBOX
from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.locked_texts import lock_text

LEAST_KEY_BITS = 1024


@act(subject=MAILBOX, permission=access.MANAGE, label=gettext_lazy("Sign in with OAuth2"))
def sign_in_with_oauth(
    mailbox: Mailbox,
    *,
    run: Run,
    token_url: Annotated[
        str,
        Field(
            label=gettext_lazy("Address for tokens"),
            max_length=300,
            help=gettext_lazy("Of the sign-in provider. Empty: what is typed below is the access token itself."),
            current=lambda m: m.oauth_token_url,
        ),
    ] = "",
    client_id: Annotated[
        str, Field(label=gettext_lazy("OAuth2 client"), max_length=200, current=lambda m: m.oauth_client_id)
    ] = "",
    client_secret: Annotated[
        str, Field(label=gettext_lazy("Secret of the client"), max_length=4000, widget="password", secret=True)
    ] = "",
    scope: Annotated[
        str, Field(label=gettext_lazy("OAuth2 scope"), max_length=300, current=lambda m: m.oauth_scope)
    ] = "",
    token: Annotated[
        str,
        Field(
            label=gettext_lazy("Refresh token"),
            max_length=4000,
            widget="password",
            secret=True,
            help=gettext_lazy("Empty: the client signs in by itself (client credentials)."),
        ),
    ] = "",
) -> None:
    """Sign in to the mailbox with OAuth2 instead of a password, for fetching and for sending."""
    if token_url and urlsplit(token_url).scheme != "https":
        raise NotPossible(_("Write an address that begins with https://."), field="token_url")
    if not token_url and not token:
        raise NotPossible(_("Without an address for tokens, type in the token."), field="token")
    mailbox.sign_in = SignIn.OAUTH2
    mailbox.oauth_token_url, mailbox.oauth_client_id, mailbox.oauth_scope = token_url, client_id, scope
    mailbox.oauth_client_secret = lock_text(client_secret, OAUTH_SECRET)
    mailbox.imap_secret = lock_text(token, IMAP_SECRET)
    mailbox.smtp_secret = b""
    run.changed("secrets", after="OAuth2")


@act(subject=MAILBOX, permission=access.MANAGE, label=gettext_lazy("Sign in with a password"))
def sign_in_with_password(
    mailbox: Mailbox,
    *,
    run: Run,
    imap_secret: Annotated[
        str, Field(label=gettext_lazy("IMAP password"), max_length=4000, widget="password", secret=True)
    ],
) -> None:
    """Sign in to the mailbox with a password instead of OAuth2."""
    mailbox.sign_in = SignIn.PASSWORD
    mailbox.imap_secret = lock_text(imap_secret, IMAP_SECRET)
    mailbox.smtp_secret = mailbox.oauth_client_secret = b""
    mailbox.oauth_token_url = mailbox.oauth_client_id = mailbox.oauth_scope = ""
    run.changed("secrets", after="IMAP")


@act(subject=MAILBOX, permission=access.MANAGE, label=gettext_lazy("Sign what it sends (DKIM)"))
def set_dkim_key(
    mailbox: Mailbox,
    *,
    run: Run,
    selector: Annotated[
        str,
        Field(
            label=gettext_lazy("DKIM selector"),
            max_length=63,
            help=gettext_lazy("The public key stands in DNS under selector._domainkey.domain. Empty: no longer sign."),
            current=lambda m: m.dkim_selector,
        ),
    ] = "",
    private_key: Annotated[
        str,
        Field(label=gettext_lazy("Private key (RSA, PEM)"), widget="textarea", max_length=10_000, secret=True),
    ] = "",
) -> None:
    """Sign the mails this mailbox sends with a key of your own, where your mail server does not do it already."""
    if not selector:
        mailbox.dkim_selector, mailbox.dkim_key = "", b""
        return
    if not all(part and part.replace("-", "").replace("_", "").isalnum() for part in selector.split(".")):
        raise NotPossible(_("A selector has letters, figures, hyphens and dots only."), field="selector")
    mailbox.dkim_selector = selector
    if private_key:
        mailbox.dkim_key = lock_text(_normalised(private_key), DKIM_KEY)
        run.changed("secrets", after="DKIM")
    elif not mailbox.dkim_key:
        raise NotPossible(_("Paste the private key."), field="private_key")


def _normalised(pem: str) -> str:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NotPossible(_("This is no private key in PEM form without a password."), field="private_key") from None
    if not isinstance(key, RSAPrivateKey) or key.key_size < LEAST_KEY_BITS:
        raise NotPossible(_("Give an RSA key of 1024 bits or more."), field="private_key")
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
