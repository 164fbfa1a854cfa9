"""Texts of bank statements as they may be stored."""

from onhand.kernel.card_numbers import mask_card_numbers
from onhand.kernel.fields import clean_text


def fit(text: str, most: int) -> str:
    """A text from outside on one line, without what cannot be seen or is the number of a card, and not too long."""
    one_line = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * most]).split())
    try:
        cleaned = clean_text(one_line, many_lines=False)
    except ValueError:  # marks piled up on letters
        cleaned = "".join(c for c in one_line if c.isascii())
    return mask_card_numbers(cleaned)[:most]
