"""
Statements in XML by ISO 20022: camt.053 (statement) and camt.052 and .054 of the same form, of every version.

The file comes from outside: nothing is fetched, no document type is taken, so that no entity is ever expanded, and what is no movement that
was booked is left out.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from onhand.kernel.money import Money, MoneyError
from onhand.payments.bank.statements import MOST_LINES, Movement, Statement, UnreadableStatement
from onhand.payments.bank.texts import fit

LONGEST_TEXT, LONGEST_NAME, LONGEST_REFERENCE = 1000, 200, 100


def read_camt(content: bytes) -> Statement:
    """
    The movements of a file.

    :raises UnreadableStatement: it is no XML, no statement, or holds an amount or day that makes no sense.
    """
    root = _parsed(content)
    movements: list[Movement] = []
    account, looked_at = "", None
    for count, entry in enumerate(_all(root, "Ntry"), 1):
        if not account and (parent := entry.getparent()) is not looked_at:
            account, looked_at = _account(entry), parent
        if _status(entry) == "BOOK":
            movements += _movements(entry)
        if max(count, len(movements)) > MOST_LINES:
            raise UnreadableStatement(_("The file has too many lines."))
    if not movements and not list(_all(root, "Stmt")):
        raise UnreadableStatement(_("This is no statement of a bank account."))
    return Statement(account, movements)


def _parsed(content: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableStatement(_("The file is not valid XML.")) from error
    if root.getroottree().docinfo.doctype:
        raise UnreadableStatement(_("The file names a document type: it is not taken."))
    return root


def _local(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _all(root: Any, name: str) -> Iterator[Any]:
    """Every element of a name below, whatever the version of the form."""
    found: Iterator[Any] = root.iter("{*}" + name)
    return found


def _child(element: Any, *path: str) -> Any:
    """The first element on a path below; None where there is none."""
    for name in path:
        element = next((one for one in element if _local(one) == name), None)
        if element is None:
            return None
    return element


def _text(element: Any, *path: str) -> str:
    found = _child(element, *path) if element is not None else None
    return (found.text or "").strip() if found is not None else ""


def _account(entry: Any) -> str:
    return fit(_text(entry.getparent(), "Acct", "Id", "IBAN"), 40)


def _status(entry: Any) -> str:
    """Booked, pending or for information; the older form says it without a code below."""
    return _text(entry, "Sts", "Cd") or _text(entry, "Sts") or "BOOK"


def _movements(entry: Any) -> Iterator[Movement]:
    """An entry, or where it is a collection that says each amount, its parts."""
    sign = _sign(entry)
    day = _day(_text(entry, "BookgDt", "Dt") or _text(entry, "BookgDt", "DtTm") or _text(entry, "ValDt", "Dt"))
    whole = _amount(_child(entry, "Amt"), sign)
    reference = fit(_text(entry, "AcctSvcrRef") or _text(entry, "NtryRef"), LONGEST_REFERENCE)
    parts = [part for detail in entry if _local(detail) == "NtryDtls" for part in detail if _local(part) == "TxDtls"]
    amounts = [_part_amount(part, sign) for part in parts]
    if len(parts) > 1 and all(amounts) and sum(one.minor for one in amounts if one) == whole.minor:
        for part, amount in zip(parts, amounts, strict=True):
            if amount is not None:
                own = _text(part, "Refs", "AcctSvcrRef")
                yield _movement(part, entry, amount, day, fit(own, LONGEST_REFERENCE) or reference)
    else:
        yield _movement(parts[0] if parts else None, entry, whole, day, reference)


def _sign(entry: Any) -> int:
    sign = {"CRDT": 1, "DBIT": -1}.get(_text(entry, "CdtDbtInd"))
    if sign is None:
        raise UnreadableStatement(_("A line does not say whether money came in or went out."))
    return sign


def _part_amount(part: Any, sign: int) -> Money | None:
    found = _child(part, "Amt")
    if found is None:
        found = _child(part, "AmtDtls", "TxAmt", "Amt")
    own = {"CRDT": 1, "DBIT": -1}.get(_text(part, "CdtDbtInd"), sign)
    return None if found is None else _amount(found, own)


def _amount(element: Any, sign: int) -> Money:
    """An amount, never below nothing in the file: the sign is said beside it."""
    written = (element.text or "").strip() if element is not None else ""
    currency = element.get("Ccy", "") if element is not None else ""
    try:
        value = Decimal(written)
        if not value.is_finite() or value < 0 or abs(value.adjusted()) > 18:
            raise InvalidOperation
        return Money.parse(format(value.normalize() * sign, "f"), currency, "en")
    except (InvalidOperation, MoneyError) as error:
        words = {"amount": written[:30], "currency": currency[:3]}
        raise UnreadableStatement(_("“%(amount)s %(currency)s” is not an amount.") % words) from error


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written[:10])
    except ValueError as error:
        raise UnreadableStatement(_("“%(day)s” is not a day.") % {"day": written[:30]}) from error


def _movement(part: Any, entry: Any, amount: Money, day: date, reference: str) -> Movement:
    who = "Dbtr" if amount.minor > 0 else "Cdtr"
    name, iban, words = "", "", []
    if part is not None:
        parties = _child(part, "RltdPties")
        if parties is not None:
            name = _text(parties, who, "Nm") or _text(parties, who, "Pty", "Nm")
            iban = _text(parties, f"{who}Acct", "Id", "IBAN")
        words = [(one.text or "").strip() for one in part.iter("{*}Ustrd")]
        words += [(one.text or "").strip() for one in part.iter("{*}Ref") if _local(one.getparent()) == "CdtrRefInf"]
        end_to_end = _text(part, "Refs", "EndToEndId")
        if end_to_end and end_to_end != "NOTPROVIDED":
            words.append(end_to_end)
    if not words:
        words = [_text(entry, "AddtlNtryInf")]
    return Movement(
        minor=amount.minor,
        currency=amount.currency,
        booked_on=day,
        name=fit(name, LONGEST_NAME),
        iban=fit("".join(iban.split()).upper(), 40),
        text=fit(" ".join(words), LONGEST_TEXT),
        reference=reference,
    )
