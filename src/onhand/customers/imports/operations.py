"""What is done with an uploaded file before and after its acts: stored, looked at, its columns chosen, its content forgotten."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import IO

from django.db import transaction
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from onhand.customers import access
from onhand.customers.contact_points import country_options, language_options
from onhand.customers.enums import ImportState
from onhand.customers.imports.kinds import CUSTOMERS, by_name_of, fields_of, find_kind
from onhand.customers.imports.mapping import (
    Mapped,
    guess_mapping,
    headings_of,
    looks_day_first,
    wrong_mapping,
    wrong_mapping_of,
)
from onhand.customers.imports.steps import WORKING
from onhand.customers.imports.storing import read_head, shape_of, store_pieces, stored_file, take_shape
from onhand.customers.imports.tables import DELIMITERS, ENCODINGS, Shape, UnreadableFile, recognise, sheet_names
from onhand.customers.intake.upsert import OnMatch
from onhand.customers.models import BulkAnswer, CustomerImport, ImportChunk, ImportPiece
from onhand.customers.privacy.holdings import Scope
from onhand.kernel.actor import Actor
from onhand.kernel.errors import NotPossible, SubjectNotFound

EXAMPLES = 5
LONGEST_SYSTEM = 60
ANSWERS_KEPT = timedelta(days=30)
Queue = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Choices:
    """How a file's rows are to be taken."""

    mapping: Mapped
    system: str = ""
    country: str = ""
    language: str = "en"
    day_first: bool = True
    on_match: str = OnMatch.FILL


def store_file(
    *, actor: Actor, file: IO[bytes], name: str, size: int, at: datetime, kind: str = CUSTOMERS
) -> CustomerImport:
    """
    Store an uploaded file and recognise what it is. No customer is touched.

    :raises NotPermitted: the actor may not bring in such things.
    :raises NotPossible: it is no table we can read, or no kind is called so; nothing is stored.
    """
    _require_kind(actor, kind)
    try:
        with transaction.atomic():
            one = CustomerImport(
                kind=kind,
                on_match=OnMatch.FILL if kind == CUSTOMERS else OnMatch.UPDATE,
                file_name=" ".join(name.replace("\x00", "").split())[:200] or _("customers"),
                file_bytes=size,
                started_by_id=actor.id,
                started_by_name=actor.name,
                created_at=at,
                system="",
            )
            take_shape(one, recognise(file))
            one.save()
            store_pieces(one, file)
            if one.format != "csv":
                one.sheets = sheet_names(stored_file(one))
                one.sheet = next(iter(one.sheets), "")
            _look(one, shape_of(one))
            one.save()
    except UnreadableFile as error:
        raise NotPossible(str(error), field="file") from None
    return one


def _require_kind(actor: Actor, kind: str) -> None:
    actor.require(access.IMPORT)
    if kind != CUSTOMERS:
        found = find_kind(kind)
        if found is None:
            raise NotPossible(_("Choose one of the list."), field="kind")
        actor.require(found.permission)


def _look(one: CustomerImport, shape: Shape) -> None:
    """Read the first rows, and guess what the columns say."""
    headings, *rows = read_head(one, shape)
    if not rows:
        raise UnreadableFile(_("The file has headings and nothing below them."))
    take_shape(one, shape)
    one.headings = headings_of(headings)
    one.examples = [[cell[:200] for cell in row] for row in rows[:EXAMPLES]]
    guessed = guess_mapping(one.headings, rows, fields_of(one.kind))
    one.mapping = {str(place): name for place, name in guessed.items()}
    one.day_first = looks_day_first(rows, guessed)
    one.counts, one.position, one.chunk_count, one.rows = {}, 0, 0, 0


def read_differently(*, actor: Actor, import_id: int, encoding: str, delimiter: str, sheet: str) -> CustomerImport:
    """
    Read the file with another encoding or delimiter, or another sheet of it; the columns are guessed anew.

    :raises SubjectNotFound: there is no such import for this actor.
    :raises NotPossible: it cannot be read so, or is under way.
    """
    with transaction.atomic():
        one = _open(actor, import_id)
        if encoding not in ENCODINGS or delimiter not in DELIMITERS:
            raise NotPossible(
                _("Choose one of the list."), field="encoding" if encoding not in ENCODINGS else "delimiter"
            )
        if sheet and sheet not in one.sheets:
            raise NotPossible(_("Choose one of the list."), field="sheet")
        shape = shape_of(one)
        shape = (
            replace(shape, encoding=encoding, delimiter=delimiter)
            if one.format == "csv"
            else replace(shape, sheet=sheet)
        )
        try:
            _look(one, shape)
        except UnreadableFile as error:
            raise NotPossible(str(error), field="encoding" if one.format == "csv" else "sheet") from None
        one.state = ImportState.UPLOADED
        one.save()
    return one


