"""What is wrong with a cell."""


class CellError(ValueError):
    """A cell cannot be read. `place` counts characters from 0; the message says what is wrong and how to mend it."""

    def __init__(self, message: str, place: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
