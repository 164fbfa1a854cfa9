"""Programs that call: a representative, a token of theirs, and a client that sends it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from onhand.kernel.permissions import all_permissions
from onhand.staff.enums import RepresentativeKind, VisibilityChoice
from onhand.staff.models import ApiToken, Representative, Role
from onhand.staff.tokens import digest, new_secret


def make_representative(email: str = "ana@example.com", **role: Any) -> Representative:
    """Somebody who works here, with a role of their own that may do everything unless told otherwise."""
    key = email.partition("@")[0]
    given: dict[str, Any] = {"permissions": [p.name for p in all_permissions()], "visibility": VisibilityChoice.ALL}
    made = Role.objects.create(key=key, name=key, **(given | role))
    kind = RepresentativeKind.SERVICE
    return Representative.objects.create(
        email=email, name=key.capitalize(), kind=kind, role=made, joined_at=timezone.now()
    )


def make_token(representative: Representative, **changes: Any) -> str:
    """A good token of theirs for everything the role allows, unless told otherwise."""
    secret, now = new_secret(), timezone.now()
    given: dict[str, Any] = {
        "representative": representative,
        "name": "test",
        "prefix": secret[:10],
        "digest": digest(secret),
        "scopes": representative.role.permissions,
        "created_at": now,
        "expires_at": now + timedelta(days=1),
    }
    ApiToken.objects.create(**given | changes)
    return secret


@dataclass
class Caller:
    """Asks as one holder of a token."""

    token: str
    client: Client

    def get(self, address: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{address}", query, headers=self.headers)

    def post(self, address: str, body: Any = None, *, key: str | None = None, **more: Any) -> Any:
        headers = self.headers | ({"Idempotency-Key": key} if key is not None else {})
        given: dict[str, Any] = {"content_type": "application/json", "headers": headers}
        return self.client.post(f"/api/v1/{address}", body if body is not None else {}, **(given | more))

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}
