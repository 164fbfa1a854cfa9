"""Who reads notices, writes them, publishes them, and who is seen to have read them."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Actor
from onhand.kernel.permissions import permission
from onhand.receipts.enums import NoticeState
from onhand.receipts.models import Notice, Receipt
from onhand.staff.access import visible_representatives
from onhand.staff.models import Representative

READ = permission("receipts.read", _("Read notices and say that they are understood"))
WRITE = permission("receipts.write", _("Write notices and see who has read them"))
PUBLISH = permission("receipts.publish", _("Publish and withdraw notices"))


def concerning(actor: Actor) -> Q:
    """The notices that concern somebody, as a condition on notices."""
    teams = Q(team_ids=[]) | Q(team_ids__overlap=sorted(actor.team_ids) or [0])
    return (Q(role_keys=[]) | Q(role_keys__contains=[actor.role])) & teams


def visible_notices(actor: Actor) -> QuerySet[Notice]:
    """All of them for who writes or publishes; for the others those out that concern them, and those they opened."""
    if actor.may(WRITE) or actor.may(PUBLISH):
        return Notice.objects.all()
    if not actor.may(READ) or actor.id is None:
        return Notice.objects.none()
    opened = Exists(Receipt.objects.filter(notice=OuterRef("pk"), representative=actor.id))
    return Notice.objects.filter(Q(state=NoticeState.PUBLISHED) & concerning(actor) | opened)


def concerned(notice: Notice) -> QuerySet[Representative]:
    """Everybody a notice concerns now, people and programs; whoever joins later is among them from then on."""
    found = Representative.objects.filter(is_active=True)
    if notice.role_keys:
        found = found.filter(role__key__in=notice.role_keys)
    if notice.team_ids:
        members = Representative.teams.through.objects.filter(team__in=notice.team_ids)
        found = found.filter(pk__in=members.values("representative"))
    return found


def visible_concerned(actor: Actor, notice: Notice) -> QuerySet[Representative]:
    """Those of them this actor may see."""
    return concerned(notice).filter(pk__in=visible_representatives(actor).values("pk"))
