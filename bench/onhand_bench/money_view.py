"""
A customer's money is looked at: the panels of orders, account and payments are opened on their file, then the page of the account, over
HTTP by the product's own web process. One view is these four.

The same at two sizes, the smaller a hundredth of the larger: the growth is that of the slowest one in a hundred views. Each customer is
read once that nobody has read before (`cold`: the machine may have its pages in memory, the database has not), then once more (`warm`).
"""

import asyncio
import random
import statistics
from contextlib import ExitStack
from typing import Any

from onhand_bench import mail_company, money_company, place
from onhand_bench.live_desks import web
from onhand_bench.screen_pop import in_own_process_of

AIM_GROWTH = 1.5
SHARE = 100  # the smaller company is so many times smaller
SIZES = {"small": 20_000, "middle": 200_000, "large": 1_000_000}  # customers; five orders and twenty entries each
QUICK = (400, 8_000)
WARM, VIEWS, QUICK_VIEWS = 20, 400, 60
EURO = "€".encode()  # stands in every answer


def _paths(customer: int, account: int) -> list[tuple[str, bool]]:
    """What is read of one customer, and whether it is a fragment of a page that is open."""
    panels = [f"/desk/customers/{customer}/panels/{key}/" for key in ("orders", "account", "payments")]
    return [*((panel, True) for panel in panels), (f"/money/accounts/{account}/", False)]


def measure_one(customers: int, views: int, check: int) -> dict[str, Any]:
    """Measure a company of one size; with `check` its books are looked at first."""
    with ExitStack() as stack:
        stack.enter_context(place.database({"max_wal_size": "8GB", "full_page_writes": "off"}))
        company = money_company.fill(customers)
        wrong = money_company.faults() if check else []
        if wrong:
            raise RuntimeError(f"the books are wrong: {wrong[:3]}")
        _process, port = stack.enter_context(web())
        chance = random.Random(7)
        chosen = chance.sample(range(customers), min(WARM + views, customers))
        views_of = [_paths(company.first_id + number, number + 1) for number in chosen]
        cold, warm = (asyncio.run(_views(port, company.sessions[0], views_of)) for _time in range(2))
        statements = sum(
            mail_company.count_statements(company.sessions[1], path, path, is_fragment=is_fragment)
            for path, is_fragment in views_of[0]
        )
    return {
        "customers": customers,
        "orders": company.orders,
        "entries": company.entries,
        "statements": statements,
        **_figures("cold", cold),
        **_figures("warm", warm),
    }


async def _views(port: int, session: str, views: list[list[tuple[str, bool]]]) -> list[float]:
    """Milliseconds of each view but the first ones, shortest first."""
    took = []
    async with mail_company.Reader(port, session) as reader:
        for pages in views:
            took.append(sum([await reader.get(path, EURO, is_fragment=part) for path, part in pages]))
    return sorted(took[WARM:])


def _figures(name: str, took: list[float]) -> dict[str, float]:
    at = took[max(0, int(len(took) * 0.99) - 1)]
    return {f"{name}_p50_ms": round(statistics.median(took), 2), f"{name}_p99_ms": round(at, 2)}


def measure(*, quick: bool, size: str = "large") -> dict[str, Any]:
    """Measure a company and one of a hundredth of its size: 1,000,000 customers, 200,000 with `middle`. Times in milliseconds."""
    large = SIZES[size]
    sizes = QUICK if quick else (large // SHARE, large)
    views = QUICK_VIEWS if quick else VIEWS
    small, big = (in_own_process_of("money_view", one, views, int(one == min(sizes))) for one in sizes)
    growth = {kind: round(big[f"{kind}_p99_ms"] / small[f"{kind}_p99_ms"], 2) for kind in ("cold", "warm")}
    for one in (small, big):
        print(f"{'customers':44} {one['customers']:>10,}   {one['orders']:,} orders, {one['entries']:,} entries")
        print(f"{'statements':44} {one['statements']:>10}")
        for kind, said in (("cold", "read for the first time"), ("warm", "read again")):
            print(f"{f'half of the views, {said}':44} {one[f'{kind}_p50_ms']:>10.1f} ms")
            print(f"{f'99 of 100 views, {said}':44} {one[f'{kind}_p99_ms']:>10.1f} ms")
    print(f"{f'growth of the slowest (aim: {AIM_GROWTH})':44} {growth['cold']:>10} ({growth['warm']} read again)")
    return {
        "p50_ms": big["cold_p50_ms"],
        "p99_ms": big["cold_p99_ms"],
        "growth": growth["cold"],
        "warm_growth": growth["warm"],
        **{key: big[key] for key in ("warm_p50_ms", "warm_p99_ms", "statements", "customers", "orders", "entries")},
        "small": small,
    }
