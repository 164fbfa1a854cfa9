"""Bank statements: read whatever is thrown at them, each movement booked once, matched only where it is certain."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from onhand.customers.models import Customer
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.perform import perform
from onhand.ledger.models import ClosedPeriod, Journal
from onhand.ledger.totals import trial_balance
from onhand.payments.bank import camt as camt_reading
from onhand.payments.bank import matching
from onhand.payments.bank.bringing_in import bring_in
from onhand.payments.bank.camt import read_camt
from onhand.payments.bank.matching import match_statement
from onhand.payments.bank.statements import UnreadableStatement
from onhand.payments.bank.tables import read_csv
from onhand.payments.enums import BankFormat, LineState, MatchedBy, MethodKind, PaymentState, RefundState
from onhand.payments.iban import read_iban
from onhand.payments.models import BankImport, BankLine, Payment, PaymentMethod, Refund
from tests.factories import make_actor, make_customer
from tests.payments.money import NOW, TODAY, check_now, make_method, owed, refund, take

pytestmark = pytest.mark.django_db
IBAN, OTHER_IBAN = "ES9121000418450200051332", "DE89370400440532013000"


def entry(amount: str, text: str = "", *, name: str = "", iban: str = "", sign: str = "CRDT", **more: str) -> str:
    """One movement as a bank writes it."""
    who = "Dbtr" if sign == "CRDT" else "Cdtr"
    party = f"<{who}><Nm>{name}</Nm></{who}><{who}Acct><Id><IBAN>{iban}</IBAN></Id></{who}Acct>" if name or iban else ""
    return f"""<Ntry><Amt Ccy="{more.get("currency", "EUR")}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>
