"""
Functions of the database, so that an act is decided and counted with few statements: what says that nothing in force changed, and what
counts an act against limits. Both are volatile: each statement in them sees what was committed before it, so also what was while a lock
was waited for. And no edition of the book is ever given twice, also where a change was taken back.
"""

from django.db import migrations

# Planned once a session, by the index: what each of them reads is a few rows of one key, however many there are.
PLANNED = "set plan_cache_mode to force_generic_plan set enable_seqscan to off"
FORWARD = f"""
create function guidelines_edition() returns bigint language plpgsql volatile as $$
begin
    return (select number from guidelines_guidelinebook);
end $$;

create sequence guidelines_editions owned by guidelines_guidelinebook.number;
select setval('guidelines_editions', (select max(number) from guidelines_guidelinebook));

-- Of each part of a limit, by its place: what was used of it in its days, in that currency, and how often in any. Of a customer what was
-- counted on files merged into theirs counts too.
create function guidelines_used(for_limits bigint[], for_keys text[], for_customers bigint[], from_days date[], of_currency text)
returns table (part bigint, used bigint, often bigint) language plpgsql stable {PLANNED} as $$
declare keys text[];
begin
    for place in 1 .. cardinality(for_limits) loop
        keys := array[for_keys[place]];
        if for_customers[place] is not null then
            keys := keys || array(select m.id::text from customers_customer m where m.merged_into_id = for_customers[place]);
        end if;
        part := place;
        select coalesce(sum(u.used_minor) filter (where u.currency = of_currency), 0), coalesce(sum(u.times), 0) into used, often
            from guidelines_limituse u
            where u.limit_id = for_limits[place] and u.key = any(keys) and u.day >= from_days[place];
        return next;
    end loop;
end $$;

-- Counts an act and says what was used before it. Where something else is in force than it was decided by it counts nothing and says
-- what is, as part 0. While an act that gives something away is not over no limit changes (the lock of that number).
create function guidelines_count(
    decided_by bigint, for_limits bigint[], for_keys text[], for_customers bigint[], from_days date[], on_day date, of_currency text,
    amount bigint, of_act text, of_customer bigint, by_kind text, by_actor bigint, by_role text, by_teams bigint[], for_reason text
) returns table (part bigint, used bigint, often bigint) language plpgsql volatile {PLANNED} as $$
declare newest bigint;
begin
    if of_currency <> '' then
        perform pg_advisory_xact_lock_shared(4711007);
    end if;
    newest := (select b.number from guidelines_guidelinebook b);
    if newest <> decided_by then
        return query select 0::bigint, newest, 0::bigint;
        return;
    end if;
    if cardinality(for_limits) > 0 then
        perform pg_advisory_xact_lock(hashtextextended('limit:' || p.limit_id || ':' || p.key, 0))
            from unnest(for_limits, for_keys) as p(limit_id, key);
        return query select * from guidelines_used(for_limits, for_keys, for_customers, from_days, of_currency);
        insert into guidelines_limituse as u (limit_id, key, day, currency, used_minor, times)
            select p.limit_id, p.key, on_day, of_currency, amount, 1 from unnest(for_limits, for_keys) as p(limit_id, key)
            on conflict (limit_id, key, day, currency) do update
            set used_minor = u.used_minor + excluded.used_minor, times = u.times + 1;
    end if;
    if of_currency <> '' then
        insert into guidelines_given
            (day, act, customer_id, actor_kind, actor_id, actor_role, team_ids, reason, currency, minor)
            values (on_day, of_act, of_customer, by_kind, by_actor, by_role, by_teams, for_reason, of_currency, amount);
    end if;
end $$;
"""  # noqa: S608  (our own text)
BACK = """
drop function guidelines_count(
    bigint, bigint[], text[], bigint[], date[], date, text, bigint, text, bigint, text, bigint, text, bigint[], text);
drop function guidelines_used(bigint[], text[], bigint[], date[], text);
drop sequence guidelines_editions;
drop function guidelines_edition();
"""


class Migration(migrations.Migration):
    dependencies = [("guidelines", "0005_refused_attempts")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
