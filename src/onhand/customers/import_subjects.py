"""An import of a file as a subject of acts."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from onhand.customers.access import visible_imports
from onhand.customers.models import CustomerImport
from onhand.kernel.subjects import SubjectType, register_subject

CUSTOMER_IMPORT = "customer_import"
_KEYS = ("state", "system", "country", "language", "on_match", "mapping")


def snapshot_import(one: CustomerImport) -> dict[str, Any]:
    """What acts change on an import, and how it is to be run."""
    return {key: getattr(one, key) for key in _KEYS}


register_subject(
    SubjectType(
        name=CUSTOMER_IMPORT,
        label=_("Import"),
        model=CustomerImport,
        visible=visible_imports,
        snapshot=snapshot_import,
        title=lambda one: one.file_name,
        page=lambda import_id: f"/settings/imports/{import_id}/",
        change_labels={"state": _("State")},
    )
)
