"""Does this machine have the keys that the database knows? Each key's fingerprint is noted there at the first start.

A machine with another seal key would write records nobody can prove, and one with another secret key would sign everybody
out whom the others signed in; both are told at the start instead.
"""

import hmac
from dataclasses import dataclass

from django.conf import settings as django_settings
from django.utils import timezone

from onhand.config import folder
from onhand.config.environment import Environment
from onhand.kernel.models import KeyFingerprint


class WrongKeyError(Exception):
    """This machine has another key than the database knows; the message says which and what to do."""


@dataclass(frozen=True)
class Key:
    """One of the installation's keys."""

    name: str
    variable: str
    file: str
    value: bytes

    @property
    def fingerprint(self) -> str:
        """The same for the same key on every machine; the key cannot be worked out from it."""
        return hmac.digest(self.value, f"onhand {self.name} key fingerprint".encode(), "sha256").hex()[:32]


def keys() -> list[Key]:
    """The keys in force in this process."""
    return [
        Key("secret", "ONHAND_SECRET_KEY", folder.SECRET_KEY, django_settings.SECRET_KEY.encode()),
        Key("seal", "ONHAND_SEAL_KEY", folder.SEAL_KEY, django_settings.SEAL_KEY),
    ]


def wrong() -> list[Key]:
    """Keys of this machine that are not those of the database. One query."""
    known = dict(KeyFingerprint.objects.values_list("name", "fingerprint"))
    return [key for key in keys() if known.get(key.name, key.fingerprint) != key.fingerprint]


def require_right(settings: Environment) -> None:
    """Note the keys in a database that knows none. Raises :class:`WrongKeyError` if it knows others."""
    known = dict(KeyFingerprint.objects.values_list("name", "fingerprint"))
    new = [key for key in keys() if key.name not in known]
    if new:
        now = timezone.now()
        rows = [KeyFingerprint(name=key.name, fingerprint=key.fingerprint, noted_at=now) for key in new]
        KeyFingerprint.objects.bulk_create(rows, ignore_conflicts=True)  # another machine may be starting too
    other = wrong()
    if other:
        raise WrongKeyError("\n".join([*(explain(key, settings) for key in other), MEND]))


def explain(key: Key, settings: Environment) -> str:
    """Which key is wrong and where it came from, in one sentence."""
    given = settings.secret_key if key.name == "secret" else settings.seal_key
    place = f"the variable {key.variable}" if given else str(settings.data / key.file)
    return f"The {key.name} key of this machine ({place}) is not the one this database is used with."


def accept() -> list[str]:
    """Make this machine's keys those of the database; the names of the keys that were others before."""
    other = [key.name for key in wrong()]
    now = timezone.now()
    for key in keys():
        KeyFingerprint.objects.update_or_create(
            name=key.name, defaults={"fingerprint": key.fingerprint, "noted_at": now}
        )
    return other


MEND = (
    "Copy secret.key and seal.key from the data folder of a machine that works, or from a backup, or set ONHAND_SECRET_KEY "
    "and ONHAND_SEAL_KEY to its keys.\n"
    "If the key was changed on purpose on every machine: onhand keys --accept (a new secret key signs everybody out; "
    "records sealed with an old seal key can no longer be proved)."
)
