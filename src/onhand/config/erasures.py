"""
Erasures outlast a restore: which persons were erased is also kept in the data folder, without anything personal, and whoever comes
back with an older backup is erased again at the next start.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from onhand.config import folder, session
from onhand.config.environment import Environment
from onhand.config.terminal import complain, say

FILE = "erasures.json"


def keep(data: Path) -> int:
    """Add the erasures of the database to those kept in the data folder; how many are kept."""
    from onhand.customers.models import Erasure

    kept: dict[str, Any] = folder.read_json(data / FILE)
    rows = Erasure.objects.values_list("customer__reference", "basis", "keeps_hashes", "requested_at")
    found = kept | {
        reference: {"basis": basis, "keeps_hashes": keeps_hashes, "at": at.isoformat()}
        for reference, basis, keeps_hashes, at in rows
    }
    if found != kept:
        folder.write_private(folder.make_private(data) / FILE, json.dumps(found, indent=1))
    return len(found)


def reapply(data: Path, at: datetime) -> list[str]:
    """Erase again whoever was erased and is back, by what the data folder keeps; their references."""
    from onhand.customers.models import Customer
    from onhand.kernel.actor import Via, system_actor
    from onhand.kernel.errors import ActError
    from onhand.kernel.perform import perform

    kept: dict[str, Any] = folder.read_json(data / FILE)
    back = Customer.objects.filter(reference__in=list(kept), erased_at__isnull=True, merged_into__isnull=True)
    erased = []
    for pk, reference in list(back.values_list("pk", "reference")):
        was = kept[reference]
        arguments = {"basis": was["basis"], "remember_hashes": was["keeps_hashes"], "despite_open": True}
        try:
            perform(
                "customers.erase_customer",
                actor=system_actor("erased again after a restore", Via.COMMAND),
                subject_id=pk,
                arguments=arguments | {"remark": f"Erased before, on {was['at'][:10]}"},
                at=at,
            )
        except ActError as error:
            complain(f"{reference} was erased before and is back: {error.message}")
            continue
        erased.append(reference)
    return erased


def command(settings: Environment, what: str | None) -> int:
    """``onhand erasures`` and ``onhand erasures reapply``"""
    from django.utils import timezone

    with session.database_for_django(settings):
        if what == "reapply":
            erased = reapply(settings.data, timezone.now())
            say(*(f"{reference}: erased again" for reference in erased), f"{len(erased)} persons erased again.")
            return 0
        count = keep(settings.data)
    for reference, one in sorted(folder.read_json(settings.data / FILE).items()):
        say(f"{one['at'][:19]}  {reference}  {one['basis']}")
    say(f"{count} erasures, kept in {settings.data / FILE}")
    return 0
