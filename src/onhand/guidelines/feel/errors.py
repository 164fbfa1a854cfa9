"""What is wrong with a cell."""


class CellError(ValueError):
    """A cell cannot be read. `place` counts characters from 0; the message says what is wrong and how to mend it."""

    def __init__(self, message: str, place: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.place = place


class UnknownName(CellError):
    """A cell names what is not there; `words` are those that stand together at that place."""

    def __init__(self, message: str, place: int, words: tuple[str, ...]) -> None:
        super().__init__(message, place)
        self.words = words
