"""The feature table has its 90 rows, and no row claims more than it can show."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"A": 11, "B": 11, "C": 9, "D": 10, "E": 8, "F": 9, "G": 11, "H": 4, "I": 2, "J": 6, "K": 9}


def rows() -> Iterator[list[str]]:
    for line in (ROOT / "docs" / "features.md").read_text().splitlines():
        if re.match(r"\| [A-K]\d+ \|", line):
            yield [cell.strip() for cell in line.strip("|").split("|")]


def test_every_row_is_listed_once() -> None:
    assert [row[0] for row in rows()] == [f"{letter}{n}" for letter, size in SIZES.items() for n in range(1, size + 1)]
    assert sum(SIZES.values()) == 90


@pytest.mark.parametrize("row", list(rows()), ids=lambda row: row[0])
def test_a_row_claims_what_it_can_show(row: list[str]) -> None:
    _number, _system, state, works, where, proof = row
    assert state in {"there", "partly", "not yet"}
    if state == "not yet":
        assert (where, proof) == ("", "")
        return
    assert works
    named = re.findall(r"`([^`]+)`", where + proof)
    assert re.search(r"`tests/", proof)
    missing = [path for path in named if not (ROOT / path).exists()]
    assert missing == []
