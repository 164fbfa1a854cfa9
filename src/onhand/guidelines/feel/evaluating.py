"""Trees made into functions: a cell is read once and then costs a call."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal

from onhand.guidelines.feel.reading import (
    Between,
    Calculation,
    Compared,
    Comparison,
    Denial,
    Expression,
    Literal,
    Logic,
    Minus,
    Name,
    UnaryTest,
    UnaryTests,
)
from onhand.guidelines.feel.values import NUMBERS, Months, Value, calculate, compare, equal

Facts = Mapping[str, Value]
Evaluation = Callable[[Facts], Value]
Matching = Callable[[Value, Facts], bool]


def evaluation(expression: Expression) -> Evaluation:
    """The function that gives the expression's value for the facts. It raises nothing: what does not fit is None."""
    if isinstance(expression, Literal):
        value = expression.value
        return lambda _facts: value
    if isinstance(expression, Name):
        return _named(expression.path)
    if isinstance(expression, Minus):
        of = evaluation(expression.of)
        return lambda facts: _negative(of(facts))
    if isinstance(expression, Denial):
        denied = evaluation(expression.of)
        return lambda facts: _denied(denied(facts))
    left, right, sign = evaluation(expression.left), evaluation(expression.right), expression.sign
    if isinstance(expression, Comparison):
        return lambda facts: compare(sign, left(facts), right(facts))
    if isinstance(expression, Logic):
        decisive = sign == "or"
        return lambda facts: _of_both(left(facts), right(facts), decisive)
    return lambda facts: calculate(sign, left(facts), right(facts))


def _named(path: tuple[str, ...]) -> Evaluation:
    name, *further = path
    if not further:
        return lambda facts: facts.get(name)

    def inside(facts: Facts) -> Value:
        value = facts.get(name)
        for part in further:
            if not isinstance(value, Mapping):
                return None
            value = value.get(part)
        return value

    return inside


def _denied(value: Value) -> Value:
    return not value if isinstance(value, bool) else None


def _of_both(left: Value, right: Value, decisive: bool) -> Value:
    """True decides an `or` and false an `and`, whatever the other side is; else both must be known (DMN 1.5, 10.3.2.12)."""
    if left is decisive or right is decisive:
        return decisive
    return not decisive if isinstance(left, bool) and isinstance(right, bool) else None


def _negative(value: Value) -> Value:
    if isinstance(value, Decimal):
        return NUMBERS.minus(value)
    if isinstance(value, timedelta):
        return -value
    return Months(-value.months) if isinstance(value, Months) else None


def matching(tests: UnaryTests) -> Matching:
    """The function that says whether a value passes the tests; what cannot be compared does not."""
    if not tests.tests:
        return lambda _value, _facts: True
    if tests.negated:
        single = [_verdict(one) for one in tests.tests]
        return lambda value, facts: all(one(value, facts) is False for one in single)
    if len(tests.tests) == 1:
        only = _verdict(tests.tests[0])
        return lambda value, facts: only(value, facts) is True
    if all(isinstance(one, Compared) and one.sign == "=" and isinstance(one.to, Literal) for one in tests.tests):
        return _one_of(
            [one.to.value for one in tests.tests if isinstance(one, Compared) and isinstance(one.to, Literal)]
        )
    several = [_verdict(one) for one in tests.tests]
    return lambda value, facts: any(one(value, facts) is True for one in several)


def _one_of(values: list[Value]) -> Matching:
    if all(isinstance(one, str) for one in values):
        texts = frozenset(values)
        return lambda value, _facts: isinstance(value, str) and value in texts
    return lambda value, _facts: any(equal(value, one) for one in values)


def _verdict(test: UnaryTest) -> Callable[[Value, Facts], bool | None]:
    if isinstance(test, Compared):
        to, sign = evaluation(test.to), test.sign
        return lambda value, facts: _in_list(sign, value, to(facts))
    low, high = evaluation(test.low), evaluation(test.high)
    above, below = ">=" if test.with_low else ">", "<=" if test.with_high else "<"

    def within(value: Value, facts: Facts) -> bool | None:
        from_low, to_high = compare(above, value, low(facts)), compare(below, value, high(facts))
        if from_low is False or to_high is False:
            return False
        return None if from_low is None or to_high is None else True

    return within


def _in_list(sign: str, value: Value, other: Value) -> bool | None:
    """A value equals a list of values if it is one of them (DMN 1.5, 10.3.1.3, table 55)."""
    if sign == "=" and isinstance(other, list) and not isinstance(value, list):
        return any(equal(value, one) for one in other)
    if sign == "=" and isinstance(value, list) and not isinstance(other, list):
        return any(equal(one, other) for one in value)
    return compare(sign, value, other)


def names_in(tree: Expression | UnaryTests | UnaryTest) -> Iterator[tuple[str, ...]]:
    """The names a tree asks for, each with its path."""
    return (name.path for name in nodes_of_names(tree))


def nodes_of_names(tree: Expression | UnaryTests | UnaryTest) -> Iterator[Name]:
    """The names in a tree, each with its place."""
    if isinstance(tree, Name):
        yield tree
        return
    inside: Iterable[Expression | UnaryTest] = ()
    if isinstance(tree, UnaryTests):
        inside = tree.tests
    elif isinstance(tree, Compared):
        inside = (tree.to,)
    elif isinstance(tree, Between):
        inside = (tree.low, tree.high)
    elif isinstance(tree, Minus | Denial):
        inside = (tree.of,)
    elif isinstance(tree, Calculation | Comparison | Logic):
        inside = (tree.left, tree.right)
    for part in inside:
        yield from nodes_of_names(part)
