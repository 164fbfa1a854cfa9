"""Whether this machine draws PDF."""

import pytest

from onhand.kernel.pdf import CannotDraw, draw_pdf


def needs_pdf() -> None:
    """Skip the test, saying what is missing, where nothing can be drawn as PDF."""
    try:
        draw_pdf("<p>x</p>")
    except CannotDraw as error:
        pytest.skip(str(error))
