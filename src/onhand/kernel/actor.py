"""Who is doing something: a representative, a service, an AI representative, or the system itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from onhand.kernel.errors import NotPermitted

_UNSTORABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
LONGEST_NAME = 200


class ActorKind(StrEnum):
    PERSON = "person"
    SERVICE = "service"
    AI = "ai"
    SYSTEM = "system"


class Visibility(StrEnum):
    """How much of the company an actor sees."""

    ALL = "all"
    SITE = "site"
    TEAM = "team"
    OWN = "own"


class Via(StrEnum):
    """The door an actor came through."""

    DESK = "desk"
    API = "api"
    MCP = "mcp"
    JOB = "job"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Actor:
    """
    An actor with everything a decision needs, taken once per request.

    `limits` are the simple amount limits of the role: act name, then currency, then the largest amount in minor units.
    """

    kind: ActorKind
    id: int | None
    name: str
    role: str = ""
    permissions: frozenset[str] = frozenset()
    visibility: Visibility = Visibility.OWN
    site_ids: frozenset[int] = frozenset()
    team_ids: frozenset[int] = frozenset()
    limits: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    via: Via = Via.DESK

    def __post_init__(self) -> None:
        # Names come from sign-in providers and callers too; every record holds one, so it is made storable here, once.
        name = _UNSTORABLE.sub("�", self.name)[:LONGEST_NAME]
        if name != self.name:
            object.__setattr__(self, "name", name)

    def may(self, permission: str) -> bool:
        """Whether the actor's role allows `permission`."""
        return self.kind is ActorKind.SYSTEM or permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise NotPermitted unless the actor's role allows `permission`."""
        if not self.may(permission):
            raise NotPermitted(permission)

    def through(self, via: Via) -> "Actor":
        """The same actor, coming through another door."""
        return replace(self, via=via)


def system_actor(name: str, via: Via = Via.JOB) -> Actor:
    """The product itself, for timetables and reactions. `name` says which part, for the record."""
    return Actor(kind=ActorKind.SYSTEM, id=None, name=name, role="system", visibility=Visibility.ALL, via=via)
