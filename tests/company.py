"""The guidelines of the company all tests play in: whoever may give something away by their role need not ask."""

from datetime import datetime
from typing import Any

import psycopg

from onhand.guidelines.book import turn_page
from onhand.guidelines.documents import Document, as_json
from onhand.guidelines.graphs import Decision, Graph
from onhand.guidelines.models import Guideline, GuidelineVersion
from onhand.guidelines.tables import HitPolicy, Output, Rule, Table
from onhand.kernel.acts import all_acts

NAME = "Giving"


def acts_that_give() -> tuple[str, ...]:
    """The acts whose default is to ask."""
    return tuple(one.name for one in all_acts() if one.gives)


def generous() -> Document:
    """A guideline that allows all of them."""
    table = Table(NAME, (), (Output("answer", type="string"),), (Rule((), ('"allow"',)),), HitPolicy.UNIQUE)
    return Document(acts_that_give(), Graph(NAME, (), (Decision(NAME, table),)), NAME)


def found(at: datetime) -> None:
    """Put it into force without a record: tests count those."""
    guideline = Guideline.objects.create(name=NAME, created_at=at)
    GuidelineVersion.objects.create(
        guideline=guideline,
        number=1,
        document=as_json(generous()),
        effective_from=at,
        published_at=at,
        published_by_name="Onhand",
        written_by_name="Onhand",
    )
    turn_page()


def dissolve(session: "psycopg.Connection[Any]") -> None:
    """Take it out again, for a test that compares what a database holds at its beginning."""
    kept = (
        "guidelines_guidelineversion",
        "receipts_notice",
        "receipts_receipt",
    )  # nobody changes what was published, but here
    for table in kept:
        session.execute(f"alter table {table} disable trigger user")
    session.execute("truncate guidelines_guidelineversion, guidelines_guideline restart identity cascade")
    for table in kept:
        session.execute(f"alter table {table} enable trigger user")
    session.execute("update guidelines_guidelinebook set number = 1")
    session.execute("select setval('guidelines_editions', 1)")
