"""What is done on documents: giving back (parts of) an invoice, correcting it, and sending a document to the customer."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.contacts.answer_acts import write_to_customer
from onhand.contacts.uploads import keep_upload
from onhand.customers.membership import of_file
from onhand.customers.models import Customer, Identity
from onhand.customers.subjects import CUSTOMER
from onhand.invoicing import access
from onhand.invoicing.enums import DocumentKind, FileFormat, TaxCategory, What
from onhand.invoicing.files import MEDIA_TYPES, content_of, file_name_of
from onhand.invoicing.issuing import LineWanted, issue_credit_note, issue_invoice
from onhand.invoicing.models import Document, DocumentLine
from onhand.invoicing.rows import CreditRow, RightRow, lines_left
from onhand.invoicing.subjects import DOCUMENT
from onhand.kernel.acts import Run, act
from onhand.kernel.days import company_day
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.kernel.money import LARGEST_MINOR, Money

_NO_TAX = Decimal(0)
Reason = Annotated[
    str, Field(label=gettext_lazy("Reason"), help=gettext_lazy("It stands on the credit note."), max_length=500)
]


def usual_address(document: Document) -> str:
    """Where documents of this customer go: the newest e-mail address of their file."""
    return usual_address_of(document.customer_id)


def usual_address_of(customer_id: int | None) -> str:
    """The e-mail address of a customer's file to be written to about money; empty where there is none."""
    if customer_id is None:
        return ""
    root = Customer.objects.values_list("merged_into", flat=True).get(pk=customer_id) or customer_id
    found = Identity.objects.filter(of_file(root), kind="email", withdrawn_at__isnull=True).order_by(
        "-confidence", "-pk"
    )
    return found.values_list("value", flat=True).first() or ""


def send_paper(
    customer: Customer, *, run: Run, address: str, subject: str, text: str, name: str, media_type: str, content: bytes
) -> None:
    """
    Part of an act: send a customer a file by e-mail, in a contact of its own that is over with it.

    :raises NotPossible: the actor's role does not write to customers, or there is no such address.
    """
    if not run.actor.may("contacts.answer"):
        raise NotPossible(_("Your role does not allow writing to customers."))
    upload = keep_upload(run.actor, None, name, media_type, content, run.at)
    write_to_customer(customer, run=run, address=address, subject=subject, text=text, files=[upload.key], close=True)
    run.changed("sent", after=address)


def _facts(document: Document, *, rows: Sequence[CreditRow], reason: str) -> Mapping[str, Any]:
    total = sum(row.amount.minor for row in rows if row.amount)
    return {"amount": Money(min(total, LARGEST_MINOR), document.currency)}


@act(
    subject=DOCUMENT,
    permission=access.ISSUE,
    label=gettext_lazy("Issue a credit note"),
    facts=_facts,
    gives="amount",
    protects=access.IDENTIFIED,
    scope=access.BILLING,
)
def credit_lines(
    document: Document,
    *,
    run: Run,
    rows: Annotated[list[CreditRow], Field(label=gettext_lazy("Lines"), rows=lines_left)],
    reason: Reason,
) -> None:
    """Give back lines of an invoice, or parts of them: at most what is left of each. The credit note goes to the customer's account."""
    lines = _lines_of(document)
    wanted = [
        _counter(lines[row.line], row.amount)
        for row in rows
        if row.amount and _known(row.line, lines) and row.amount.minor
    ]
    if not wanted:
        raise NotPossible(_("Say how much of which line is given back."), field="rows")
    note = _give_back(document, wanted, reason, run)
    run.changed("credit_note", after=_said(note))


def _lowered(document: Document, *, rows: Sequence[RightRow], reason: str) -> Mapping[str, Any]:
    """How much less it comes to, for the authority: nothing where it comes to more."""
    left = {line.pk: line.left_minor for line in document.lines.all()}
    right = {row.line: row.amount.minor for row in rows if row.amount is not None and row.line in left}
    less = sum(left[line] - minor for line, minor in right.items())
    return {"amount": Money(min(less, LARGEST_MINOR), document.currency)} if less > 0 else {}


