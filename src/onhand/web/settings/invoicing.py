"""Settings of invoicing and billing: the company's details, numbers, plans with their tariffs, dunning, billing runs."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from onhand.billing import access as billing
from onhand.billing import subjects as billed
from onhand.billing.enums import RunState
from onhand.billing.models import BillingRun, CustomerAccount, DunningStage, Plan, Tariff
from onhand.billing.running import left_of
from onhand.invoicing import access, subjects
from onhand.invoicing.enums import DocumentKind
from onhand.invoicing.models import CompanyDetails, NumberCounter, NumberSeries
from onhand.invoicing.numbers import number_label
from onhand.kernel.actor import Actor
from onhand.kernel.money import Money
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import act_links, creating_links
from onhand.web.settings.goods import Rows, table, thing, use_words
from onhand.web.settings.records import history
from onhand.web.templating import show_date, show_datetime

MOST = 50


@require_safe
@for_actor(access.MANAGE)
def company(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What stands on the letterhead, and how documents are numbered."""
    details = access.visible_details(actor).get()
    facts = [(str(label), _shown(details, name)) for name, label in subjects.COMPANY_LABELS.items()]
    context = {
        "title": _("Company and numbers"),
        "facts": [(label, value) for label, value in facts if value],
        "words": _("Documents keep the details they were issued with."),
        "acts": act_links(actor, subjects.COMPANY, details.pk),
        "sections": [_series(actor, one) for one in access.visible_series(actor).order_by("-kind")],
        "history": history(actor, subjects.COMPANY, details.pk),
    }
    if not details.name:
        context["facts"] = [(_("Name"), _("not set: documents carry no letterhead"))]
    return render(request, "settings/goods.html", context)


def _shown(details: CompanyDetails, name: str) -> str:
    value = str(getattr(details, name))
    return " ".join(value[at : at + 4] for at in range(0, len(value), 4)) if name == "iban" else value


def _series(actor: Actor, series: NumberSeries) -> dict[str, Any]:
    counters = NumberCounter.objects.filter(series=series, last__gte=1).order_by("-year")[:5]
    rows: Rows = [
        {
            "id": one.pk,
            "cells": [
                str(one.year or "–"),
                number_label(series.prefix, one.year, one.last, series.digits),
                f"{one.last - one.first + 1:,}",
            ],
        }
        for one in counters
    ]
    columns = [(_("Year"), ""), (_("Last number"), "soft"), (_("How many"), "number")]
    title = str(DocumentKind(series.kind).label)
    nothing = _("None yet.")
    return {
        **table(f"series-{series.pk}", title, columns, rows, nothing),
        "acts": act_links(actor, subjects.SERIES, series.pk),
    }


