"""An uploaded file in the database: stored in pieces, looked at, and cut into chunks of rows."""

import io
from collections.abc import Iterator
from dataclasses import asdict
from typing import IO

from django.utils.translation import gettext as _

from onhand.customers.imports.tables import Shape, UnreadableFile, rows_of
from onhand.customers.models import CustomerImport, ImportPiece

PIECE = 2**20
ROWS_A_CHUNK = 500
CHARACTERS_A_CHUNK = 1_000_000


class StoredFile(io.RawIOBase):
    """The pieces of a file as one that can be read from anywhere; one piece at a time is in memory."""

    def __init__(self, import_id: int, size: int) -> None:
        super().__init__()
        self._import_id, self._size, self._at = import_id, size, 0
        self._number, self._piece = -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence])
        return self._at

    def read(self, size: int = -1) -> bytes:
        wanted = self._size - self._at if size < 0 else min(size, self._size - self._at)
        parts = []
        while wanted > 0:
            number, offset = divmod(self._at, PIECE)
            part = self._load(number)[offset : offset + wanted]
            if not part:
                break
            parts.append(part)
            wanted -= len(part)
            self._at += len(part)
        return b"".join(parts)

    def _load(self, number: int) -> bytes:
        if number != self._number:
            found = ImportPiece.objects.filter(customer_import=self._import_id, number=number)
            content = found.values_list("content", flat=True).first()
            self._number, self._piece = number, bytes(content or b"")
        return self._piece


def stored_file(one: CustomerImport) -> IO[bytes]:
    """The uploaded file."""
    return StoredFile(one.pk, one.file_bytes)  # type: ignore[return-value]  # reads, seeks and tells, which is all that is asked


def store_pieces(one: CustomerImport, file: IO[bytes]) -> None:
    """Store the file's content."""
    file.seek(0)
    number = 0
    while content := file.read(PIECE):
        ImportPiece.objects.create(customer_import=one, number=number, content=content)
        number += 1


def shape_of(one: CustomerImport) -> Shape:
    """How the file is to be read, as chosen."""
    return Shape(one.format, one.encoding or "utf-8", one.delimiter or ",", one.sheet)


def take_shape(one: CustomerImport, shape: Shape) -> None:
    """Put what was recognised or chosen into the import; it is saved by whoever calls."""
    for name, value in asdict(shape).items():
        setattr(one, name, value)


def read_head(one: CustomerImport, shape: Shape, rows: int = 30) -> list[list[str]]:
    """The headings and the first rows. Raises UnreadableFile."""
    found = []
    for row in filter(None, rows_of(stored_file(one), shape)):
        found.append(row)
        if len(found) > rows:
            break
    if not found:
        raise UnreadableFile(_("The file is empty."))
    return found


def chunks_of(one: CustomerImport) -> Iterator[tuple[int, list[list[str]]]]:
    """The rows below the headings, as (number of the first row as a person counts them, rows). Raises UnreadableFile."""
    chunk: list[list[str]] = []
    rows = enumerate(rows_of(stored_file(one), shape_of(one)), start=1)
    first, size = next((number for number, row in rows if row), 0) + 1, 0
    for count, row in rows:
        length = sum(map(len, row))
        if chunk and (len(chunk) == ROWS_A_CHUNK or size + length > CHARACTERS_A_CHUNK):
            yield first, chunk
            chunk, first, size = [], count, 0
        chunk.append([storable_cell(cell) for cell in row])
        size += length
    if chunk:
        yield first, chunk


def storable_cell(cell: str) -> str:
    """A cell as JSON in the database can hold it."""
    return cell if cell.isascii() else cell.encode("utf-8", "replace").decode()
