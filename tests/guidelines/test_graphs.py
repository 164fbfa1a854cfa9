"""Decisions that build on one another."""

from decimal import Decimal

import pytest

from onhand.guidelines.graphs import Decision, Graph, GraphError, InputData, read_graph
from onhand.guidelines.tables import HitPolicy, Input, Output, Rule, Table


def table(name: str, asked: str, *rows: tuple[str, str]) -> Table:
    return Table(
        name,
        (Input(asked, asked),),
        (Output(name),),
        tuple(Rule((test,), (value,)) for test, value in rows),
        HitPolicy.FIRST,
    )


STANDING = Decision("Standing", table("Standing", "orders", (">= 10", '"regular"'), ("-", '"new"')), ("orders",))
SHARE = Decision("Share", table("Share", "Standing", ('"regular"', "0.20"), ("-", "0.10")), ("Standing",))
MOST = Decision("Most", "price * Share", ("price", "Share"), "number")
GRAPH = Graph("Discount", (InputData("orders", "number"), InputData("price", "number")), (MOST, SHARE, STANDING))


def test_a_decision_builds_on_others() -> None:
    read = read_graph(GRAPH)
    assert read.order == ("Standing", "Share", "Most")
    found = read.decide("Most", {"orders": Decimal(12), "price": Decimal("50.00")})
    assert {name: one.value for name, one in found.items()} == {
        "Standing": "regular",
        "Share": Decimal("0.20"),
        "Most": Decimal(10),
    }
    assert found["Standing"].rows == (0,)
    assert read.decide("Standing", {"orders": Decimal(1)})["Standing"].value == "new"
    with pytest.raises(KeyError):
        read.decide("Nothing", {})


def test_a_decision_sees_only_what_it_requires() -> None:
    blind = Graph("Blind", GRAPH.inputs, (Decision("Most", "price * 2", ("orders",)),))
    with pytest.raises(GraphError, match="Nothing is called price") as raised:
        read_graph(blind)
    assert raised.value.faults[0].decision == "Most"


def test_a_circle_is_named() -> None:
    circle = Graph(
        "Circle",
        (),
        (
            Decision("a", "b", ("b",)),
            Decision("b", "c", ("c",)),
            Decision("c", "a", ("a",)),
            Decision("d", "a", ("a",)),
        ),
    )
    with pytest.raises(GraphError, match="a → b → c → a"):
        read_graph(circle)
    with pytest.raises(GraphError, match="a → a"):
        read_graph(Graph("Self", (), (Decision("a", "a", ("a",)),)))


def test_what_is_wrong_with_a_graph_is_named() -> None:
    wrong = Graph(
        "Wrong", (InputData("a"), InputData("a", "money"), InputData(" ")), (Decision("b", "1", ("nothing",)),)
    )
    with pytest.raises(GraphError) as raised:
        read_graph(wrong)
    said = str(raised.value)
    assert [
        word
        for word in ("Two things are called a", "no name", "b requires nothing", "no type “money”")
        if word not in said
    ] == []
    with pytest.raises(GraphError, match="at least one decision"):
        read_graph(Graph("Empty", (), ()))


def test_a_long_chain_is_no_trouble() -> None:
    chain = [
        Decision(f"d{at}", f"d{at - 1} + 1" if at else "start", (f"d{at - 1}",) if at else ("start",))
        for at in range(400)
    ]
    read = read_graph(Graph("Chain", (InputData("start"),), tuple(reversed(chain))))
    assert read.decide("d399", {"start": Decimal(1)})["d399"].value == 400
