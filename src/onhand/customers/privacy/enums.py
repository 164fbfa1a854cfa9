"""Choices of privacy."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ErasureBasis(TextChoices):
    """Why a person's data must be, or may be, taken out (Article 17 of the General Data Protection Regulation)."""

    ASKED = "asked", _("The person asked for it")
    CONSENT_WITHDRAWN = "consent_withdrawn", _("Consent was withdrawn, and nothing else allows keeping it")
    OBJECTED = "objected", _("The person objected")
    NOT_NEEDED = "not_needed", _("Not needed any more")
    UNLAWFUL = "unlawful", _("It should not have been kept")
    OBLIGED = "obliged", _("A law or court demands it")


class ErasureState(TextChoices):
    REQUESTED = "requested", _("Begins shortly")
    WORKING = "working", _("Being erased")
    DONE = "done", _("Erased")


class ExportState(TextChoices):
    REQUESTED = "requested", _("Begins shortly")
    WORKING = "working", _("Being made")
    READY = "ready", _("Ready")
    REMOVED = "removed", _("Removed")


class RetentionKind(TextChoices):
    """What a retention rule is about. Each is done by one function of `retention`."""

    CUSTOMERS = "customers", _("Erase customers nobody had to do with")
    NOTES = "notes", _("Erase notes")
    REASONS = "reasons", _("Take the reasons out of access records")


class RequestKind(TextChoices):
    """What somebody may demand about their data (Articles 15 to 21 of the General Data Protection Regulation)."""

    EXPORT = "export", _("A copy of their data")
    ACCESS_LOG = "access_log", _("Who opened their file")
    CORRECTION = "correction", _("Correction")
    ERASURE = "erasure", _("Erasure")
    RESTRICTION = "restriction", _("Restriction")
    OBJECTION = "objection", _("Objection")


class RequestState(TextChoices):
    OPEN = "open", _("Open")
    GRANTED = "granted", _("Granted")
    PARTLY = "partly", _("Granted in part")
    REFUSED = "refused", _("Refused")