def choose_columns(*, actor: Actor, import_id: int, choices: Choices, queue: Queue) -> CustomerImport:
    """
    Say what each column holds and how rows are to be taken, and have the file checked. Nothing of it is written to customers.

    :raises SubjectNotFound: there is no such import for this actor.
    :raises NotPossible: the choice does not make sense, or the import is under way.
    """
    with transaction.atomic():
        one = _open(actor, import_id)
        system = " ".join(choices.system.replace("\x00", "").split())[:LONGEST_SYSTEM]
        _require_kind(actor, one.kind)
        _require_known(choices, one)
        kind = find_kind(one.kind)
        if kind is not None:
            wrong = wrong_mapping_of(kind, choices.mapping, system=system)
        else:
            wrong = wrong_mapping(choices.mapping, system=system)
        if wrong:
            raise NotPossible(wrong, field="mapping")
        one.mapping = {str(place): name for place, name in choices.mapping.items()}
        one.system, one.country, one.language = system, choices.country, choices.language
        one.day_first, one.on_match = choices.day_first, OnMatch(choices.on_match).value
        one.state, one.position, one.problem = ImportState.CHECKING, 0, ""
        one.counts = {"read": True} if one.counts.get("read") else {}
        one.started_by_id, one.started_by_name = actor.id, actor.name
        one.save()
        queue(one.pk)
    return one


def _require_known(choices: Choices, one: CustomerImport) -> None:
    names, columns = by_name_of(one.kind), len(one.headings)
    known = all(name in names and 0 <= place < columns for place, name in choices.mapping.items())
    if not known or choices.on_match not in list(OnMatch):
        raise NotPossible(_("Choose one of the list."), field="mapping")
    if choices.country and choices.country not in dict(country_options()):
        raise NotPossible(_("Choose one of the list."), field="country")
    if choices.language not in dict(language_options()):
        raise NotPossible(_("Choose one of the list."), field="language")


def _open(actor: Actor, import_id: int) -> CustomerImport:
    """The import, locked, if its columns can still be chosen."""
    actor.require(access.IMPORT)
    one = access.visible_imports(actor).select_for_update(no_key=True).filter(pk=import_id).first()
    if one is None:
        raise SubjectNotFound
    is_open = one.state in (ImportState.UPLOADED, ImportState.CHECKED) or (
        one.state == ImportState.FAILED and "done" not in one.counts
    )
    if not is_open or one.emptied_at is not None:
        raise NotPossible(_("This import is under way or has ended. Bring the file again for another one."))
    return one


def forget_file(*, actor: Actor, import_id: int, at: datetime) -> CustomerImport:
    """
    Take the file's content out of the database. What became of its rows stays known, so that it can still be undone.

    :raises SubjectNotFound: there is no such import for this actor.
    :raises NotPossible: it is under way.
    """
    with transaction.atomic():
        actor.require(access.IMPORT)
        one = access.visible_imports(actor).select_for_update(no_key=True).filter(pk=import_id).first()
        if one is None:
            raise SubjectNotFound
        if one.state in WORKING:
            raise NotPossible(_("This import is under way: stop it first."))
        _empty(one, at)
    return one


def forget_old_files(*, before: datetime) -> int:
    """Take out the content of files uploaded before a time that are not under way, and old answers to programs; how many files."""
    old = CustomerImport.objects.filter(created_at__lt=before, emptied_at=None).exclude(state__in=WORKING)
    count = 0
    for pk in list(old.values_list("pk", flat=True)):
        with transaction.atomic():
            one = old.select_for_update(no_key=True).filter(pk=pk).first()
            if one is not None:
                _empty(one, before)
                count += 1
    BulkAnswer.objects.filter(at__lt=before).delete()
    return count


def take_out_of_files(scope: Scope) -> None:
    """Take the rows of somebody who is erased out of the files they were brought with, as far as those are still kept."""
    path = " || ".join(f"$.rows[*][2] == {member:d}" for member in scope.members)
    made = ImportChunk.objects.filter(rows__isnull=False).filter(
        RawSQL("done @@ %s::jsonpath", [path], output_field=BooleanField())
    )
    for chunk in made.select_for_update(no_key=True):
        gone = {number for number, _status, customer, *_rest in (chunk.done or {})["rows"] if customer in scope.members}
        empty_rows(chunk, gone)
        # The file as it was uploaded holds them too; what is still to be done with it is done from the rows.
        ImportPiece.objects.filter(customer_import=chunk.customer_import_id).delete()


def empty_rows(chunk: ImportChunk, numbers: set[int]) -> None:
    """Empty these rows of a file, and drop what was said of them and the examples shown of the file. `chunk` is locked."""
    rows = enumerate(chunk.rows or [], start=chunk.first_row)
    chunk.rows = [[""] * len(row) if number in numbers else row for number, row in rows]
    for step in (chunk.checked, chunk.done):
        if step and "problems" in step:
            step["problems"] = [problem for problem in step["problems"] if problem[0] not in numbers]
    chunk.save(update_fields=["rows", "checked", "done"])
    CustomerImport.objects.filter(pk=chunk.customer_import_id).update(examples=[])


def _empty(one: CustomerImport, at: datetime) -> None:
    ImportPiece.objects.filter(customer_import=one).delete()
    ImportChunk.objects.filter(customer_import=one, done=None).delete()
    for chunk in ImportChunk.objects.filter(customer_import=one).only("pk", "done").iterator(chunk_size=50):
        done = {"rows": chunk.done["rows"], "problems": []} if chunk.done else None
        ImportChunk.objects.filter(pk=chunk.pk).update(rows=None, checked=None, done=done)
    one.examples, one.emptied_at = [], at
    if one.state in (ImportState.UPLOADED, ImportState.CHECKED):
        one.state = ImportState.CANCELLED
    one.chunk_count = ImportChunk.objects.filter(customer_import=one).count()
    one.save(update_fields=["examples", "emptied_at", "state", "chunk_count"])
