"""The demo company's staff: Casa Lumen, home goods, in Madrid and Leeds, with a partner company in Porto."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction

from onhand.staff.ability_demo import give_abilities
from onhand.staff.enums import RepresentativeKind
from onhand.staff.models import Representative, Role, Site, Team
from onhand.staff.operations import ensure_builtin_roles

DOMAIN = "demo.example"
SITES = {"Madrid": ("Europe/Madrid", False), "Leeds": ("Europe/London", False), "Atende Porto": ("Europe/Lisbon", True)}
TEAMS = {
    "Pedidos Madrid": "Madrid",
    "Devoluciones Madrid": "Madrid",
    "Orders Leeds": "Leeds",
    "Returns Leeds": "Leeds",
    "Atende evenings": "Atende Porto",
}


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """One way into the demo company."""

    role: str
    name: str
    email: str
    password: str


# e-mail name, name, role, team (or site), language
SIGN_INS = (
    ("representative", "Ana Prieto", "representative", "Pedidos Madrid", "en"),
    ("senior", "Marta Ibáñez", "senior", "Devoluciones Madrid", "es"),
    ("supervisor", "Grace Holroyd", "supervisor", "Orders Leeds", "en"),
    ("planner", "Tomás Rey", "planner", "Madrid", "en"),
    ("quality", "Priya Nair", "quality", "Leeds", "en"),
    ("administrator", "Lena Fischer", "administrator", "Madrid", "en"),
)
COLLEAGUES = (
    ("javier.soto", "Javier Soto", "representative", "Pedidos Madrid", "es"),
    ("lucia.campos", "Lucía Campos", "representative", "Devoluciones Madrid", "es"),
    ("oliver.finch", "Oliver Finch", "representative", "Orders Leeds", "en"),
    ("amina.yusuf", "Amina Yusuf", "representative", "Returns Leeds", "en"),
    ("beatriz.lopes", "Beatriz Lopes", "representative", "Atende evenings", "es"),
    ("rui.teixeira", "Rui Teixeira", "supervisor", "Atende evenings", "en"),
)
PROGRAMS = (
    ("webshop", "Webshop", "service", RepresentativeKind.SERVICE),
    ("lumen.assistant", "Lumen assistant", "ai", RepresentativeKind.AI),
)
LEADS_BOTH = ("supervisor",)  # sees the people and the work of both of the company's own sites


@transaction.atomic
def create_demo_staff(*, at: datetime, password: str | None = None) -> list[DemoSignIn]:
    """
    Create the demo company's sites, teams and people, and give back its six sign-ins. All share one password, made up if none is
    given. On a database that has people already nothing is created and nothing given back.
    """
    if Representative.objects.exists():
        return []
    password = password or f"lumen-{secrets.token_hex(4)}"
    ensure_builtin_roles(at=at)
    sites = {
        name: Site.objects.create(name=name, time_zone=zone, is_partner=partner)
        for name, (zone, partner) in SITES.items()
    }
    teams = {name: Team.objects.create(name=name, site=sites[site]) for name, site in TEAMS.items()}
    roles = {role.key: role for role in Role.objects.all()}
    hashed = make_password(password)  # once: it is made to be slow
    for email_name, name, role, place, language in (*SIGN_INS, *COLLEAGUES):
        team = teams.get(place)
        person = Representative.objects.create(
            email=f"{email_name}@{DOMAIN}",
            name=name,
            role=roles[role],
            password=hashed if (email_name, name, role, place, language) in SIGN_INS else make_password(None),
            language=language,
            time_zone=(team.site if team else sites[place]).time_zone,
            joined_at=at,
        )
        if team:
            person.teams.add(team)
        person.sites.add(team.site if team else sites[place])
        if email_name in LEADS_BOTH:
            person.sites.add(*(site for site in sites.values() if not site.is_partner))
    for email_name, name, role, kind in PROGRAMS:
        program = Representative(email=f"{email_name}@{DOMAIN}", name=name, role=roles[role], kind=kind, joined_at=at)
        program.set_unusable_password()
        program.save()
        program.sites.add(sites["Madrid"], sites["Leeds"])
    give_abilities(at=at)
    return [DemoSignIn(role, name, f"{key}@{DOMAIN}", password) for key, name, role, _place, _language in SIGN_INS]
