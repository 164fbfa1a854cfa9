"""Rows of imported files that brought a customer in, as a holding. They are kept until the file's content is forgotten."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from onhand.customers.imports.operations import empty_rows
from onhand.customers.models import CustomerImport, ImportChunk, ImportPiece
from onhand.customers.privacy.holdings import Column, Members, Row, Scope
from onhand.kernel.redaction import ValueChange

# Chunks in which a row became one of these customers: (chunk, number of the row in it).
_CHUNKS = """
select c.id, (r ->> 0)::bigint - c.first_row from customers_importchunk c, jsonb_array_elements(c.done -> 'rows') r
where c.rows is not null and (r ->> 2)::bigint = any(%s) order by 1, 2
"""
Place = tuple[int, int]


def _places(members: Members) -> list[Place]:
    with connection.cursor() as cursor:
        cursor.execute(_CHUNKS, [list(members)])
        return [(chunk, place) for chunk, place in cursor.fetchall()]


class ImportHolding:
    """The rows of files as they were brought; what became of them is only ids, which stay so that an import can be undone."""

    name = "imported_rows"
    label = _("Rows of imported files")
    models: Sequence[type[Model]] = (CustomerImport, ImportChunk, ImportPiece)
    columns = (Column("file", _("File")), Column("at", _("When")), Column("cells", _("Cells")))
    subject = ""
    is_quick = False
    why_kept = ""

    def count(self, members: Members) -> int:
        """How many rows of files whose content is still there."""
        return len(_places(members))

    def rows(self, members: Members) -> Iterator[Row]:
        """Each row as it was in its file."""
        for chunk, place in _places(members):
            found = ImportChunk.objects.select_related("customer_import").get(pk=chunk)
            whole = found.customer_import
            yield {"file": whole.file_name, "at": whole.created_at, "cells": (found.rows or [])[place]}

    def erase(self, scope: Scope, limit: int) -> int:
        """Empty the rows, and drop what a check said of them and the examples shown of the file."""
        done = 0
        for pk, place in _places(scope.members):
            chunk = ImportChunk.objects.select_for_update(of=("self",)).get(pk=pk)
            if done >= limit or not chunk.rows or not any(chunk.rows[place]):
                continue
            empty_rows(chunk, {chunk.first_row + place})
            done += 1
        return done

    def subject_ids(self, members: Members, after: int, limit: int) -> list[int]:  # noqa: ARG002  (no acts on rows)
        """None."""
        return []

    def rewrite(self, members: Members, change: ValueChange, after: int, limit: int) -> tuple[int, int]:  # noqa: ARG002
        """
        Whoever is named in any file, also where the row was at fault or changed nothing: files tell nobody's customers apart, so all
        whose content is still there are looked through.
        """
        chunks = ImportChunk.objects.filter(pk__gt=after, rows__isnull=False).order_by("pk")
        looked_at = list(chunks.select_for_update(of=("self",))[: min(limit, 50)])
        changed = 0
        for chunk in looked_at:
            new: dict[str, Any] = {name: change(getattr(chunk, name)) for name in ("rows", "checked", "done")}
            if any(new[name] != getattr(chunk, name) for name in new):
                ImportChunk.objects.filter(pk=chunk.pk).update(**new)
                changed += 1
        for one in CustomerImport.objects.exclude(examples=[]) if not after else ():
            examples = change(one.examples)
            if examples != one.examples:
                CustomerImport.objects.filter(pk=one.pk).update(examples=examples)
        return (looked_at[-1].pk if len(looked_at) == min(limit, 50) else 0), changed
