"""What work asks of people, in words: “Spanish, level 3 or better”."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onhand.kernel.permissions import permission_label
from onhand.routing.abilities import SEES_EVERYTHING
from onhand.routing.matching.wanted import HIGHEST, LOWEST, OF_PLACE, All, Has, Not, OneOf, People, Wanted
from onhand.routing.models import Queue
from onhand.staff.languages import language_name
from onhand.staff.models import LicenceKind, Role, Site, Skill, Team


@dataclass(frozen=True, slots=True)
class AbilityWords:
    """The names of attributes and people; read once for an explanation. Who is not among `people` may not be named to the reader."""

    names: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[int, str] = field(default_factory=dict)

    def attribute(self, name: str) -> str:
        """What an attribute is called."""
        kind, _colon, key = name.partition(":")
        match kind:
            case "may":
                return _("the permission “%(permission)s”") % {"permission": permission_label(key)}
            case "role":
                return _("the role “%(role)s”") % {"role": self.names.get(name, key)}
            case "in" | "sees":
                return self._place(name, key)
            case "language":
                return language_name(key)
            case "licence":
                key, _colon, place = key.partition(":")
                called = self.names.get(f"licence:{key}", key)
                return _("%(licence)s licence for %(place)s") % {"licence": called, "place": place} if place else called
        return self.names.get(name, key or name)

    def _place(self, name: str, key: str) -> str:
        what, _colon, number = key.partition(":")
        if what == "everything":
            return _("sees the whole company")
        called = self.names.get(name, number)
        words = _("belongs to %(team)s") if what == "team" else _("sees what %(site)s has")
        return words % {"team": called, "site": called}

    def has(self, one: Has) -> str:
        """An attribute with the levels asked for."""
        called = self.attribute(one.name)
        if one.name.startswith("queue:"):
            return _("serves %(queue)s") % {"queue": called}
        if (one.lowest, one.highest) == (LOWEST, HIGHEST) or one.name.startswith(("licence:", *OF_PLACE)):
            return called
        if one.highest == HIGHEST:
            return _("%(what)s from level %(level)s") % {"what": called, "level": one.lowest}
        if one.lowest == LOWEST:
            return _("%(what)s up to level %(level)s") % {"what": called, "level": one.highest}
        return _("%(what)s from level %(lowest)s to %(highest)s") % {
            "what": called,
            "lowest": one.lowest,
            "highest": one.highest,
        }

    def person(self, number: int) -> str:
        """Somebody's name."""
        return self.people.get(number) or _("somebody elsewhere")

    def wanted(self, wanted: Wanted) -> str:
        """An expression as a phrase."""
        match wanted:
            case Has():
                return self.has(wanted)
            case All(parts):
                return joined((self._within(part) for part in parts), _("and")) if parts else _("anybody")
            case OneOf(parts) if any(isinstance(one, Has) and one.name == SEES_EVERYTHING for one in parts):
                return _("access to what it is about")
            case Not(People() as people):
                return _("being somebody else than %(name)s") % {"name": self.wanted(people)}
            case OneOf(parts):
                return joined((self._within(part) for part in parts), _("or")) if parts else _("nobody")
            case Not(part):
                return _("not %(what)s") % {"what": self._within(part)}
            case People(ids):
                named = [self.person(number) for number in sorted(ids)[:3]]
                rest = len(ids) - len(named)
                more = [ngettext("%(count)s more", "%(count)s more", rest) % {"count": rest}] if rest else []
                return joined([*named, *more], _("or"))

    def _within(self, part: Wanted) -> str:
        words = self.wanted(part)
        return f"({words})" if isinstance(part, All | OneOf) and len(part.parts) > 1 else words


def joined(words: Iterable[str], last: str) -> str:
    """Words in a row: “a, b and c”."""
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} {last} {found[-1]}" if found else ""


def read_words(people: Mapping[int, str]) -> AbilityWords:
    """The names of all skills, licences, queues, teams, sites and roles, each in a small statement."""
    names = {f"skill:{key}": name for key, name in Skill.objects.values_list("key", "name")}
    names |= {f"licence:{key}": name for key, name in LicenceKind.objects.values_list("key", "name")}
    names |= {f"queue:{pk}": name for pk, name in Queue.objects.values_list("pk", "name")}
    names |= {f"in:team:{pk}": name for pk, name in Team.objects.values_list("pk", "name")}
    names |= {f"sees:site:{pk}": name for pk, name in Site.objects.values_list("pk", "name")}
    names |= {f"role:{key}": name for key, name in Role.objects.values_list("key", "name")}
    return AbilityWords(names, people)
