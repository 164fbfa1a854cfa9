"""onhand simulate, as typed: what is printed, what is drawn, and what is said of a wrong file."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from onhand.config import simulating
from onhand.config.command import main

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "simulate.toml"


def test_the_example_is_simulated_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    svg, page = tmp_path / "morning.svg", tmp_path / "morning.html"
    assert main(["simulate", str(EXAMPLE), "--picture", str(svg)]) == 0
    said = capsys.readouterr().out
    for expected in (
        "A morning of calls and mail: 4.0 hours",
        "Orders",
        "gave up",
        "times as fast as life",
        "█",
        "Gini",
        str(svg),
    ):
        assert expected in said
    root = ElementTree.fromstring(svg.read_text())
    drawn = list(root.iter("{http://www.w3.org/2000/svg}polyline"))
    assert len(drawn) == 2, "a line of waits for each queue"
    assert len(drawn[0].attrib["points"].split()) == 16
    assert simulating.command(EXAMPLE, page) == 0
    assert "<svg" in page.read_text()
    assert "How busy each person was" in page.read_text()


def test_names_are_drawn_as_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "odd.toml"
    file.write_text(EXAMPLE.read_text().replace('"Ana"', '"<b>Ana & co</b>"').replace("Repairs", "R<script>"), "utf-8")
    file.write_text(file.read_text().replace("[queues.R<script>.plan]", '[queues."R<script>".plan]'))
    for picture in ("odd.svg", "odd.html"):
        assert simulating.command(file, tmp_path / picture) == 0
        assert "<script>" not in (tmp_path / picture).read_text()
        assert "<b>" not in (tmp_path / picture).read_text()


def test_a_wrong_file_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(
        EXAMPLE.read_text()
        .replace('queue = "Repairs"\nkind', 'queue = "Nobody"\nkind')
        .replace("mean = 240", "maen = 240")
    )
    assert simulating.command(wrong, None) == 2
    assert "arrivals.0.handling.maen: there is no such setting" in capsys.readouterr().err
    assert simulating.command(tmp_path / "none.toml", None) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err
    assert simulating.command(EXAMPLE, tmp_path / "morning.png") == 2
    assert ".svg or .html" in capsys.readouterr().err
    assert simulating.command(EXAMPLE, tmp_path / "no" / "morning.svg") == 1
    assert "cannot be written" in capsys.readouterr().err
