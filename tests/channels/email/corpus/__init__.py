"""
Mail as it comes in, written for this project: each example is the raw bytes and what must be read from them.

`mails/` holds mails as files, each with its expectation as JSON beside it; there a line ends as the file system likes it, and is turned into
what travels. The modules hold families of examples made by `builder`: those where bytes matter or that vary one theme. What an example does not mention must be as in an ordinary mail: no problems, no files, nothing automatic.
"""

import json
from functools import cache
from pathlib import Path

from tests.channels.email.corpus import (
    attachments,
    attacks,
    broken,
    cards,
    charsets,
    quoting,
    senders,
)
from tests.channels.email.corpus.builder import Example

MAILS = Path(__file__).parent / "mails"


@cache
def all_examples() -> tuple[Example, ...]:
    """Every example of the corpus."""
    families = (attacks, attachments, broken, cards, charsets, quoting, senders)
    made = [example for family in families for example in family.EXAMPLES]
    written = [
        Example(
            path.stem.replace("_", " "),
            path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
            json.loads(path.with_suffix(".json").read_text("utf-8")),
        )
        for path in sorted(MAILS.glob("*.eml"))
    ]
    return (*made, *written)
