"""
Everything that can stop an act, said so that the person in front of the screen knows what to do next.

Each error has a `code` for programs, an HTTP `status`, a `message` for people and, where a field is at fault, `fields`.
An act stopped by any of them has changed nothing.
"""

from typing import Any

from django.utils.translation import gettext as _


class ActError(Exception):
    """An act that was not done."""

    code = "act_error"
    status = 400

    def __init__(self, message: str, *, fields: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields or {}

    def as_json(self) -> dict[str, Any]:
        """The error as the API gives it: code, message and fields (field name to messages)."""
        return {"code": self.code, "message": self.message, "fields": self.fields}


class UnknownAct(ActError):
    code = "unknown_act"
    status = 404

    def __init__(self, name: str) -> None:
        super().__init__(_("There is no act called “%(name)s”.") % {"name": name})


class ArgumentsInvalid(ActError):
    """One or more arguments cannot be read; `fields` names each with what is wrong."""

    code = "arguments_invalid"
    status = 422

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__(_("Please correct what is marked."), fields=fields)


class NotPossible(ActError):
    """The act makes no sense for the subject as it is; raised by acts themselves. `field` names the argument at fault."""

    code = "not_possible"
    status = 422

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message, fields={field: [message]} if field else None)


class NotPermitted(ActError):
    code = "not_permitted"
    status = 403

    def __init__(self, permission: str) -> None:
        super().__init__(_("Your role does not allow this (%(permission)s).") % {"permission": permission})
        self.permission = permission


class LicenceNeeded(ActError):
    code = "licence_needed"
    status = 403

    def __init__(self, licence: str, why: str = "") -> None:
        needed = _("This needs a valid licence: %(licence)s.") % {"licence": licence}
        super().__init__(why or needed)


class IdentityNeeded(ActError):
    code = "identity_needed"
    status = 403

    def __init__(self, message: str = "") -> None:
        super().__init__(message or _("Identify the customer first."))


class SubjectNotFound(ActError):
    """Missing, or not to be seen by this actor: the two look alike."""

    code = "not_found"
    status = 404

    def __init__(self) -> None:
        super().__init__(_("This does not exist, or you may not see it."))


class StaleVersion(ActError):
    """The subject changed since the caller read it."""

    code = "stale_version"
    status = 409

    def __init__(self, current: int) -> None:
        super().__init__(_("This was changed by someone else meanwhile. Look at the new state and try again."))
        self.current = current

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {"current_version": self.current}


class KeyReused(ActError):
    code = "idempotency_key_reused"
    status = 409

    def __init__(self) -> None:
        super().__init__(_("This idempotency key was already used for a different request. Use a new key."))


class SubjectBusy(ActError):
    """Somebody else holds the subject for longer than we wait."""

    code = "busy"
    status = 409

    def __init__(self) -> None:
        super().__init__(_("Somebody else is changing this right now. Try again in a moment."))
