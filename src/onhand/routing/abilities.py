"""
What people can and may as the router asks it: beside skills, languages and licences (see `staff.abilities`) what their role lets them do,
as far as a kind of work asks for it, which role it is, and what of the company they see. `may:<permission>`, `role:<key>`,
`in:team:<id>`, `sees:site:<id>` and `sees:everything`, each at level 1; and `withheld`, of whoever is given no new work for now.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from onhand.customers.models import Customer
from onhand.kernel.database import run_prepared
from onhand.routing.kinds import registered
from onhand.routing.withholding import withheld
from onhand.staff import abilities
from onhand.staff.models import Team

MAY, ROLE, IN_TEAM, SEES_SITE, SEES_EVERYTHING = "may:", "role:", "in:team:", "sees:site:", "sees:everything"
WITHHELD = "withheld"
LEVEL = 1
# Sees the whole company: by their own setting or else their role's, and nobody who works at a partner's site.
_STANDING = f"""
with p as materialized (
  select r.id, o.key as role, o.permissions, coalesce(nullif(r.visibility, ''), o.visibility) as visibility,
    array(select s.site_id from staff_representative_sites s where s.representative_id = r.id
      union select t.site_id from staff_representative_teams m join staff_team t on t.id = m.team_id where m.representative_id = r.id)
      as sites
  from staff_representative r join staff_role o on o.id = r.role_id where r.id = any(%(people)s)),
q as (select p.*, p.visibility = 'all'
    and not exists (select from staff_site s where s.is_partner and s.id = any(p.sites)) as sees_all from p)
select name, array_agg(id) from (
  select q.id, '{MAY}' || a.name as name from q cross join unnest(%(asked)s::text[]) a(name) where q.permissions @> to_jsonb(a.name)
  union all select q.id, '{ROLE}' || q.role from q
  union all select m.representative_id, '{IN_TEAM}' || m.team_id from staff_representative_teams m
    where m.representative_id = any(%(people)s)
  union all select q.id, '{SEES_EVERYTHING}' from q where q.sees_all
  union all select q.id, '{SEES_SITE}' || s.id from q cross join unnest(q.sites) s(id)
    where not q.sees_all and q.visibility in ('all', 'site')
) n group by 1
"""  # noqa: S608  (our own text)


def attributes_of(people: Collection[int], at: datetime) -> dict[int, dict[str, int]]:
    """What each of these people can, may and sees at a moment: attribute → level. Three statements, whatever their number."""
    found = abilities.attributes_of(people, at)
    if found:
        asked = sorted({kind.permission for kind in registered().values() if kind.permission})
        for name, having in run_prepared(_STANDING, {"people": list(found), "asked": asked}):
            for person in having:
                found[person][name] = LEVEL
        for person in withheld(found.keys(), at):
            found[person][WITHHELD] = LEVEL
    return found


def who_may(permission: str) -> dict[str, Any]:
    """What work asks of people that only those with a permission may do."""
    return {"has": f"{MAY}{permission}"}


def who_has_role(key: str) -> dict[str, Any]:
    """What work asks of people that only those of a role may do."""
    return {"has": f"{ROLE}{key}"}


def who_sees(customer_id: int | None, team_id: int | None = None) -> dict[str, Any]:
    """What work asks of people about a customer's matter, or a team's: that they may open it."""
    sites: set[int] = set()
    teams: set[int] = set()
    parts: list[dict[str, Any]] = [{"has": SEES_EVERYTHING}]
    if team_id is not None:
        teams.add(team_id)
        sites |= set(Team.objects.filter(pk=team_id).values_list("site", flat=True))
    found = Customer.objects.filter(pk=customer_id or 0).values_list("site", "team__site", "team", "owner").first()
    if found is not None:
        site, team_site, team, owner = cast("tuple[int | None, ...]", found)
        sites |= {one for one in (site, team_site) if one is not None}
        teams |= {one for one in (team,) if one is not None}
        parts += [{"people": [one]} for one in (owner,) if one is not None]
    parts += [{"has": f"{SEES_SITE}{one}"} for one in sorted(sites)]
    parts += [{"has": f"{IN_TEAM}{one}"} for one in sorted(teams)]
    return {"any": parts}


def who_sees_case(customer_id: int | None, team_id: int | None) -> dict[str, Any]:
    """The same of a case: where it is nobody's yet, only its team may open it."""
    if customer_id is not None:
        return who_sees(customer_id)
    team = [] if team_id is None else [{"has": f"{IN_TEAM}{team_id}"}]
    return {"any": [{"has": SEES_EVERYTHING}, *team]}
