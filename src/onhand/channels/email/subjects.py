"""The mailbox as something acts act on, and the mail of it that an argument may refer to."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from onhand.channels.email import access
from onhand.channels.email.enums import RawState
from onhand.channels.email.models import Mailbox
from onhand.kernel.actor import Actor
from onhand.kernel.subjects import Option, ReferenceType, SubjectType, register_reference, register_subject
from onhand.staff.access import visible_teams
from onhand.staff.models import Team

MAILBOX = "mailbox"
REFUSED_MAIL, TEAM = "email.refused_mail", "email.team"
MOST_OPTIONS = 20
_PLAIN = (
    *("name", "address", "sign_in", "imap_host", "imap_port", "imap_security", "imap_user", "imap_folder"),
    *("after_taking", "done_folder", "trusted_authserv", "smtp_host", "smtp_port", "smtp_security", "smtp_user"),
    *("oauth_token_url", "oauth_client_id", "oauth_scope", "from_name", "dkim_selector"),
)


def snapshot_mailbox(mailbox: Mailbox) -> dict[str, Any]:
    """What acts change on a mailbox; of secrets only whether there is one."""
    return {name: getattr(mailbox, name) for name in _PLAIN} | {
        "enabled": mailbox.is_enabled,
        "default": mailbox.is_default,
        "team": Team.objects.filter(pk=mailbox.team_id or 0).values_list("name", flat=True).first() or "",
    }


register_subject(
    SubjectType(
        name=MAILBOX,
        label=_("Mailbox"),
        model=Mailbox,
        visible=access.visible_mailboxes,
        snapshot=snapshot_mailbox,
        title=lambda mailbox: mailbox.address,
        page=lambda pk: f"/settings/mailboxes/{pk}/",
        change_labels={
            "name": _("Name"),
            "address": _("Address"),
            "team": _("Team"),
            "enabled": _("In use"),
            "default": _("Sent from by default"),
            "sign_in": _("Way to sign in"),
            "imap_host": _("IMAP server"),
            "imap_port": _("IMAP port"),
            "imap_security": _("Protection of IMAP"),
            "imap_user": _("IMAP user"),
            "imap_folder": _("Folder"),
            "after_taking": _("Mail that was taken"),
            "done_folder": _("Folder for mail that was taken"),
            "trusted_authserv": _("Server whose checks are believed"),
            "smtp_host": _("SMTP server"),
            "smtp_port": _("SMTP port"),
            "smtp_security": _("Protection of SMTP"),
            "smtp_user": _("SMTP user"),
            "oauth_token_url": _("Address for tokens"),
            "oauth_client_id": _("OAuth2 client"),
            "oauth_scope": _("OAuth2 scope"),
            "from_name": _("Name of the sender"),
            "dkim_selector": _("DKIM selector"),
            "test": _("Test"),
            "read_again": _("Read again"),
            "secrets": _("Secrets typed in anew"),
        },
    )
)


# How a mailbox is changes without anybody's doing: pages follow it under a topic of its own.
register_subject(
    SubjectType(
        name="mailbox_health",
        label=_("State of a mailbox"),
        model=Mailbox,
        visible=access.visible_mailboxes,
        snapshot=lambda _mailbox: {},
        title=lambda mailbox: mailbox.address,
        page=lambda pk: f"/settings/mailboxes/{pk}/",
    )
)


def _refused_options(actor: Actor, subject_id: int | None, typed: str) -> list[Option]:
    found = access.visible_raw_mails(actor).filter(mailbox=subject_id, state=RawState.REFUSED)
    if typed:
        found = found.filter(reason__icontains=typed)
    rows = found.order_by("-pk").values_list("pk", "reason")[:MOST_OPTIONS]
    return [Option(pk, f"{pk} · {reason[:80]}") for pk, reason in rows]


def _team_options(actor: Actor, _subject_id: int | None, typed: str) -> list[Option]:
    found = visible_teams(actor).filter(name__icontains=typed).order_by("name")
    return [Option(pk, name) for pk, name in found.values_list("pk", "name")[:200]]


register_reference(ReferenceType(name=REFUSED_MAIL, options=_refused_options))
register_reference(ReferenceType(name=TEAM, options=_team_options, is_short=True))
