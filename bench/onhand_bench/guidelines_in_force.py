"""What a measured company lays down, so that what is measured is done and not asked for."""

from datetime import UTC, datetime


def let_give() -> None:
    """Put a guideline into force by which everybody gives what their role permits: without one an act that gives something away asks."""
    from onhand.guidelines.documents import Document
    from onhand.guidelines.graphs import Decision, Graph
    from onhand.guidelines.publishing import publish_for_company
    from onhand.guidelines.tables import HitPolicy, Output, Rule, Table
    from onhand.kernel.acts import all_acts
    from onhand.kernel.discovery import load_apps

    load_apps()
    table = Table("Giving", (), (Output("answer", type="string"),), (Rule((), ('"allow"',)),), HitPolicy.UNIQUE)
    acts = tuple(one.name for one in all_acts() if one.gives)
    document = Document(acts, Graph("Giving", (), (Decision("Giving", table),)), "Giving")
    publish_for_company("Giving", document, at=datetime.now(UTC))
