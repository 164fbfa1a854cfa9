"""Who may see and do what on the customer's file."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from onhand.customers.models import Customer, CustomerImport
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.permissions import permission

VIEW = permission("customers.view", _("Open customers' files"))
REGISTER = permission("customers.register", _("Register new customers"))
CHANGE_CONTACT_POINTS = permission(
    "customers.change_contact_points", _("Change customers' addresses, e-mail addresses and telephone numbers")
)
CHANGE_LANGUAGE = permission("customers.change_language", _("Change customers' language"))
CHANGE_PREFERENCES = permission("customers.change_preferences", _("Change how and when customers want to be reached"))
CHANGE_PERSON = permission(
    "customers.change_person", _("Change customers' names, dates of birth, tax numbers and what they need")
)
CHANGE_RELATIONS = permission("customers.change_relations", _("Change who may speak for customers, and households"))
SET_FLAGS = permission("customers.set_flags", _("Put flags on customers' files"))
LIFT_FLAGS = permission("customers.lift_flags", _("Lift flags from customers' files"))
RECORD_CONSENT = permission("customers.record_consent", _("Record what customers agreed to"))
WORK_WITHOUT_CONTACT = permission(
    "customers.work_without_contact", _("Work on customers' files without an identified contact")
)
IDENTIFY = permission("customers.identify", _("Identify customers by questions and one-time codes"))
REVEAL = permission("customers.reveal", _("See masked data, such as dates of birth and account numbers, in full"))
END_LOCKOUT = permission("customers.end_lockout", _("Let a customer be identified again after too many failed tries"))
SET_IDENTIFICATION = permission("customers.set_identification", _("Set what customers are asked to be identified"))
READ_DEMO_MAIL = permission("customers.read_demo_mail", _("Read the mails of the demo company"))
ADD_NOTE = permission("customers.add_note", _("Write notes on customers' files"))
EXPORT_PERSONAL_DATA = permission("customers.export_personal_data", _("Give out everything held about a person"))
ERASE = permission("customers.erase", _("Erase persons"))
ERASE_DESPITE_OPEN = permission("customers.erase_despite_open", _("Erase persons with whom something is still open"))
HANDLE_REQUESTS = permission("customers.handle_privacy_requests", _("Take and answer requests about personal data"))
MANAGE_RETENTION = permission("customers.manage_retention", _("Say how long personal data is kept"))
MERGE = permission("customers.merge", _("Merge customers' files, undo it, and say which are not the same"))
IMPORT = permission("customers.import", _("Bring in customers from files and other systems, many at once"))
EXPORT = permission("customers.export", _("Take out lists of customers as files"))


def visible_customers(actor: Actor) -> QuerySet[Customer]:
    """The customers this actor may see: all, those of their sites, those of their teams, or their own."""
    if not actor.may(VIEW):
        return Customer.objects.none()
    match actor.visibility:
        case Visibility.ALL:
            return Customer.objects.all()
        case Visibility.SITE:
            return Customer.objects.filter(Q(site__in=actor.site_ids) | Q(team__site__in=actor.site_ids))
        case Visibility.TEAM:
            return Customer.objects.filter(team__in=actor.team_ids)
        case Visibility.OWN:
            return Customer.objects.filter(owner=actor.id)


def may_see(
    actor: Actor, *, site_id: int | None, team_id: int | None, team_site_id: int | None, owner_id: int | None
) -> bool:
    """Whether the customer with these places is among `visible_customers`: for rows read by other statements."""
    if not actor.may(VIEW):
        return False
    match actor.visibility:
        case Visibility.ALL:
            return True
        case Visibility.SITE:
            return site_id in actor.site_ids or team_site_id in actor.site_ids
        case Visibility.TEAM:
            return team_id in actor.team_ids
        case Visibility.OWN:
            return owner_id is not None and owner_id == actor.id


def visible_imports(actor: Actor) -> QuerySet[CustomerImport]:
    """The imports this actor may see: all of them for who sees the whole company, else those they asked for themselves."""
    if not actor.may(IMPORT):
        return CustomerImport.objects.none()
    if actor.visibility is Visibility.ALL:
        return CustomerImport.objects.all()
    return CustomerImport.objects.filter(started_by_id=actor.id)
