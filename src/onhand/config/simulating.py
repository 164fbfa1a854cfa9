"""``onhand simulate``: a scenario's file in, tables and a picture out. Needs no database."""

import sys
from pathlib import Path

from onhand.config.terminal import complain, say

WRONG_FILE = 2


def command(file: Path, picture: Path | None) -> int:
    """Run the scenario of a file and print what came of it; the exit code."""
    from onhand.routing.simulation import drawing, run
    from onhand.routing.simulation.picture import page
    from onhand.routing.simulation.picture import picture as svg
    from onhand.routing.simulation.reading import WrongScenarioError, read_file

    try:
        scenario = read_file(file)
    except OSError as error:
        complain(f"{file} cannot be read: {error.strerror}.")
        return WRONG_FILE
    except WrongScenarioError as error:
        complain(
            f"{file} is no scenario:", *(f"  {place}: {why}" if place else f"  {why}" for place, why in error.mistakes)
        )
        return WRONG_FILE
    if picture is not None and picture.suffix not in (".svg", ".html"):
        complain(f"{picture} is no picture: its name ends in .svg or .html.")
        return WRONG_FILE
    outcome = run.simulate(scenario)
    lines = "\n".join(drawing.draw(outcome, scenario.name))
    say(lines if _shows(lines) else lines.encode("ascii", "replace").decode())
    if picture is not None:
        drawn = svg(outcome, scenario.name) if picture.suffix == ".svg" else page(outcome, scenario.name)
        try:
            picture.write_text(drawn, encoding="utf-8")
        except OSError as error:
            complain(f"{picture} cannot be written: {error.strerror}.")
            return 1
        say("", f"Drawn in {picture}.")
    return 0


def _shows(text: str) -> bool:
    """Whether the terminal can show it."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
