"""Choices of the customer's file."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class CustomerKind(TextChoices):
    PERSON = "person", _("Person")
    ORGANISATION = "organisation", _("Organisation")


class IdentityKind(TextChoices):
    """What a customer can be reached and recognised by."""

    EMAIL = "email", _("E-mail address")
    TELEPHONE = "telephone", _("Telephone number")
    HANDLE = "handle", _("Handle")
    CUSTOMER_NUMBER = "customer_number", _("Customer number")
    ACCOUNT_NUMBER = "account_number", _("Account number")


class IdentitySource(TextChoices):
    """Where an identity was learnt."""

    STATED = "stated", _("Given by the customer")
    RECORDED = "recorded", _("Written down by a representative")
    IMPORTED = "imported", _("Imported")
    OBSERVED = "observed", _("Seen on a contact")
    ISSUED = "issued", _("Issued by us")


class Confidence(IntegerChoices):
    """How sure it is that an identity is this customer's."""

    GUESSED = 1, _("Guessed")
    STATED = 2, _("Stated")
    VERIFIED = 3, _("Verified")


class AddressKind(TextChoices):
    HOME = "home", _("Home")
    WORK = "work", _("Work")
    DELIVERY = "delivery", _("Delivery")
    BILLING = "billing", _("Billing")
    FORMER = "former", _("Former address")
    OTHER = "other", _("Other")


class RelationKind(TextChoices):
    """By which right somebody speaks for a customer."""

    COMPANY_CONTACT = "company_contact", _("Company contact")
    AUTHORISED = "authorised", _("Authorised person")
    GUARDIAN = "guardian", _("Guardian")
    BROKER = "broker", _("Broker or agent")
    LAWYER = "lawyer", _("Lawyer")


class IdentificationWay(TextChoices):
    """How somebody on a contact is identified."""

    QUESTIONS = "questions", _("Questions")
    CODE = "code", _("One-time code")
    PORTAL = "portal", _("Portal")
    AUTHORISED = "authorised", _("Authorised person")


class FlagKind(TextChoices):
    VULNERABLE = "vulnerable", _("Vulnerable")
    ABUSIVE = "abusive", _("Abusive")
    DECEASED = "deceased", _("Deceased")
    FRAUD_ALERT = "fraud_alert", _("Fraud alert")
    LEGAL_HOLD = "legal_hold", _("Legal hold: nothing is erased")


class AccessibilityNeed(TextChoices):
    HARD_OF_HEARING = "hard_of_hearing", _("Hard of hearing")
    DEAF = "deaf", _("Deaf: no calls")
    LOW_VISION = "low_vision", _("Low vision: large print")
    BLIND = "blind", _("Blind: no print")
    EASY_LANGUAGE = "easy_language", _("Easy language")
    MORE_TIME = "more_time", _("Needs more time")
    STEP_FREE = "step_free", _("Step-free access")


class ConsentPurpose(TextChoices):
    """What the customer is asked to agree to. Serving what they asked for needs no consent."""

    MARKETING = "marketing", _("Offers and advertising")
    SURVEYS = "surveys", _("Surveys")
    RECORDING = "recording", _("Recording of calls")
    PROFILING = "profiling", _("Personal analysis")
    SHARING = "sharing", _("Passing on to partners")


class ConsentAnswer(TextChoices):
    GIVEN = "given", _("Agreed")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    OBJECTED = "objected", _("Objected")


class ChannelKind(TextChoices):
    """How a customer and the company reach each other."""

    TELEPHONE = "telephone", _("Telephone")
    EMAIL = "email", _("E-mail")
    CHAT = "chat", _("Chat")
    LETTER = "letter", _("Letter")
    FAX = "fax", _("Fax")
    SOCIAL = "social", _("Social message")
    COUNTER = "counter", _("At the counter")


class ImportState(TextChoices):
    """Where the import of a file stands."""

    UPLOADED = "uploaded", _("Columns to be chosen")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
