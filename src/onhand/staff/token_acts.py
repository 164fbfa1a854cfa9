"""What can be done with API tokens."""

from datetime import timedelta
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPermitted, NotPossible
from onhand.kernel.fields import Field
from onhand.staff import access, guards
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import ApiToken, Representative
from onhand.staff.role_acts import permission_options
from onhand.staff.subjects import REPRESENTATIVE
from onhand.staff.tokens import LONGEST_LIFE, SHOWN_PREFIX, digest, new_secret


@act(
    subject=REPRESENTATIVE,
    permission=access.MANAGE_TOKENS,
    label=gettext_lazy("Create an API token"),
    only_adds=True,
)
def create_token(
    representative: Representative,
    *,
    run: Run,
    token_name: Annotated[
        str, Field(label=gettext_lazy("Name"), help=gettext_lazy("Which program will use it."), max_length=100)
    ],
    scopes: Annotated[
        list[str],
        Field(
            label=gettext_lazy("What it may do"),
            help=gettext_lazy("Never more than its owner may."),
            options=permission_options,
        ),
    ],
    days: Annotated[int, Field(label=gettext_lazy("Valid for days"), help=gettext_lazy("At most 365."))] = 90,
) -> None:
    """Create a token a program comes with. It is shown this once."""
    _require_hold(run, representative)
    if not representative.is_active:
        raise NotPossible(_("This person is not active."))
    if not 1 <= days <= LONGEST_LIFE.days:
        raise NotPossible(_("Give 1 to 365 days."), field="days")
    if not scopes:
        raise NotPossible(_("Choose what the token may do."), field="scopes")
    guards.require_known_permissions(scopes, "scopes")
    if set(scopes) - set(representative.role.permissions):
        raise NotPossible(_("The owner's role does not allow all of this."), field="scopes")
    guards.require_grantable(run.actor, scopes, "scopes")
    secret = new_secret()
    token = ApiToken.objects.create(
        representative=representative,
        name=token_name,
        prefix=secret[:SHOWN_PREFIX],
        digest=digest(secret),
        scopes=sorted(set(scopes)),
        created_at=run.at,
        expires_at=run.at + timedelta(days=days),
    )
    run.show_once("token", secret)
    run.changed("token", after=_described(token))


@act(subject=REPRESENTATIVE, permission=access.MANAGE_TOKENS, label=gettext_lazy("Revoke an API token"))
def revoke_token(
    representative: Representative,
    *,
    run: Run,
    token: Annotated[int, Field(label=gettext_lazy("API token"), reference="staff.token")],
) -> None:
    """End a token at once."""
    if representative.pk != run.actor.id and not run.actor.may(access.MANAGE_PEOPLE):
        raise NotPermitted(access.MANAGE_PEOPLE)
    guards.require_reach_over(run.actor, representative)
    found = ApiToken.objects.filter(pk=token, representative=representative, revoked_at=None).first()
    if found is None:
        raise NotPossible(_("There is no such token any more."), field="token")
    ApiToken.objects.filter(pk=found.pk).update(revoked_at=run.at)
    run.changed("token", before=_described(found))


def _require_hold(run: Run, representative: Representative) -> None:
    """A person's tokens are made by that person alone: with them one acts in that name. Programs' tokens by who manages people."""
    if representative.pk == run.actor.id:
        return
    if representative.kind == RepresentativeKind.PERSON:
        raise NotPossible(_("Everybody makes their own tokens. For a program, use a service account."))
    if not run.actor.may(access.MANAGE_PEOPLE):
        raise NotPermitted(access.MANAGE_PEOPLE)
    guards.require_reach_over(run.actor, representative)


def _described(token: ApiToken) -> dict[str, object]:
    return {
        "name": token.name,
        "prefix": token.prefix,
        "scopes": token.scopes,
        "expires_at": token.expires_at.isoformat(),
    }
