"""Pages drawn as PDF by WeasyPrint, which draws text with Pango: a library of the system, not of Python."""

from typing import Any

from django.utils.translation import gettext as _

PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"  # Debian's names


class CannotDraw(RuntimeError):
    """This machine lacks what draws text. `str()` says what to install; nothing else is wrong."""


def draw_pdf(html: str, *, variant: str | None = None) -> bytes:
    """
    A page of ours as PDF, of a variant such as "pdf/a-3b". Nothing is loaded from anywhere. Takes about a tenth of a second, and the first
    time some seconds more.

    :raises CannotDraw: Pango is not installed.
    """
    try:
        from weasyprint import HTML
    except OSError as error:
        words = _("Nothing can be drawn as PDF on this machine. Install the packages %(names)s.")
        raise CannotDraw(words % {"names": PACKAGES}) from error
    given: dict[str, Any] = {} if variant is None else {"pdf_variant": variant}
    pdf: bytes = HTML(string=html, url_fetcher=_nothing_from_outside).write_pdf(**given)
    return pdf


def _nothing_from_outside(url: str, *_given: Any, **_named: Any) -> dict[str, Any]:
    raise ValueError(f"pages load nothing: {url[:100]}")
