"""Who sees which customers: the whole company's, those of one's sites, one's teams, or one's own."""

import pytest

from onhand.customers import access
from onhand.kernel.actor import Actor, Visibility
from onhand.kernel.perform import perform
from onhand.staff.models import Site, Team
from tests.factories import NOON, make_actor, make_customer
from tests.factories.callers import make_representative

pytestmark = pytest.mark.django_db


def seen_by(actor: Actor) -> set[str]:
    return set(access.visible_customers(actor).values_list("name", flat=True))


def test_each_visibility_sees_what_is_its_own() -> None:
    here, partner = (Site.objects.create(name=name) for name in ("Leeds", "Partner"))
    orders = Team.objects.create(name="Orders here", site=here)
    make_customer("of no site")
    make_customer("of Leeds", site=here)
    make_customer("of a team in Leeds", team=orders)
    make_customer("of the partner", site=partner)

    def actor(visibility: Visibility, *sites: Site, teams: tuple[Team, ...] = ()) -> Actor:
        return make_actor(
            id=7,
            visibility=visibility,
            site_ids=frozenset(site.pk for site in sites),
            team_ids=frozenset(team.pk for team in teams),
        )

    assert seen_by(actor(Visibility.ALL)) == {"of no site", "of Leeds", "of a team in Leeds", "of the partner"}
    assert seen_by(actor(Visibility.SITE, here)) == {"of Leeds", "of a team in Leeds"}
    assert seen_by(actor(Visibility.SITE, partner)) == {"of the partner"}
    assert seen_by(actor(Visibility.TEAM, here, teams=(orders,))) == {"of a team in Leeds"}
    assert seen_by(actor(Visibility.OWN, here, teams=(orders,))) == set()


def test_without_the_permission_nothing_is_seen() -> None:
    make_customer()
    assert seen_by(make_actor(permissions=frozenset())) == set()


@pytest.mark.parametrize("visibility", list(Visibility))
def test_whoever_registers_a_customer_sees_them(visibility: Visibility) -> None:
    person = make_representative()
    site = Site.objects.create(name="Here")
    team = Team.objects.create(name="Ours", site=site)
    actor = make_actor(
        id=person.pk, visibility=visibility, site_ids=frozenset({site.pk}), team_ids=frozenset({team.pk})
    )
    perform("customers.register_customer", actor=actor, arguments={"customer_name": "Eva Ruiz"}, at=NOON)
    assert seen_by(actor) == {"Eva Ruiz"}
