"""What the great providers ask of a program that fetches and sends mail, so that nobody has to look it up."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from onhand.channels.email.enums import Security

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class Preset:
    """A provider: its servers, and what has to be done there first. `user_is_address`: SMTP wants the address as the user."""

    key: str
    name: "_StrOrPromise"
    before: "_StrOrPromise"
    imap_host: str = ""
    smtp_host: str = ""
    imap_port: int = 993
    imap_security: Security = Security.TLS
    smtp_port: int = 587
    smtp_security: Security = Security.STARTTLS
    trusted_authserv: str = ""
    is_oauth: bool = False

    def values(self) -> dict[str, str]:
        """What the form is filled with."""
        found = {"trusted_authserv": self.trusted_authserv} if self.trusted_authserv else {}
        for kind in ("imap", "smtp"):
            if getattr(self, f"{kind}_host"):
                for part in ("host", "port", "security"):
                    found[f"{kind}_{part}"] = str(getattr(self, f"{kind}_{part}"))
        return found


_APP_PASSWORD = _(
    "Turn on two-step sign-in at the provider, make a password for one program there, and type that one in."
)
_OWN_PASSWORD = _("The user is the whole address, the password that of the mailbox.")

PRESETS = (
    Preset(
        "google",
        "Gmail, Google Workspace",
        _(
            "Turn on two-step sign-in and make an app password; or register the product with Google and sign in with OAuth2 after "
            "the mailbox is added."
        ),
        imap_host="imap.gmail.com",
        smtp_host="smtp.gmail.com",
        trusted_authserv="mx.google.com",
    ),
    Preset(
        "microsoft",
        "Microsoft 365",
        _(
            "Microsoft takes no passwords: register the product in Entra ID, allow it IMAP.AccessAsApp and SMTP.SendAsApp, and sign "
            "in with OAuth2 after the mailbox is added. Authenticated SMTP must be on for the mailbox."
        ),
        imap_host="outlook.office365.com",
        smtp_host="smtp.office365.com",
        is_oauth=True,
    ),
    Preset("icloud", "iCloud", _APP_PASSWORD, imap_host="imap.mail.me.com", smtp_host="smtp.mail.me.com"),
    Preset("yahoo", "Yahoo, AOL", _APP_PASSWORD, imap_host="imap.mail.yahoo.com", smtp_host="smtp.mail.yahoo.com"),
    Preset("fastmail", "Fastmail", _APP_PASSWORD, imap_host="imap.fastmail.com", smtp_host="smtp.fastmail.com"),
    Preset("zoho", "Zoho Mail", _APP_PASSWORD, imap_host="imappro.zoho.com", smtp_host="smtppro.zoho.com"),
    Preset("ionos", "IONOS", _OWN_PASSWORD, imap_host="imap.ionos.com", smtp_host="smtp.ionos.com"),
    Preset("ovh", "OVHcloud", _OWN_PASSWORD, imap_host="ssl0.ovh.net", smtp_host="ssl0.ovh.net"),
    Preset(
        "own",
        _("A mail server of your own, or another provider"),
        _(
            "Ask who runs it for the names of the IMAP and SMTP servers. Usual ports: IMAP 993 with TLS, SMTP 587 with STARTTLS."
        ),
    ),
    Preset(
        "lmtp",
        _("Your mail server hands the mail over (LMTP)"),
        _(
            "Nothing is fetched: Postfix or another server passes each mail on as it comes, without a mailbox of its own. Leave the "
            "IMAP server empty. The port is the setting ONHAND_LMTP_PORT."
        ),
    ),
)


def preset(key: str) -> Preset | None:
    """The provider of that key."""
    return next((one for one in PRESETS if one.key == key), None)
