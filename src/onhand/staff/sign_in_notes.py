"""Notes what happens around signing in as events of the person, in the sealed stream."""

from typing import Any

from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as mfa
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from onhand.kernel.events import Event
from onhand.kernel.records import Subject, publish
from onhand.staff.events import PasswordChanged, SecondFactorAdded, SecondFactorRemoved, SignedIn
from onhand.staff.models import Representative
from onhand.staff.operations import end_sessions
from onhand.staff.queries import actor_for
from onhand.staff.subjects import REPRESENTATIVE


def connect() -> None:
    """Listen to the sign-in library."""
    account.user_logged_in.connect(_signed_in)
    for changed in (account.password_changed, account.password_set, account.password_reset):
        changed.connect(_password_changed)
    mfa.authenticator_added.connect(_factor_added)
    mfa.authenticator_removed.connect(_factor_removed)


def _note(user: Representative, event: Event) -> None:
    with transaction.atomic():
        publish(event, actor=actor_for(user), subject=Subject(REPRESENTATIVE, user.pk), at=timezone.now())


def _signed_in(request: HttpRequest, user: Representative, **_more: Any) -> None:
    methods = [record["method"] for record in get_authentication_records(request, user)]
    _note(user, SignedIn(method="+".join(dict.fromkeys(methods)), address=get_adapter().get_client_ip(request)))


def _password_changed(request: HttpRequest, user: Representative, **_more: Any) -> None:
    end_sessions(user.pk, but=request.session.session_key)
    _note(user, PasswordChanged())


def _factor_added(user: Representative, authenticator: Any, **_more: Any) -> None:
    _note(user, SecondFactorAdded(kind=authenticator.type))


def _factor_removed(user: Representative, authenticator: Any, **_more: Any) -> None:
    _note(user, SecondFactorRemoved(kind=authenticator.type))
