"""Who may set up mailboxes, and see mail that could not be read."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.channels.email.models import Mailbox, RawMail
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.permissions import permission

MANAGE = permission("email.manage_mailboxes", _("Set up and test mailboxes"))
HANDLE_REFUSED = permission("email.handle_refused", _("See mail that could not be read, and have it read again"))


def visible_mailboxes(actor: Actor) -> QuerySet[Mailbox]:
    """The mailboxes this actor may see: all who set them up; else those of the teams whose refused mail they handle."""
    if actor.may(MANAGE):
        return Mailbox.objects.all()
    if not actor.may(HANDLE_REFUSED):
        return Mailbox.objects.none()
    if actor.visibility is Visibility.ALL:
        return Mailbox.objects.all()
    seen = Q(team__in=actor.team_ids) | Q(team__isnull=True)
    if actor.visibility is Visibility.SITE:
        seen |= Q(team__site__in=actor.site_ids)
    return Mailbox.objects.filter(seen)


def visible_raw_mails(actor: Actor) -> QuerySet[RawMail]:
    """Mail as it arrived, for who handles what could not be read."""
    if not actor.may(HANDLE_REFUSED):
        return RawMail.objects.none()
    return RawMail.objects.filter(mailbox__in=visible_mailboxes(actor))
