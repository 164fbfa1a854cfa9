"""
What is remembered of the addresses, numbers and outside ids of persons erased: keyed hashes, so that an import or another system
that brings one of them again can be told, and nobody can read them out of the database.
"""

from collections.abc import Iterable

from onhand.customers.models import Erasure, Identity, OutsideId, SuppressedIdentity
from onhand.kernel.signing import canonical, keyed_hash

OUTSIDE_ID = "outside_id"
Known = tuple[str, str, str]  # kind, network or system, value


def digest_of(kind: str, network: str, value: str) -> bytes:
    """The keyed hash of one identity. Upper and lower case are the same, as when somebody is recognised."""
    return keyed_hash(canonical(["suppressed", kind, network, value.lower()]))


def suppress(erasure: Erasure) -> None:
    """Remember all that the erased person was recognised by. Part of an erasure: runs in its transaction, before they are deleted."""
    members = erasure.member_ids
    known: set[Known] = set(Identity.objects.filter(customer__in=members).values_list("kind", "network", "match_key"))
    known |= {
        (OUTSIDE_ID, system, value)
        for system, value in OutsideId.objects.filter(customer__in=members).values_list("system", "value")
    }
    SuppressedIdentity.objects.bulk_create(
        SuppressedIdentity(erasure=erasure, kind=kind, digest=digest_of(kind, network, value))
        for kind, network, value in sorted(known)
    )


def suppressed_among(known: Iterable[Known]) -> set[Known]:
    """
    Those of these (kind, network, value) that belonged to somebody erased; of an outside id the kind is `OUTSIDE_ID` and the network
    the system. One statement. A telephone number is to be given in E.164.
    """
    by_digest = {digest_of(*one): (one[0], one[1], one[2]) for one in known}
    if not by_digest:
        return set()
    found = SuppressedIdentity.objects.filter(digest__in=list(by_digest)).values_list("digest", flat=True)
    return {by_digest[bytes(digest)] for digest in found}