@require_safe
@for_actor(billing.MANAGE)
def plans(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every plan with what it costs now."""
    found = billing.visible_plans(actor).select_related("tax_class").prefetch_related("tariffs").order_by("name")
    rows = [
        {
            "id": one.pk,
            "url": address_of("settings:plan", one.pk),
            "cells": [one.name, _newest(one), one.unit or "–", one.tax_class.name, use_words(one.is_active)],
        }
        for one in found
    ]
    context = {
        "title": _("Plans and tariffs"),
        "lead": _("What customers can subscribe to. A tariff is never changed: a new version counts from its day."),
        "columns": [(_("Name"), ""), (_("A month"), "number"), (_("Unit"), "soft"), (_("Tax class"), "soft"), ("", "")],
        "rows": rows,
        "new": next(iter(creating_links(actor, billed.PLAN)), None),
        "shown": "",
        "empty": {"title": _("No plans yet"), "words": _("Add what customers can subscribe to."), "icon": "act"},
    }
    return render(request, "settings/list.html", context)


def _newest(plan: Plan) -> str:
    newest = max(plan.tariffs.all(), key=lambda one: one.from_day, default=None)
    return Money(newest.recurring_minor, newest.currency).formatted() if newest else "–"


@require_safe
@for_actor(billing.MANAGE)
def plan(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """One plan with every version of its tariff."""
    one = billing.visible_plans(actor).select_related("tax_class").filter(pk=pk).first()
    if one is None:
        raise Http404
    rows: Rows = [
        {
            "id": tariff.pk,
            "cells": [
                str(tariff.number),
                show_date(tariff.from_day),
                Money(tariff.recurring_minor, tariff.currency).formatted(),
                f"{tariff.included.normalize():f} {one.unit}".strip(),
                _tiers(tariff),
            ],
        }
        for tariff in one.tariffs.order_by("-from_day", "currency")
    ]
    columns = [
        *[(_("Version"), ""), (_("From"), "soft"), (_("A month"), "number"), (_("Included"), "number")],
        (_("What more units cost"), "soft"),
    ]
    listed = table("tariffs", _("Tariff"), columns, rows, _("Nobody can subscribe to it before it has a price."))
    facts = [(_("Tax class"), one.tax_class.name), (_("Unit of usage"), one.unit or "–")]
    return thing(request, actor, billed.PLAN, one, title=one.name, facts=facts, tables=[listed])


def _tiers(tariff: Tariff) -> str:
    said = []
    for tier in tariff.tiers:
        if tier["up_to"] is None:
            said.append(
                _("%(rate)s each") % {"rate": tier["rate"]}
                if len(tariff.tiers) == 1
                else _("then %(rate)s") % {"rate": tier["rate"]}
            )
        else:
            said.append(_("%(rate)s up to %(bound)s") % {"rate": tier["rate"], "bound": tier["up_to"]})
    return ", ".join(said) or "–"


@require_safe
@for_actor(billing.MANAGE)
def dunning(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The stages of dunning in order."""
    stages = billing.visible_stages(actor).order_by("number")
    context = {
        "title": _("Dunning"),
        "lead": _(
            "Each night who owes something overdue goes a stage further. Who pays by a plan, or is held, is left alone."
        ),
        "sections": [_stage(actor, one) for one in stages],
        "new": next(iter(creating_links(actor, billed.STAGE)), None),
        "empty": {
            "title": _("Nobody is dunned"),
            "words": _("Add the first stage, such as a friendly reminder."),
            "icon": "act",
        },
    }
    return render(request, "settings/goods.html", context)


def _stage(actor: Actor, stage: DunningStage) -> dict[str, Any]:
    fee = Money(stage.fee_minor, stage.fee_currency).formatted() if stage.fee_minor else _("none")
    there = CustomerAccount.objects.filter(dunning_stage=stage.number).count()
    rows: Rows = [
        {"id": stage.pk, "cells": [str(stage.after_days), fee, f"{there:,}", stage.text or _("nothing is written")]}
    ]
    columns = [
        *[(_("Days after it was due"), ""), (_("Fee"), "number"), (_("Accounts there now"), "number")],
        (_("What the customer is written"), "soft"),
    ]
    return {
        **table(f"stage-{stage.pk}", f"{stage.number}. {stage.name}", columns, rows, ""),
        "acts": act_links(actor, billed.STAGE, stage.pk),
    }


@require_safe
@for_actor(billing.MANAGE)
def billing_runs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Billing runs with their progress, and whom they could not bill."""
    runs = list(billing.visible_runs(actor).order_by("-pk")[:MOST])
    sections = [_runs(runs)]
    troubled = CustomerAccount.objects.exclude(problem="").select_related("customer").order_by("pk")[:MOST]
    rows: Rows = [
        {"id": one.pk, "url": address_of("money:account", one.pk), "cells": [one.customer.name, one.problem]}
        for one in troubled
    ]
    if rows:
        columns = [(_("Account"), ""), (_("Why"), "soft")]
        sections.append(table("troubled", _("Cannot be billed"), columns, rows, ""))
    context = {
        "title": _("Billing"),
        "lead": _("Each night the bills that are due are made. A run that is interrupted goes on where it was."),
        "sections": sections,
        "new": next(iter(creating_links(actor, billed.RUN)), None),
    }
    return render(
        request, "settings/billing.html", context | {"is_going": any(one.state == RunState.GOING for one in runs)}
    )


def _runs(runs: list[BillingRun]) -> dict[str, Any]:
    rows: Rows = [
        {
            "id": one.pk,
            "cells": [
                show_date(one.day),
                _state(one),
                f"{one.documents:,}",
                f"{one.charges:,}",
                f"{one.problems:,}",
                _times(one),
            ],
        }
        for one in runs
    ]
    columns = [
        *[(_("Up to"), ""), (_("State"), "soft"), (_("Bills"), "number"), (_("Charges"), "number")],
        *[(_("Not billed"), "number"), (_("When"), "soft")],
    ]
    return table("runs", _("Runs"), columns, rows, _("None yet."))


def _state(run: BillingRun) -> Any:
    if run.state == RunState.DONE:
        return {"text": str(RunState.DONE.label), "tone": "good"}
    left = left_of(run)
    share = 100 * run.accounts // max(1, run.accounts + left)
    return {"text": _("%(share)s %%, %(left)s left") % {"share": share, "left": f"{left:,}"}, "tone": "info"}


def _times(run: BillingRun) -> str:
    if run.ended_at is None:
        return _("since %(time)s") % {"time": show_datetime(run.started_at)}
    took = max(run.ended_at - run.started_at, timedelta(0))
    return f"{show_datetime(run.started_at)} ({int(took.total_seconds())} s)"
