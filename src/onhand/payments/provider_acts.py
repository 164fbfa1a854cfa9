"""Setting up payment providers. Their keys are stored locked and never shown."""

import secrets
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onhand.kernel.acts import Run, act
from onhand.kernel.errors import NotPossible
from onhand.kernel.fields import Field
from onhand.payments import access, subjects
from onhand.payments.enums import ProviderKind
from onhand.payments.models import ProviderAccount
from onhand.payments.providers import locked_key, locked_webhook_secret

HOOK_BYTES = 18
AccountName = Annotated[str, Field(label=gettext_lazy("Name"), max_length=100, current=lambda account: account.name)]
_KEPT = gettext_lazy("It is stored locked and never shown. Left empty, it stays as it is.")
ApiKey = Annotated[
    str, Field(label=gettext_lazy("Secret key"), max_length=400, widget="password", secret=True, help=_KEPT)
]
WebhookSecret = Annotated[
    str,
    Field(
        label=gettext_lazy("Signing secret of its messages"),
        max_length=400,
        widget="password",
        secret=True,
        help=_KEPT,
    ),
]


@act(subject=subjects.PROVIDER, creates=True, permission=access.MANAGE, label=gettext_lazy("Add a payment provider"))
def add_provider(
    *,
    run: Run,
    account_name: AccountName,
    kind: Annotated[ProviderKind, Field(label=gettext_lazy("Kind"))],
    api_key: ApiKey = "",
    webhook_secret: WebhookSecret = "",
) -> ProviderAccount:
    """Add the company's account with a payment provider. The first one is what customers are asked for payment methods with."""
    if ProviderAccount.objects.filter(name=account_name).exists():
        raise NotPossible(_("There is a payment provider of this name."), field="account_name")
    if kind == ProviderKind.STRIPE and not api_key:
        raise NotPossible(_("Stripe needs its secret key."), field="api_key")
    return ProviderAccount.objects.create(
        name=account_name,
        kind=kind,
        api_key=locked_key(api_key),
        webhook_secret=locked_webhook_secret(webhook_secret),
        hook=secrets.token_urlsafe(HOOK_BYTES),
        is_default=not ProviderAccount.objects.filter(is_default=True).exists(),
    )


@act(subject=subjects.PROVIDER, permission=access.MANAGE, label=gettext_lazy("Change the payment provider"))
def change_provider(
    account: ProviderAccount,
    *,
    run: Run,
    account_name: AccountName,
    in_use: Annotated[
        bool,
        Field(
            label=gettext_lazy("In use"),
            help=gettext_lazy("Out of use nothing is taken by it and its messages are refused."),
            current=lambda account: account.is_active,
        ),
    ] = True,
    usual: Annotated[
        bool,
        Field(label=gettext_lazy("Customers are asked by it"), current=lambda account: account.is_default),
    ] = False,
) -> None:
    """Change a payment provider's name, whether it is used, and whether customers are asked for payment methods with it."""
    if ProviderAccount.objects.filter(name=account_name).exclude(pk=account.pk).exists():
        raise NotPossible(_("There is a payment provider of this name."), field="account_name")
    if usual and not in_use:
        raise NotPossible(_("Only a payment provider in use can be the one customers are asked by."), field="usual")
    if usual:
        ProviderAccount.objects.filter(is_default=True).exclude(pk=account.pk).update(is_default=False)
    account.name, account.is_active, account.is_default = account_name, in_use, usual


@act(subject=subjects.PROVIDER, permission=access.MANAGE, label=gettext_lazy("Change its secrets"))
def change_provider_secrets(
    account: ProviderAccount, *, run: Run, api_key: ApiKey = "", webhook_secret: WebhookSecret = ""
) -> None:
    """Give the payment provider's secret key or the signing secret of its messages anew."""
    if not api_key and not webhook_secret:
        raise NotPossible(_("Give at least one of the two."), field="api_key")
    if api_key:
        account.api_key = locked_key(api_key)
    if webhook_secret:
        account.webhook_secret = locked_webhook_secret(webhook_secret)
    run.changed("secrets", after=_("changed"))
