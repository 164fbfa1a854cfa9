"""Bringing in a statement: the file is kept as it came, each movement is stored once, and all of it is booked as not matched yet."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby

from django.db import transaction
from django.utils.translation import gettext as _

from onhand.kernel.actor import Actor
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.money import Money
from onhand.kernel.records import Subject, publish
from onhand.ledger.chart import BANK, UNMATCHED
from onhand.ledger.models import ClosedPeriod
from onhand.ledger.posting import credit, debit, post
from onhand.payments import access
from onhand.payments.asking_tasks import queue_matching
from onhand.payments.bank.camt import read_camt
from onhand.payments.bank.statements import LARGEST, Movement, Statement, UnreadableStatement
from onhand.payments.bank.tables import read_csv
from onhand.payments.bank.texts import fit
from onhand.payments.enums import BankFormat
from onhand.payments.events import StatementBroughtIn
from onhand.payments.models import BankImport, BankLine


def bring_in(*, actor: Actor, file_name: str, content: bytes, at: datetime, currency: str = "EUR") -> BankImport:
    """
    Store a statement and its lines; a job matches them. The same file again is the same statement, and a movement that an earlier file
    brought in is not taken again.

    :raises NotPermitted: the actor may not.
    :raises NotPossible: the file cannot be read; the sentence says why.
    """
    actor.require(access.MANAGE)
    if not content or len(content) > LARGEST:
        raise NotPossible(_("Give a file of at most 20 MB."), field="file")
    digest = hashlib.sha256(content).hexdigest()
    earlier = BankImport.objects.filter(sha256=digest).first()
    if earlier is not None:
        return earlier
    form, statement = _read(content, currency)
    with transaction.atomic():
        one, is_new = BankImport.objects.get_or_create(
            sha256=digest,
            defaults={
                "file_name": fit(file_name, 200) or "statement",
                "format": form,
                "raw": content,
                "account": statement.account,
                "at": at,
                "by_name": actor.name,
            },
        )
        if is_new:
            lines = _store(one, statement)
            _book(one, lines, at)
            event = StatementBroughtIn(import_id=one.pk, lines=one.line_count, known=one.known_count)
            publish(event, actor=actor, subject=Subject("bank_import", one.pk), at=at)
            queue_matching(one.pk)
    return one


def _read(content: bytes, currency: str) -> tuple[BankFormat, Statement]:
    is_xml = content.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00").startswith(b"<")
    try:
        if is_xml:
            return BankFormat.CAMT053, read_camt(content)
        return BankFormat.CSV, read_csv(content, currency)
    except UnreadableStatement as error:
        raise NotPossible(str(error), field="file") from error


def _store(one: BankImport, statement: Statement) -> list[BankLine]:
    """The lines that are new, stored."""
    keys = _keys(statement)
    known = set(BankLine.objects.filter(key__in=keys).values_list("key", flat=True))
    lines = [
        BankLine(
            statement=one,
            key=key,
            minor=movement.minor,
            currency=movement.currency,
            booked_on=movement.booked_on,
            name=movement.name,
            iban=movement.iban,
            text=movement.text,
            bank_reference=movement.reference,
        )
        for key, movement in zip(keys, statement.movements, strict=True)
        if key not in known and movement.minor
    ]
    one.line_count, one.known_count = len(lines), len(known)
    one.save(update_fields=["line_count", "known_count"])
    return BankLine.objects.bulk_create(lines, batch_size=1000)


def _keys(statement: Statement) -> list[str]:
    """What each movement is known by; of several that are alike in one file, each by its place among them."""
    seen: Counter[Movement] = Counter()
    keys = []
    for movement in statement.movements:
        seen[movement] += 1
        parts = [
            statement.account,
            movement.booked_on.isoformat(),
            movement.minor,
            movement.currency,
            movement.reference,
        ]
        said = "\x1f".join(map(str, [*parts, movement.name, movement.iban, movement.text, seen[movement]]))
        keys.append(hashlib.sha256(said.encode()).hexdigest())
    return keys


def _book(one: BankImport, lines: Iterable[BankLine], at: datetime) -> None:
    """Book what came in and went out, by day: on nobody, until it is matched."""

    def place(line: BankLine) -> tuple[date, str, bool]:
        return line.booked_on, line.currency, line.minor > 0

    closed = ClosedPeriod.objects.first()
    for (day, currency, came_in), group in groupby(sorted(lines, key=place), place):
        amount = Money(sum(line.minor for line in group), currency)
        post(
            "statement",
            document=("bank_import", one.pk),
            key=f"statement:{one.pk}:{day.isoformat()}:{currency}:{'in' if came_in else 'out'}",
            lines=[debit(BANK, amount), credit(UNMATCHED, amount)],
            at=at,
            booked_on=company_day(at) if closed is not None and day <= closed.last_day else day,
        )
