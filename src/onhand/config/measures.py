"""Figures about the running product for Prometheus, added up over all processes of the group.

Each process writes its numbers to files in a folder named by ``PROMETHEUS_MULTIPROC_DIR`` (set by the supervisor before
anything is loaded); the web process adds them up when asked. Without a supervisor there is one process and no folder.
"""

import os
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import REGISTRY, Collector

from onhand.config.folder import FIGURES_VARIABLE as FOLDER_VARIABLE

REQUESTS = Counter("onhand_requests_total", "Requests answered.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "onhand_request_seconds",
    "Time to answer a request.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
JOBS = Counter("onhand_jobs_total", "Background jobs ended.", ["task", "status"])


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request; ``route`` is the pattern's name, never the address, so that the series stay few."""
    REQUESTS.labels(
        method if method in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"} else "other",
        route,
        str(status),
    ).inc()
    REQUEST_SECONDS.labels(route).observe(seconds)


def forget_process(pid: int) -> None:
    """Drop the figures that only make sense for a living process."""
    if os.environ.get(FOLDER_VARIABLE):
        mark_process_dead(pid)  # type: ignore[no-untyped-call]


class DatabaseFigures(Collector):
    """Figures that live in the database: how much work waits."""

    def collect(self) -> Iterable[Metric]:
        """Yield the figures; asked for at each scrape."""
        from django.db import connection

        waiting = GaugeMetricFamily("onhand_jobs_waiting", "Background jobs by state.", labels=["status"])
        with connection.cursor() as cursor:
            cursor.execute(
                "select status::text, count(*) from procrastinate_jobs"
                " where status in ('todo', 'doing', 'failed') group by 1"
            )
            for status, count in cursor.fetchall():
                waiting.add_metric([status], count)
            cursor.execute("select count(*) from pg_stat_activity where datname = current_database()")
            row = cursor.fetchone()
        yield waiting
        yield GaugeMetricFamily(
            "onhand_database_connections", "Connections to the product's database.", value=row[0] if row else 0
        )


def page() -> bytes:
    """All figures in Prometheus' text format."""
    registry = CollectorRegistry()
    if os.environ.get(FOLDER_VARIABLE):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry = REGISTRY
    figures = CollectorRegistry()
    figures.register(DatabaseFigures())
    return generate_latest(registry) + generate_latest(figures)
