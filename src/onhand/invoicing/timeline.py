"""Invoices and credit notes as entries of the customer's timeline."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.customers.timeline import Entry, Source, Telling, register_source
from onhand.invoicing.enums import DocumentKind
from onhand.kernel.money import Money


def tell_document(entry: Entry) -> Telling:
    """A document, on the day it was issued."""
    data = entry.data
    kind = DocumentKind(data["kind"])
    facts, badges = [(_("Number"), data["label"])], []
    if data.get("system"):
        facts.append((_("Issued by"), str(data["system"])))
    private = data.get("private")
    if private:
        facts.append((_("Amount"), Money(int(private["gross"]), private["currency"]).formatted()))
    if private and kind == DocumentKind.INVOICE and private["credited"]:
        whole = private["credited"] >= private["gross"]
        badges = [(_("credited"), "") if whole else (_("credited in part"), "warn")]
    if private and private.get("left"):
        facts.append((_("Still open"), Money(int(private["left"]), private["currency"]).formatted()))
    headline = _("Invoice issued") if kind == DocumentKind.INVOICE else _("Credit note issued")
    return Telling(headline, said=entry.said, icon="page", facts=facts, badges=badges)


register_source(
    Source(
        kind="document",
        label=gettext_lazy("Invoices"),
        order=27,
        rows="invoicing_document d",
        of="d.customer_id = m.id",
        at="d.issued_at",
        id="d.id",
        by="''",
        said="d.reason",
        data="""jsonb_build_object('kind', d.kind, 'label', d.label, 'private', jsonb_build_object('scope', 'billing',
          'gross', d.gross_minor, 'currency', d.currency, 'credited', d.credited_minor))""",
        searched="d.label || ' ' || d.reason",
        tell=tell_document,
        instead_of=frozenset({"invoicing.give_goodwill"}),
    )
)
register_source(
    Source(
        kind="outside_document",
        label=gettext_lazy("Invoices of other systems"),
        order=28,
        rows="invoicing_outsideinvoice d",
        of="d.customer_id = m.id",
        at="d.issued_at",
        id="d.id",
        by="d.taken_by_name",
        said="''",
        data="""jsonb_build_object('kind', d.kind, 'label', d.label, 'system', d.system, 'private', jsonb_build_object('scope', 'billing',
          'gross', d.gross_minor, 'currency', d.currency, 'credited', 0, 'left', d.open_minor - abs(coalesce((
            select sum(p.captured_minor) from payments_payment p
            where p.document_type = 'outside_invoice' and p.document_id = d.id), 0) - coalesce((
            select sum(r.minor) from payments_refund r
            where r.document_type = 'outside_invoice' and r.document_id = d.id), 0))))""",
        searched="d.label || ' ' || d.system",
        tell=tell_document,
    )
)
