"""The gate of the law: whether somebody holds the licence an act needs, and if not, in words they can do something with."""

from collections.abc import Iterable
from datetime import datetime

from babel.core import Locale
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from onhand.kernel.actor import Actor, ActorKind
from onhand.staff.models import Licence, LicenceKind


def why_unlicensed(actor: Actor, kind: str, jurisdiction: str, at: datetime) -> str | None:
    """
    Why the actor has no licence of this kind that is valid in the jurisdiction (empty: in any) at that moment; None where they have
    one. One statement where they have, two where not.
    """
    mine = [] if actor.kind is ActorKind.SYSTEM else _licences(actor.id or 0, kind)
    there = [one for one in mine if not jurisdiction or one.jurisdiction == jurisdiction]
    if any(_is_valid(one, at) for one in there):
        return None
    found = LicenceKind.objects.filter(key=kind).first()
    name = found.name if found else kind
    needed = (
        _("This needs a valid licence: %(licence)s, %(place)s.") % {"licence": name, "place": place_name(jurisdiction)}
        if jurisdiction
        else _("This needs a valid licence: %(licence)s.") % {"licence": name}
    )
    if found and not found.is_active:
        return f"{needed} {_('Licences of this kind are not in use.')}"
    return f"{needed} {_reason(mine, there, at)}"


def place_name(jurisdiction: str) -> str:
    """A country in the reader's language; a part of one by its code."""
    names = Locale.parse((get_language() or "en").replace("-", "_")).territories
    return str(names.get(jurisdiction, jurisdiction))


def _licences(representative_id: int, kind: str) -> list[Licence]:
    return list(Licence.objects.filter(representative=representative_id, kind__key=kind).select_related("kind"))


def _is_valid(licence: Licence, at: datetime) -> bool:
    begun = licence.begins_at is None or licence.begins_at <= at
    return licence.kind.is_active and begun and (licence.ends_at is None or at < licence.ends_at)


def _reason(mine: Iterable[Licence], there: Iterable[Licence], at: datetime) -> str:
    over = [one.valid_until for one in there if one.ends_at and one.ends_at <= at and one.valid_until]
    to_come = [one.valid_from for one in there if one.begins_at and one.begins_at > at and one.valid_from]
    elsewhere = sorted({place_name(one.jurisdiction) for one in mine if _is_valid(one, at)})
    if to_come:
        return _("Yours is valid from %(day)s.") % {"day": date_format(min(to_come), "DATE_FORMAT")}
    if over:
        return _("Yours ran out on %(day)s.") % {"day": date_format(max(over), "DATE_FORMAT")}
    if elsewhere:
        return _("Yours is valid for %(places)s only.") % {"places": ", ".join(elsewhere)}
    return _("None is recorded for you.")
