"""What happened around signing in."""

from dataclasses import dataclass
from typing import ClassVar

from onhand.kernel.events import Event


@dataclass(frozen=True, slots=True)
class SignedIn(Event):
    """Somebody signed in. `method` is password, socialaccount or mfa, with `+` between several."""

    name: ClassVar[str] = "staff.signed_in"
    method: str
    address: str


@dataclass(frozen=True, slots=True)
class PasswordChanged(Event):
    """Somebody chose a new password; every other session ended."""

    name: ClassVar[str] = "staff.password_changed"


@dataclass(frozen=True, slots=True)
class SecondFactorAdded(Event):
    """`kind` is totp, recovery_codes or webauthn."""

    name: ClassVar[str] = "staff.second_factor_added"
    kind: str


@dataclass(frozen=True, slots=True)
class SecondFactorRemoved(Event):
    """`kind` is totp, recovery_codes or webauthn."""

    name: ClassVar[str] = "staff.second_factor_removed"
    kind: str
