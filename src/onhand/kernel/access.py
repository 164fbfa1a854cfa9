"""What the kernel itself lets roles do."""

from django.utils.translation import gettext_lazy as _

from onhand.kernel.permissions import permission

MEND_DELIVERIES = permission("kernel.mend_deliveries", _("Run stalled reactions again, or skip them"))
