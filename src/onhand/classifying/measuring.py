"""How good suggestions are, on contacts later than all that was learnt from: at each threshold, how many are covered, how many right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

THRESHOLDS = (*tuple(range(0, 100, 5)), 99)


@dataclass(frozen=True, slots=True)
class Point:
    """At one threshold, in per cent: for how many of 100 contacts something is suggested, and how many of 100 suggestions are right."""

    threshold: int
    covered: float
    right: float

    @property
    def abstained(self) -> float:
        """Of how many of 100 contacts nothing is said."""
        return 100 - self.covered


@dataclass(frozen=True, slots=True)
class Measured:
    """
    How something learnt did on `contacts` later ones. `right` is the share of right answers in per cent if it always answered;
    `off` by how many points what it says of its sureness is off on average.
    """

    contacts: int
    right: float
    off: float
    curve: tuple[Point, ...]

    def at(self, threshold: int) -> Point:
        """The point at a threshold, or the nearest measured below."""
        return max((point for point in self.curve if point.threshold <= threshold), key=lambda p: p.threshold)

    def as_json(self) -> dict[str, Any]:
        curve = [[point.threshold, point.covered, point.right] for point in self.curve]
        return {"contacts": self.contacts, "right": self.right, "off": self.off, "curve": curve}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Measured":
        """As it was stored."""
        curve = tuple(Point(*point) for point in stored["curve"])
        return cls(stored["contacts"], stored["right"], stored["off"], curve)


def measure(answers: Sequence[tuple[int, bool]]) -> Measured:
    """What (sureness in per cent, right or not) of many answers comes to. Raises ValueError without any."""
    if not answers:
        raise ValueError("nothing to measure")
    many = len(answers)
    return Measured(
        contacts=many,
        right=_share(sum(right for _sure, right in answers), many),
        off=_off(answers),
        curve=tuple(_point(answers, threshold) for threshold in THRESHOLDS),
    )


def _point(answers: Sequence[tuple[int, bool]], threshold: int) -> Point:
    given = [right for sure, right in answers if sure >= threshold]
    return Point(threshold, _share(len(given), len(answers)), _share(sum(given), len(given)))


def _share(part: int, whole: int) -> float:
    return round(part * 100 / whole, 1) if whole else 100.0


def _off(answers: Sequence[tuple[int, bool]]) -> float:
    """Tenth by tenth of sureness: what was said against what was right, weighted by how many there were."""
    total = 0.0
    for tenth in range(10):
        of_tenth = [
            (sure, right)
            for sure, right in answers
            if tenth * 10 <= sure < tenth * 10 + 10 or (tenth == 9 and sure > 99)
        ]
        if of_tenth:
            said = sum(sure + 0.5 for sure, _right in of_tenth) / len(of_tenth)
            total += abs(said - _share(sum(right for _sure, right in of_tenth), len(of_tenth))) * len(of_tenth)
    return round(total / len(answers), 1)
