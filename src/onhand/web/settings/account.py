"""One's own account: how the desk looks, how one signs in, and one's tokens."""

from typing import cast

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from onhand.kernel.actor import Actor
from onhand.kernel.acts import get_act
from onhand.staff import access
from onhand.staff.models import ApiToken, Representative
from onhand.web.addresses import address_of
from onhand.web.settings.access import for_actor
from onhand.web.settings.act_pages import act_address


@require_safe
@for_actor()
def home(request: HttpRequest, actor: Actor) -> HttpResponse:  # noqa: ARG001
    """Settings begin with one's own account."""
    return HttpResponseRedirect(address_of("settings:account"))


@require_safe
@for_actor()
def account(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Who one is here, and how the desk looks."""
    person = cast("Representative", request.user)
    context = {
        "title": _("My account"),
        "who": [
            (_("Name"), person.name),
            (_("E-mail address"), person.email),
            (_("Role"), person.role.name),
            (_("Sites"), ", ".join(site.name for site in person.sites.all())),
            (_("Teams"), ", ".join(team.name for team in person.teams.all())),
        ],
        "look": [
            (_("Language"), person.get_language_display()),
            (_("Colours"), person.get_theme_display()),
            (_("Text size"), f"{person.text_size} %"),
            (_("Time zone"), person.time_zone),
        ],
        "change_url": act_address(get_act("staff.change_preferences"), person.pk)
        if actor.may(access.OWN_ACCOUNT)
        else "",
    }
    return render(request, "settings/account.html", context)


@require_POST
@for_actor()
def end_session(request: HttpRequest, actor: Actor, pk: int) -> HttpResponse:
    """End one of one's own sessions."""
    session = UserSession.objects.filter(pk=pk, user=actor.id).first()
    if session is None:
        raise Http404
    session.end()
    messages.success(request, _("The session has ended."))
    return HttpResponseRedirect(address_of("usersessions_list"))


@require_safe
@for_actor(access.MANAGE_TOKENS)
def tokens(request: HttpRequest, actor: Actor) -> HttpResponse:
    """One's own tokens and, for who manages people, those of programs."""
    seen = (
        ApiToken.objects.filter(revoked_at=None).select_related("representative").order_by("representative__name", "pk")
    )
    if actor.may(access.MANAGE_PEOPLE):
        seen = seen.filter(representative__in=access.visible_representatives(actor))
        programs = access.visible_representatives(actor).filter(is_active=True).exclude(kind="person").order_by("name")
    else:
        seen, programs = seen.filter(representative=actor.id), Representative.objects.none()
    create, revoke = get_act("staff.create_token"), get_act("staff.revoke_token")
    context = {
        "title": _("API tokens"),
        "tokens": [
            {"token": token, "revoke_url": f"{act_address(revoke, token.representative_id)}?token={token.pk}"}
            for token in seen[:500]
        ],
        "now": timezone.now(),
        "create_url": act_address(create, actor.id),
        "programs": [{"name": program.name, "url": act_address(create, program.pk)} for program in programs],
    }
    return render(request, "settings/tokens.html", context)