@act(
    subject=DOCUMENT,
    permission=access.MANAGE,
    label=gettext_lazy("Correct the invoice"),
    facts=_lowered,
    gives="amount",
    protects=access.IDENTIFIED,
    scope=access.BILLING,
)
def correct_invoice(
    document: Document,
    *,
    run: Run,
    rows: Annotated[
        list[RightRow],
        Field(
            label=gettext_lazy("Lines"),
            help=gettext_lazy("Only those that were wrong; nothing (0) takes a line off. All others stay as they are."),
            rows=lines_left,
        ),
    ],
    reason: Reason,
) -> None:
    """Take back what is left of an invoice by a credit note and issue it anew with the right amounts."""
    lines = _lines_of(document)
    right = {row.line: row.amount for row in rows if row.amount is not None and _known(row.line, lines)}
    if not any(amount.minor != lines[line].left_minor for line, amount in right.items()):
        raise NotPossible(_("Say what is right where something was wrong."), field="rows")
    left = [line for line in lines.values() if line.left_minor]
    note = _give_back(
        document, [_counter(line, Money(line.left_minor, document.currency)) for line in left], reason, run
    )
    run.changed("credit_note", after=_said(note))
    anew = [
        _like(line, amount)
        for line in left
        if (amount := right.get(line.pk, Money(line.left_minor, document.currency))).minor
    ]
    if anew:
        made = issue_invoice(
            document.customer_id,
            anew,
            of=(document.document_type, document.document_id),
            address=document.address,
            key=f"corrects:{note.pk}",
            at=run.at,
            day=company_day(run.at),
        )
        run.changed("invoice", after=_said(made))


@act(
    subject=DOCUMENT,
    permission=access.ISSUE,
    label=gettext_lazy("Send to the customer"),
    only_adds=True,
    row_only=True,
    protects=access.IDENTIFIED,
    scope=access.BILLING,
)
def send_document(
    document: Document,
    *,
    run: Run,
    address: Annotated[
        str,
        Field(
            label=gettext_lazy("E-mail address"),
            widget="email",
            max_length=254,
            current=usual_address,
        ),
    ],
    text: Annotated[str, Field(label=gettext_lazy("Text"), widget="textarea", max_length=10_000)] = "",
) -> None:
    """Send an invoice or credit note to the customer by e-mail, as PDF. Without a text of one's own a short one goes with it."""
    with translation.override(document.language):
        subject = f"{DocumentKind(document.kind).label} {document.label}"
        said = text or _("Hello,\n\nplease find %(document)s attached.") % {"document": subject}
    send_paper(
        Customer.objects.get(pk=document.customer_id),
        run=run,
        address=address,
        subject=subject,
        text=said,
        name=file_name_of(document, FileFormat.PDF),
        media_type=MEDIA_TYPES[FileFormat.PDF],
        content=content_of(document, FileFormat.PDF, run.at) or b"",
    )


@act(
    subject=CUSTOMER,
    permission=access.ISSUE,
    label=gettext_lazy("Give goodwill"),
    row_only=True,
    protects=access.IDENTIFIED,
    scope=access.BILLING,
    facts=lambda _customer, **given: {"amount": given["amount"]},
    gives="amount",
)
def give_goodwill(
    customer: Customer,
    *,
    run: Run,
    amount: Annotated[Money, Field(label=gettext_lazy("Amount"))],
    reason: Reason,
) -> None:
    """Put an amount to the customer's credit for something that went wrong, by a credit note of its own."""
    if amount.minor <= 0:
        raise NotPossible(_("Give an amount above nothing."), field="amount")
    line = LineWanted(What.GOODWILL, reason, 1, amount, _NO_TAX, True)
    key = f"goodwill:{customer.pk}:{customer.version}:{run.at.timestamp()}"
    note = issue_credit_note(
        customer.pk,
        [line],
        of=("customer", customer.pk),
        counters=None,
        address={},
        key=key,
        at=run.at,
        day=company_day(run.at),
        reason=reason,
    )
    run.changed("credit_note", after=_said(note))


def _lines_of(document: Document) -> dict[int, DocumentLine]:
    if document.kind != DocumentKind.INVOICE:
        raise NotPossible(_("Only an invoice is given back or corrected."))
    return {line.pk: line for line in document.lines.order_by("position")}


def _known(line_id: int, lines: Mapping[int, DocumentLine]) -> bool:
    if line_id not in lines:
        raise NotPossible(_("This line is not on that invoice."), field="rows")
    return True


def _counter(line: DocumentLine, amount: Money) -> LineWanted:
    pieces = line.pieces if amount.minor == line.gross_minor else 1
    source = (line.source_type, line.source_id) if line.source_id is not None else None
    return LineWanted(What(line.what), line.text, pieces, amount, line.percent, True, source, line.pk)


def _like(line: DocumentLine, amount: Money) -> LineWanted:
    source = (line.source_type, line.source_id) if line.source_id is not None else None
    return LineWanted(
        What(line.what), line.text, line.pieces, amount, line.percent, True, source, category=TaxCategory(line.category)
    )


def _give_back(document: Document, wanted: Sequence[LineWanted], reason: str, run: Run) -> Document:
    if not reason.strip():
        raise NotPossible(_("Say why."), field="reason")
    return issue_credit_note(
        document.customer_id,
        wanted,
        of=(document.document_type, document.document_id),
        counters=document,
        address={},
        key=f"credit:{document.pk}:{document.version}",
        at=run.at,
        day=company_day(run.at),
        reason=reason,
    )


def _said(document: Document) -> dict[str, Any]:
    amount = Money(document.gross_minor, document.currency).as_json()
    return {"id": document.pk, "number": document.label, "amount": amount}
