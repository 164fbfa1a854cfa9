"""Exports of everything about a person: asked for by an act, made by a job, kept in the database for a week, and removed."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import IO

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import translation

from onhand.customers.models import Customer, PersonalExport, PersonalExportPart
from onhand.customers.privacy.archive import About, write_archive
from onhand.customers.privacy.enums import ExportState
from onhand.customers.privacy.holdings import all_holdings
from onhand.customers.privacy.membership import whole_file
from onhand.customers.subjects import CUSTOMER
from onhand.kernel.actor import Actor
from onhand.kernel.errors import SubjectNotFound
from onhand.kernel.records import Subject, record_access

KEPT_FOR = timedelta(days=7)
PART_BYTES = 1 << 20
NOT_REMOVED = (ExportState.REQUESTED, ExportState.WORKING, ExportState.READY)


def request_export(customer: Customer, *, actor: Actor, language: str, at: datetime) -> PersonalExport:
    """Note that an archive is to be made. Part of an act: runs in its transaction; a job does the rest."""
    return PersonalExport.objects.create(
        customer=customer,
        language=language,
        asked_at=at,
        asked_by_id=actor.id,
        asked_by_name=actor.name,
        touched_at=at,
    )


def make_export(export_id: int, at: datetime) -> bool:
    """
    Make the archive of an export that is not ready; whether it was made. Killed on the way it is made again from the start: it
    appears whole or not at all. Progress is written to the row as it goes.
    """
    export = PersonalExport.objects.select_related("customer").filter(pk=export_id).first()
    if export is None or export.state not in (ExportState.REQUESTED, ExportState.WORKING):
        return False
    if export.customer.erased_at is not None:
        remove_export(export)
        return False
    members = whole_file(export.customer_id)
    expected = sum(holding.count(members) for holding in all_holdings() if holding.columns)
    rows = PersonalExport.objects.filter(pk=export_id)
    rows.update(state=ExportState.WORKING, rows_expected=expected, touched_at=Now())

    def progress(section: str, done: int) -> None:
        rows.update(at_work=section, rows=done, touched_at=Now())

    about = About(export.customer.name, export.customer.reference, at)
    with TemporaryFile() as archive, translation.override(language_of(export.language)):
        total = write_archive(archive, about, all_holdings(), members, progress)
        size = archive.tell()
        archive.seek(0)
        return _keep(export_id, archive, total, size, at)


def _keep(export_id: int, archive: IO[bytes], rows: int, size: int, at: datetime) -> bool:
    """Put a finished archive into the database, unless the person was erased or another process was quicker."""
    with transaction.atomic():
        export = PersonalExport.objects.select_for_update().get(pk=export_id)
        customer = Customer.objects.select_for_update(no_key=True).get(pk=export.customer_id)
        if customer.erased_at is not None or export.state != ExportState.WORKING:
            return False
        digest = hashlib.sha256()
        for number, piece in enumerate(iter(lambda: archive.read(PART_BYTES), b"")):
            digest.update(piece)
            PersonalExportPart.objects.create(export=export, number=number, data=piece)
        export.state, export.ready_at, export.expires_at = ExportState.READY, at, at + KEPT_FOR
        export.rows, export.size, export.sha256, export.at_work = rows, size, digest.hexdigest(), ""
        export.save()
    return True


def language_of(asked: str) -> str:
    """The language of the product an archive is written in: the one asked for, or English."""
    offered = dict(settings.LANGUAGES)
    return next((code for code in (asked, asked.partition("-")[0]) if code in offered), "en")


def open_export(*, actor: Actor, export_id: int, at: datetime) -> tuple[PersonalExport, Iterator[bytes]]:
    """
    An archive's pieces for whoever asked for it, and a record that the file was given out.

    :raises SubjectNotFound: there is none, it is not ready, its time is over, or somebody else asked for it.
    """
    found = PersonalExport.objects.select_related("customer").filter(pk=export_id, state=ExportState.READY).first()
    if found is None or found.asked_by_id != actor.id or found.expires_at is None or found.expires_at <= at:
        raise SubjectNotFound
    with transaction.atomic():
        subject = Subject(CUSTOMER, found.customer_id)
        record_access(actor=actor, subject=subject, page="personal_export", reason="", at=at)
        PersonalExport.objects.filter(pk=found.pk).update(downloads=found.downloads + 1)
    return found, _parts(found.pk)


def _parts(export_id: int) -> Iterator[bytes]:
    number = 0
    while part := PersonalExportPart.objects.filter(export=export_id, number=number).first():
        yield bytes(part.data)
        number += 1


def remove_expired(at: datetime) -> int:
    """Remove the archives whose time is over, and return how many."""
    expired = PersonalExport.objects.filter(state=ExportState.READY, expires_at__lte=at)
    for export in expired:
        remove_export(export)
    return len(expired)


def remove_export(export: PersonalExport) -> None:
    """Remove an archive; that there was one stays."""
    with transaction.atomic():
        PersonalExportPart.objects.filter(export=export).delete()
        PersonalExport.objects.filter(pk=export.pk).update(state=ExportState.REMOVED, at_work="")
