"""Telling whoever set a webhook up that it was switched off, by mail where this installation sends any."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from onhand.staff.models import Representative
from onhand.webhooks.enums import EndpointState
from onhand.webhooks.models import Endpoint


def tell_of_switching_off(endpoint_id: int) -> bool:
    """Write to who added the endpoint, if they are still here and it is still off; whether a mail was sent."""
    one = Endpoint.objects.filter(pk=endpoint_id, state=EndpointState.FAILED).first()
    person = Representative.objects.filter(pk=(one and one.created_by_id) or 0, is_active=True).first()
    if one is None or person is None or not person.email or not settings.ONHAND_SENDS_MAIL:
        return False
    with translation.override(person.language):
        said = {"name": one.name, "why": one.why_off, "page": f"{settings.ONHAND_ADDRESS}/settings/webhooks/{one.pk}/"}
        subject = _("The webhook “%(name)s” was switched off") % said
        words = _(
            "%(why)s\n\nWhat happens from now on is not told to it. Mend the receiver and switch it on here:\n%(page)s\n"
        )
        mail = EmailMessage(subject, words % said, to=[person.email])
    mail.extra_headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    mail.send()
    return True
