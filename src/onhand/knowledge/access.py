"""Who may read, write and approve what the company knows."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.kernel.actor import Actor
from onhand.kernel.permissions import permission
from onhand.knowledge.models import Article, StandardResponse

READ = permission("knowledge.read", _("Read articles and use standard responses"))
WRITE = permission("knowledge.write", _("Write articles"))
APPROVE = permission("knowledge.approve", _("Approve articles others wrote, and withdraw articles"))
MANAGE_RESPONSES = permission("knowledge.manage_responses", _("Write standard responses"))


def sees_drafts(actor: Actor) -> bool:
    """Whether the actor sees articles that are not out."""
    return actor.may(WRITE) or actor.may(APPROVE)


def visible_articles(actor: Actor) -> QuerySet[Article]:
    """The articles this actor may see: those that are out, and for who writes or approves every one."""
    if sees_drafts(actor):
        return Article.objects.all()
    return Article.objects.filter(published__isnull=False) if actor.may(READ) else Article.objects.none()


def visible_responses(actor: Actor) -> QuerySet[StandardResponse]:
    """The standard responses this actor may see: those in use, and for who writes them every one."""
    if actor.may(MANAGE_RESPONSES):
        return StandardResponse.objects.all()
    if actor.may(READ):
        return StandardResponse.objects.filter(is_withdrawn=False)
    return StandardResponse.objects.none()
