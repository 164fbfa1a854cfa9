from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StaffConfig(AppConfig):
    name = "onhand.staff"
    label = "staff"

    def ready(self) -> None:
        from onhand.kernel.gates import set_licences
        from onhand.staff import sign_in_notes
        from onhand.staff.licensing import why_unlicensed

        set_licences(why_unlicensed)
        post_migrate.connect(_ensure_roles, sender=self)
        sign_in_notes.connect()


def _ensure_roles(**_kwargs: Any) -> None:
    from django.utils import timezone

    from onhand.staff.operations import ensure_builtin_roles

    ensure_builtin_roles(at=timezone.now())
