"""Writes on staff that are part of acts, or of setting up a company."""

from datetime import datetime

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils import translation

from onhand.kernel.actor import Via, system_actor
from onhand.kernel.perform import perform
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import ApiToken, Representative, Role
from onhand.staff.roles import BUILT_IN, BuiltInRole, definition_of


def ensure_builtin_roles(*, at: datetime) -> None:
    """
    Make the built-in roles that are missing, and let those the company has not changed follow this version: what is new is given, what the
    product does not give any more is taken, as a recorded act of the product. Changed ones are left alone. One query when there is nothing
    to do.
    """
    known = {role.key: role for role in Role.objects.all()}
    for built_in in BUILT_IN:
        role = known.get(built_in.key)
        if role is None:
            _make_role(built_in)
        else:
            _follow(role, built_in.default_permissions(), at)


def _make_role(built_in: BuiltInRole) -> None:
    with translation.override("en"):
        name = str(built_in.name)
    permissions = built_in.default_permissions()
    Role.objects.get_or_create(
        key=built_in.key,
        defaults={
            "name": name,
            "permissions": permissions,
            "known_defaults": permissions,
            "visibility": built_in.visibility,
            "is_builtin": True,
        },
    )


def _follow(role: Role, defaults: list[str], at: datetime) -> None:
    wanted, given, known = set(defaults), set(role.permissions), set(role.known_defaults)
    if given != wanted and given == known:
        perform(
            "staff.change_role_permissions",
            actor=system_actor("upgrade", Via.COMMAND),
            subject_id=role.pk,
            arguments={"permissions": defaults},
            at=at,
        )
    elif given != wanted:
        return
    if known != wanted:
        Role.objects.filter(pk=role.pk).update(known_defaults=defaults)


def new_permissions(role: Role) -> list[str]:
    """What a version brought that a role the company changed would have been given, and nobody has answered yet; by name."""
    built_in = definition_of(role.key) if role.is_builtin else None
    if built_in is None:
        return []
    return sorted(set(built_in.default_permissions()) - set(role.known_defaults) - set(role.permissions))


def new_representative(
    *,
    name: str,
    email: str,
    role: Role,
    kind: RepresentativeKind,
    language: str,
    time_zone: str,
    at: datetime,
    password: str | None = None,
) -> Representative:
    """Store a new representative; without a password nobody can sign in with one. Part of an act: runs in its transaction."""
    representative = Representative(
        name=name,
        email=email.lower(),
        role=role,
        kind=kind,
        language=language,
        time_zone=time_zone,
        joined_at=at,
    )
    representative.set_password(password)
    representative.save()
    return representative


def end_sessions(representative_id: int, *, but: str | None = None) -> int:
    """End every session of a person at once, except the one with key `but`; the number ended."""
    from allauth.usersessions.models import UserSession

    with transaction.atomic():
        open_now = UserSession.objects.filter(user=representative_id).exclude(session_key=but or "")
        keys = list(open_now.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        open_now.delete()
    return len(keys)


def revoke_tokens(representative_id: int, *, at: datetime) -> int:
    """Revoke every token of a representative at once; the number revoked."""
    return ApiToken.objects.filter(representative=representative_id, revoked_at=None).update(revoked_at=at)


def sign_in_link(representative: Representative) -> str:
    """A link with which this person sets a password once; it ends with the first use, a sign-in, or after three days."""
    from allauth.account.app_settings import PASSWORD_RESET_TOKEN_GENERATOR
    from allauth.account.utils import user_pk_to_url_str

    key = PASSWORD_RESET_TOKEN_GENERATOR().make_token(representative)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(representative), key])
    return f"{settings.ONHAND_ADDRESS}{path}"


def new_sign_in_is_possible(email: str) -> bool:
    """Whether a password may be set by mail: for active people, not for programs."""
    return Representative.objects.filter(email__iexact=email, is_active=True, kind=RepresentativeKind.PERSON).exists()


def keep_panel(representative_id: int, *, key: str, is_open: bool) -> None:
    """Remember whether a person keeps a panel of the customer's page open; other panels stay as they are, also in another tab."""
    chosen = RawSQL("open_panels || jsonb_build_object(%s::text, %s::boolean)", [key, is_open])
    Representative.objects.filter(pk=representative_id).update(open_panels=chosen)
