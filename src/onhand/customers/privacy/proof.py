"""The proof that a person was erased: a keyed hash over what the erasure says, under the key of the seals."""

from onhand.customers.models import Erasure
from onhand.kernel.signing import canonical, keyed_hash, plain


def proof_of(erasure: Erasure) -> bytes:
    """The keyed hash over everything an erasure that is done says."""
    said = [
        *("erasure", erasure.pk, erasure.customer_id, erasure.reference, str(erasure.basis), erasure.member_ids),
        *(plain(erasure.requested_at), erasure.requested_by_id, erasure.requested_by_name, erasure.record_id),
        *(erasure.counts, plain(erasure.done_at), erasure.keeps_hashes),
    ]
    return keyed_hash(canonical(said))


def is_proven(erasure: Erasure) -> bool:
    """Whether an erasure that is done still says what it said when it was."""
    return bytes(erasure.proof) == proof_of(erasure)
