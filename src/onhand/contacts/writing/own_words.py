"""What of an answer its writer wrote: without what the customer wrote and is quoted, without addresses and the signature."""

import re

MOST_CHARACTERS = 20_000  # of a text looked at
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|\b[^\s@]{1,64}@[^\s@]{1,255}")


def own_words(text: str) -> str:
    """The text as long as before, with quoted lines, addresses and what follows the signature's dashes blanked out."""
    lines, is_signature = [], False
    for line in text[:MOST_CHARACTERS].split("\n"):
        is_signature = is_signature or line.rstrip("\r") in ("--", "-- ")
        is_quoted = line.lstrip().startswith(">")
        lines.append(" " * len(line) if is_signature or is_quoted else line)
    return _ADDRESS.sub(lambda found: " " * len(found[0]), "\n".join(lines))
