"""Numbers of payment cards in what anybody writes: all but the last four figures are masked, before anything is stored."""

import re

MASK = "•"
_BETWEEN = r"[ \t\u00a0\u2007\u2009\u202f./\u2010-\u2015-]"
_RUN = re.compile(rf"(?<![\w+{MASK}])\d(?:{_BETWEEN}{{0,2}}\d){{12,18}}(?![\w{MASK}])")
_BEGINNINGS = re.compile(r"4|5[0-8]|2[2-7]|3[0-9]|6|81|82|9792")


def mask_card_numbers(text: str) -> str:
    """The text, as long as before, with card numbers masked. Masking again changes nothing."""
    return _RUN.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    written = found[0]
    figures = "".join(c for c in written if c.isdigit())
    if not (_BEGINNINGS.match(figures) and _check_figure_fits(figures)):
        return written
    hidden = len(figures) - 4
    letters = []
    for letter in written:
        if letter.isdigit():
            letters.append(MASK if hidden > 0 else letter)
            hidden -= 1
        else:
            letters.append(letter)
    return "".join(letters)


def _check_figure_fits(figures: str) -> bool:
    """The check figure of Luhn's sum; a row of equal figures is no number."""
    total = 0
    for place, figure in enumerate(reversed(figures)):
        value = int(figure) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and len(set(figures)) > 1
