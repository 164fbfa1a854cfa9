"""
What a few answers can say about all customers. Both intervals are for 95 per cent.

The mean's is Student's (1908), never narrower than if one of the answers had been one point off: five times “very satisfied” is not
certainty. The share's is Wilson's (1927), which holds for small numbers too.
"""

from dataclasses import dataclass
from math import sqrt

FEWEST = 5  # answers below which no mean is shown: it would be read as one
WORST, BEST = 1.0, 5.0
_Z = 1.959964
# Quantiles 0.975 of Student's distribution for 1, 2, 3 … degrees of freedom; beyond the last, those of the normal one are near enough.
_STUDENT = (
    *(12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131),
    *(2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042),
)


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate, and between what the truth lies with 95 per cent."""

    value: float
    low: float
    high: float


def mean(count: int, total: int, squares: int) -> Interval | None:
    """
    The mean of scores from 1 to 5, given their number, sum and sum of squares; None of fewer than FEWEST.
    """
    if count < FEWEST:
        return None
    value = total / count
    variance = max((squares - count * value * value) / (count - 1), 1 / count)
    half = _student(count - 1) * sqrt(variance / count)
    return Interval(value, max(WORST, value - half), min(BEST, value + half))


def share(part: int, whole: int) -> Interval | None:
    """The share `part` is of `whole`, from 0 to 1; None of nothing."""
    if whole == 0:
        return None
    value, z2 = part / whole, _Z * _Z
    middle = (value + z2 / (2 * whole)) / (1 + z2 / whole)
    half = _Z / (1 + z2 / whole) * sqrt(value * (1 - value) / whole + z2 / (4 * whole * whole))
    return Interval(value, max(0.0, middle - half), min(1.0, middle + half))


def _student(freedom: int) -> float:
    return _STUDENT[freedom - 1] if freedom <= len(_STUDENT) else _Z + 2.5 / freedom
