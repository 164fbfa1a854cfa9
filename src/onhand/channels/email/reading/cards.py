"""Card numbers in what customers write: all but the last four figures are masked, before anything is stored as text."""

import re
from bisect import bisect_right
from itertools import accumulate

MASK = "•"

# (first, last, lengths) of the figures a number begins with, by issuer, in order.
_ISSUERS: tuple[tuple[str, str, frozenset[int]], ...] = tuple(
    sorted(
        (first, last or first, frozenset(lengths))
        for first, last, lengths in (
            ("2200", "2204", range(16, 20)),  # Mir
            ("2221", "2720", (16,)),  # Mastercard
            ("300", "305", range(14, 20)),  # Diners Club
            ("3095", "", range(14, 20)),
            ("34", "", (15,)),  # American Express
            ("3528", "3589", range(16, 20)),  # JCB
            ("36", "", range(14, 20)),
            ("37", "", (15,)),
            ("38", "39", range(14, 20)),
            ("4", "", (13, 16, 18, 19)),  # Visa
            ("5018", "", range(13, 20)),  # Maestro
            ("5019", "", (16,)),  # Dankort
            ("5020", "", range(13, 20)),
            ("5038", "", range(13, 20)),
            ("5061", "", (16, 18, 19)),  # Verve
            ("5067", "", (16,)),  # Elo
            ("508", "", (16,)),  # RuPay
            ("51", "55", (16,)),  # Mastercard
            ("5612", "", range(13, 20)),
            ("5893", "", range(13, 20)),
            ("6011", "", range(16, 20)),  # Discover
            ("606282", "", (16,)),  # Hipercard
            ("62", "", range(16, 20)),  # UnionPay
            ("6304", "", range(13, 20)),
            ("636", "", (16,)),
            ("637", "639", (16,)),  # InstaPayment
            ("644", "649", range(16, 20)),
            ("65", "", range(16, 20)),
            ("6759", "", range(13, 20)),
            ("676", "", range(13, 20)),
            ("677189", "", (16,)),
            ("81", "82", (16,)),
            ("9792", "", (16,)),  # Troy
        )
    )
)
_STARTS = [first for first, _last, _lengths in _ISSUERS]

_BETWEEN = r"[ \t\u00a0\u2007\u2009\u202f.\u00ad·_/\u2010-\u2015\u2212-]"
# What may not stand before is asked after the first figure: so the search jumps from figure to figure.
# One sign, or a stroke with a blank on each side; two blanks part the columns of a table.
_IN_TEXT = re.compile(rf"\d(?<![\w+{MASK}]\d)(?:(?:{_BETWEEN}| [._/·\u2010-\u2015\u2212-] )?\d){{12,}}(?![\w{MASK}])")
# In HTML figures may also be parted by tags and written as entities.
_IN_HTML = re.compile(
    rf"\d(?<![\w+{MASK}&#]\d)(?:(?:{_BETWEEN}|&nbsp;|&shy;|<(?!/?(?:td|th|tr|p|div|li|table)\b)[^<>]{{0,300}}>){{0,6}}\d){{12,}}(?![\w{MASK}])"
)
_FIGURES = re.compile(r"\d+")
_TAG_OR_FIGURES = re.compile(r"<[^<>]*>|\d+")
_SHORTEST, _LONGEST = 13, 19
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def mask(text: str) -> tuple[str, int]:
    """The text, as long as before, with card numbers masked, and how many there were. Masking again changes nothing."""
    return _masked(text, _IN_TEXT, _FIGURES)


def mask_html(source: str) -> tuple[str, int]:
    """The same for sanitised HTML, where tags may stand between the figures."""
    return _masked(source, _IN_HTML, _TAG_OR_FIGURES)


def _masked(text: str, runs: re.Pattern[str], groups: re.Pattern[str]) -> tuple[str, int]:
    hidden: set[int] = set()
    shown: set[int] = set()
    count = 0
    for run in runs.finditer(text):
        places = [
            (found.start(), found[0]) for found in groups.finditer(text, run.start(), run.end()) if found[0][0] != "<"
        ]
        for number in _numbers(places):
            count += not hidden.intersection(number)
            hidden.update(number[:-4])
            shown.update(number[-4:])
    if not hidden:
        return text, 0
    letters = list(text)
    for place in hidden:
        letters[place] = MASK
    return "".join(letters), count


def _numbers(groups: list[tuple[int, str]]) -> list[list[int]]:
    """The places of the figures of every card number that whole groups of figures make together."""
    figures = "".join(str(int(figure)) for _start, group in groups for figure in group)
    sums = _check_sums(figures)
    found = []
    starts = [0, *accumulate(len(group) for _start, group in groups)]
    for first, start in enumerate(starts[:-1]):
        if not _may_begin(figures, start):
            continue
        for last in range(first, min(first + _LONGEST, len(groups))):
            end = starts[last + 1]
            if end - start > _LONGEST:
                break
            if end - start >= _SHORTEST and (sums[end % 2][end] - sums[end % 2][start]) % 10 == 0:
                number = figures[start:end]
                if _issuer_fits(number) and len(set(number)) > 1:
                    found.append([place + n for place, group in groups[first : last + 1] for n in range(len(group))])
    return found


def _check_sums(figures: str) -> tuple[list[int], list[int]]:
    """Running sums for the check figure, for numbers that end at an even place and at an odd one: from the end every other doubles."""
    return (
        [0, *accumulate(_DOUBLED[int(one)] if place % 2 == 0 else int(one) for place, one in enumerate(figures))],
        [0, *accumulate(_DOUBLED[int(one)] if place % 2 == 1 else int(one) for place, one in enumerate(figures))],
    )


def _may_begin(figures: str, start: int) -> bool:
    return figures[start] in "2345689"


def is_card_number(figures: str) -> bool:
    """Whether 13 to 19 figures are the number of a card: an issuer's first figures, a length it uses, and the check figure."""
    if not _SHORTEST <= len(figures) <= _LONGEST:
        return False
    plain = "".join(str(int(figure)) for figure in figures)
    sums = _check_sums(plain)[len(plain) % 2]
    return _issuer_fits(plain) and sums[-1] % 10 == 0 and len(set(plain)) > 1


def _issuer_fits(figures: str) -> bool:
    at = bisect_right(_STARTS, figures)
    near = _ISSUERS[max(0, at - 3) : at]
    return any(first <= figures[: len(first)] <= last and len(figures) in lengths for first, last, lengths in near)
