"""Orders over REST beside their acts: the label of a return, for who sends it to the customer."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router

from onhand.customers.identification.level import IDENTIFIED, reached_by_default
from onhand.customers.queries import note_reading
from onhand.kernel.errors import NotPossible
from onhand.kernel.pdf import CannotDraw
from onhand.orders.access import ORDERS
from onhand.orders.labels import label_pdf
from onhand.orders.reading import read_return_page
from onhand.web.api.callers import caller
from onhand.web.api.contact_schemas import ReadContact
from onhand.web.api.schemas import Id

router = Router(tags=["orders"])
PDF = "application/pdf"
_LABEL = {"description": "The label", "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}


@router.get(
    "/returns/{return_id}/label",
    operation_id="read_return_label",
    summary="The label of a return",
    openapi_extra={"responses": {"200": _LABEL}},
)
def read_return_label(request: HttpRequest, return_id: Path[Id], asked: Query[ReadContact]) -> HttpResponse:
    """The label the customer puts on what they send back, as PDF. Leaves an access record on the customer's file."""
    actor, at = caller(request), timezone.now()
    page = read_return_page(actor, return_id)
    if not reached_by_default(actor, page.root_id, at, None).may_be_told(ORDERS, IDENTIFIED):
        raise NotPossible(_("Identify the customer first."))
    try:
        drawn = label_pdf(page.one)
    except CannotDraw as error:
        raise NotPossible(str(error)) from error
    note_reading(actor, page.root_id, page="orders", reason=asked.reason, at=at)
    headers = {
        "Content-Disposition": f'attachment; filename="{page.one.reference}.pdf"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(drawn, content_type=PDF, headers=headers)
