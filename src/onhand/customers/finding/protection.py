"""What lists of customers show of contact points to whom: those who may not read them are shown enough to compare, not to tell."""

from onhand.customers.access import WORK_WITHOUT_CONTACT
from onhand.customers.contact_points import show_telephone
from onhand.customers.enums import IdentityKind
from onhand.customers.masks import mask_email, mask_number, mask_telephone
from onhand.kernel.actor import Actor


def sees_contact_points(actor: Actor) -> bool:
    """
    Whether lists show this actor contact points and streets, and find customers by parts of them. Lists are of customers nobody on a
    contact was identified for, so only who works without a contact sees more.
    """
    return actor.may(WORK_WITHOUT_CONTACT)


def show_identity(kind: str, value: str, *, openly: bool) -> str:
    """An identity as a list shows it. Account numbers are shown in full by an act only."""
    match kind:
        case _ if not value:
            return ""
        case IdentityKind.TELEPHONE:
            return show_telephone(value) if openly else mask_telephone(value)
        case IdentityKind.EMAIL:
            return value if openly else mask_email(value)
        case IdentityKind.ACCOUNT_NUMBER:
            return mask_number(value)
    return value if openly else mask_number(value)