<Sts>{more.get("status", "<Cd>BOOK</Cd>")}</Sts><BookgDt><Dt>{more.get("day", "2026-03-09")}</Dt></BookgDt>
<AcctSvcrRef>{more.get("reference", "")}</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
<RltdPties>{party}</RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def camt(*entries: str, version: str = "02") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt><Stmt><Id>1</Id>
<Acct><Id><IBAN>{OTHER_IBAN}</IBAN></Id></Acct>{"".join(entries)}</Stmt></BkToCstmrStmt></Document>""".encode()


def bring(content: bytes, name: str = "march.xml", **more: Any) -> BankImport:
    one = bring_in(actor=make_actor(), file_name=name, content=content, at=NOW, **more)
    match_statement(one.pk, lambda: NOW)
    return one


def balance(role: str) -> int:
    return sum(one.balance for one in trial_balance() if (one.role.key, one.currency) == (role, "EUR"))


def lines() -> list[tuple[int, str, str]]:
    found = BankLine.objects.order_by("pk").values_list("minor", "state", "matched_by")
    return [(minor, str(state), str(by)) for minor, state, by in found]


@pytest.fixture
def ana() -> Customer:
    return make_customer("Ana Prieto")


def test_money_nobody_is_found_for_is_on_nobodys_account_until_it_is_matched_by_hand(ana: Customer) -> None:
    one = bring(camt(entry("25.00", "Thanks", name="Somebody"), entry("10", "Fee", sign="DBIT")))
    assert (one.format, one.account, one.line_count) == (BankFormat.CAMT053, OTHER_IBAN, 2)
    assert lines() == [(2500, "unmatched", ""), (-1000, "unmatched", "")]
    assert (balance("bank"), balance("unmatched")) == (1500, -1500)
    line, fee = BankLine.objects.order_by("pk")
    do: dict[str, Any] = {"actor": make_actor(), "at": NOW}
    with pytest.raises(NotPossible, match="went out"):
        perform("payments.match_to_customer", subject_id=fee.pk, arguments={"customer": ana.pk}, **do)
    with pytest.raises(NotPossible, match="no such customer"):
        perform("payments.match_to_customer", subject_id=line.pk, arguments={"customer": 10**9}, **do)
    perform("payments.match_to_customer", subject_id=line.pk, arguments={"customer": ana.pk}, **do)
    with pytest.raises(NotPossible, match="already"):
        perform("payments.match_to_customer", subject_id=line.pk, arguments={"customer": ana.pk}, **do)
    assert (owed(ana), balance("bank"), balance("unmatched")) == (-2500, 1500, 1000)
    line.refresh_from_db()
    assert (line.state, line.matched_by, line.customer) == (LineState.MATCHED, MatchedBy.HAND, ana)
    check_now()


def test_the_same_file_and_the_same_movement_change_nothing(ana: Customer) -> None:
    first, second = entry("1.00", "a", reference="B1"), entry("1.00", "a", reference="B1")
    one = bring(camt(first, second))
    assert one.line_count == 2, "two movements that are alike are two"
    assert bring(camt(first, second)).pk == one.pk
    wider = bring(camt(first, second, entry("2.00", "b", reference="B2")))
    assert (wider.line_count, wider.known_count) == (1, 2)
    assert (BankLine.objects.count(), balance("bank")) == (3, 400)
    match_statement(wider.pk, lambda: NOW)
    assert bytes(one.raw) == camt(first, second)
    check_now()


def test_by_the_reference_and_a_part_of_the_name(ana: Customer) -> None:
    ben = make_customer("Ben Okafor")
    bring(
        camt(
            entry("5.00", f"invoice {ana.reference}", name="A. PRIETO"),
            entry("6.00", f"{ana.reference} {ben.reference}", name="Prieto Okafor"),
            entry("7.00", f"order {ana.reference}", name="Somebody Else"),
        )
    )
    assert lines() == [(500, "matched", "reference"), (600, "unmatched", ""), (700, "unmatched", "")]
    assert owed(ana) == -500


def test_by_the_account_and_onto_the_payment_that_waits(ana: Customer) -> None:
    method = make_method(ana, MethodKind.BANK, reference=IBAN)
    waiting = take(method, 4200)
    bring(
        camt(entry("42.00", "hello", name="A. PRIETO", iban="ES91 2100 0418 4502 0005 1332"), entry("1.00", iban=IBAN))
    )
    waiting.refresh_from_db()
    assert (waiting.state, owed(ana)) == (PaymentState.CAPTURED, -4300)
    assert [by for _minor, _state, by in lines()] == ["iban", "iban"]
    assert Payment.objects.count() == 2
    make_method(make_customer("Ben"), MethodKind.BANK, reference=IBAN)
    bring(camt(entry("3.00", "shared account", iban=IBAN)))
    assert lines()[-1] == (300, "unmatched", ""), "an account of two customers says nothing"


def test_by_name_and_amount_where_only_one_payment_waits(ana: Customer) -> None:
    waiting = take(make_method(ana, MethodKind.BANK), 990)
    bring(camt(entry("9.90", name="PRIETO, ANA"), entry("9.90", name="Ana Other", text="x")))
    waiting.refresh_from_db()
    assert (waiting.state, lines()[0][2], lines()[1][1]) == (PaymentState.CAPTURED, "amount", "unmatched")


def test_a_refund_is_done_once_its_transfer_stands_on_the_statement(ana: Customer) -> None:
    payment = take(make_method(ana, MethodKind.BANK, reference=IBAN), 5000)
    bring(camt(entry("50.00", iban=IBAN)))
    payment.refresh_from_db()
    made, other = refund(payment, 1200), refund(payment, 700)
    bring(camt(entry("12.00", iban=IBAN, name="Ana", sign="DBIT"), entry("7.00", sign="DBIT", text="by hand")))
    made.refresh_from_db()
    assert (made.state, owed(ana), balance("bank")) == (RefundState.DONE, -3800, 3100)
    line = BankLine.objects.get(minor=-700)
    do: dict[str, Any] = {"actor": make_actor(), "at": NOW, "subject_id": line.pk}
    with pytest.raises(NotPossible, match="just that amount"):
        perform("payments.match_to_refund", arguments={"refund": made.pk}, **do)
    perform("payments.match_to_refund", arguments={"refund": other.pk}, **do)
    assert (owed(ana), balance("unmatched"), Refund.objects.filter(state=RefundState.DONE).count()) == (-3100, 0, 2)
    check_now()


def test_what_went_in_before_a_closed_period_is_booked_today(ana: Customer) -> None:
    ClosedPeriod.objects.create(last_day=date(2026, 3, 9), closed_at=NOW, closed_by_name="Ana", totals=[])
    bring(camt(entry("1.00")))
    assert Journal.objects.get().booked_on == TODAY


def test_only_who_may_brings_statements_in() -> None:
    with pytest.raises(NotPermitted):
        bring_in(actor=make_actor(permissions=frozenset()), file_name="x", content=camt(), at=NOW)


def test_collections_are_taken_apart_where_they_say_each_amount() -> None:
    parts = "".join(
        f"<TxDtls><Amt Ccy='EUR'>{amount}</Amt><RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty></Dbtr></RltdPties></TxDtls>"
        for amount, name in (("3.00", "Ana"), ("4.00", "Ben"))
    )
    entry_of_two = (
        "<Ntry><Amt Ccy='EUR'>7.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><DtTm>2026-03-09T10:00:00</DtTm>"
        f"</BookgDt><NtryDtls>{parts}</NtryDtls></Ntry>"
    )
    assert [(one.minor, one.name) for one in read_camt(camt(entry_of_two)).movements] == [(300, "Ana"), (400, "Ben")]
    wrong = entry_of_two.replace("7.00", "9.00")
    assert [one.minor for one in read_camt(camt(wrong)).movements] == [900], (
        "parts that do not make the whole are not believed"
    )
    pending = entry("5", status="<Cd>PDNG</Cd>")
    assert read_camt(camt(pending, entry("0.10"), version="08")).movements[0].minor == 10


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<",
        b"<a/>",
        b"\xff\xfe<",
        b"\x00" * 100,
        b"%PDF-1.4",
        b"PK\x03\x04zip",
        camt(entry("NaN")),
        camt(entry("1e999")),
        camt(entry("-5")),
        camt(entry("1.005")),
        camt(entry("5", currency="ZZZ")),
        camt(entry("5", sign="NONE")),
        camt(entry("5", day="yesterday")),
        camt(entry("99999999999999999999999")),
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + camt(entry("5")).split(b"?>", 1)[1],
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd">' + camt(entry("5")).split(b"?>", 1)[1],
        b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>" + camt(entry("5", "&b;")).split(b"?>", 1)[1],
        b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;"><!ENTITY z "&y;&y;&y;&y;&y;&y;&y;">]>'
        + camt(entry("5", "&z;")).split(b"?>", 1)[1],
        b"<a>" * 100_000,
        b"<Document>" + b"<Stmt>" * 300 + b"</Stmt>" * 300 + b"</Document",
        b"Date;Amount\nyesterday;5",
        b"Date;Amount\n2026-03-09;five",
        b"Date;Amount\n2026-03-09;1.005",
        b"a;b\n1;2",
        b'Date,Amount\n"2026-03-09,5',
        b"Date,Amount\n" + b"9" * 200_000 + b",5",
    ],
)
def test_what_is_no_statement_changes_nothing(content: bytes) -> None:
    with pytest.raises(NotPossible):
        bring(content)
    assert not BankImport.objects.exists()
    assert not Journal.objects.exists()


def test_hostile_texts_are_stored_harmlessly() -> None:
    bring(camt(entry("5.00", "pay 4242 4242 4242 4242 &#x202e;now " + "é" + "&#x301;" * 200, name="N" * 5_000)))
    line = BankLine.objects.get()
    assert "4242 4242 4242" not in line.text
    assert len(line.name) == 200
    assert "\u202e" not in line.text


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"Date,Amount,Name,Text\n2026-03-09,12.50,Ana,hello\n", [(1250, date(2026, 3, 9), "Ana", "hello")]),
        (
            "\ufeffBuchungstag;Betrag;Währung;Auftraggeber;Verwendungszweck\n09.03.2026;-1.234,56;EUR;Ben;Miete\n".encode(),
            [(-123456, date(2026, 3, 9), "Ben", "Miete")],
        ),
        (
            "Fecha;Importe;Nombre;Concepto\n31/12/2025;7,00;Año;ñ\n".encode("windows-1252"),
            [(700, date(2025, 12, 31), "Año", "ñ")],
        ),
        (b"My Bank\nAccount 1\n\nDate\tMoney in\tMoney out\n03/31/2026\t\t5.25\n", [(-525, date(2026, 3, 31), "", "")]),
        ("Date,Amount\n20260309,EUR 5\n".encode("utf-16"), None),
    ],
)
def test_tables_of_banks_are_read_as_they_are_written(content: bytes, expected: Any) -> None:
    if expected is None:
        with pytest.raises(UnreadableStatement):
            read_csv(content, "EUR")
        return
    found = [(one.minor, one.booked_on, one.name, one.text) for one in read_csv(content, "EUR").movements]
    assert found == expected


def test_numbers_of_accounts_are_checked() -> None:
    assert read_iban(" es91 2100 0418 4502 0005 1332 ") == IBAN
    assert read_iban(IBAN[:-1] + "3") == ""
    assert read_iban("") == read_iban("ES91") == read_iban("é" * 20) == ""
    assert PaymentMethod.objects.count() == 0


def test_a_transfer_in_anothers_name_is_left_to_people(ana: Customer) -> None:
    waiting = take(make_method(ana, MethodKind.BANK, reference=IBAN), 4200)
    bring(camt(entry("42.00", "rent", name="Ben Okafor", iban=IBAN), entry("42.00", "rent", iban=IBAN)))
    waiting.refresh_from_db()
    assert lines() == [(4200, "unmatched", ""), (4200, "matched", "iban")], "anybody can say that an account is theirs"
    assert (waiting.state, owed(ana)) == (PaymentState.CAPTURED, -4200)


def test_entries_for_information_count_and_their_account_is_looked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camt_reading, "MOST_LINES", 50)
    looked: list[Any] = []
    read_account = camt_reading._account
    monkeypatch.setattr(camt_reading, "_account", lambda entry: looked.append(entry) or read_account(entry))
    informed = '<Ntry><Amt Ccy="EUR">1</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>INFO</Sts></Ntry>'
    without_account = camt(informed * 50).replace(OTHER_IBAN.encode(), b"")
    assert (read_camt(without_account).account, read_camt(without_account).movements) == ("", [])
    assert len(looked) == 2, "once each time it is read, however many entries there are"
    with pytest.raises(UnreadableStatement, match="too many"):
        read_camt(camt(informed * 51))


def test_a_hundred_thousand_entries_for_information_are_refused() -> None:
    with pytest.raises(UnreadableStatement, match="too many"):
        read_camt(camt("<Ntry><Sts>INFO</Sts></Ntry>" * 100_000))


def test_what_a_line_is_for_is_found_by_indexes(ana: Customer) -> None:
    make_method(ana, MethodKind.BANK, reference=IBAN)
    with connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off")
    coming = BankLine(minor=4200, currency="EUR", iban=IBAN, name="Ben Okafor", text="")
    with CaptureQueriesContext(connection) as read:
        assert matching._find_incoming(coming) is None
        assert matching._find_outgoing(BankLine(minor=-4200, currency="EUR", iban=IBAN)) is None
    plans = []
    for query in read.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute(f"explain (costs off) {query['sql']}")
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    told = "\n\n".join(plans)
    for index in ("payment_method_by_iban", "payment_pending_by_amount", "refund_pending_by_amount"):
        assert index in told, told
    assert "Seq Scan" not in told, told
