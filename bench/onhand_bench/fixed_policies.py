"""
Small cases of routing by skills, and their best fixed policy, found by trying every one: in which order each class of work looks for
somebody free, and in which order whoever becomes free looks at the classes. Each is solved exactly as a Markov chain.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import spsolve

MOST_WAITING = 40  # of each class: what arrives then is lost, so rarely that it does not count
State = tuple[int, ...]  # who is busy, a bit each; then how many of each class wait


@dataclass(frozen=True, slots=True)
class Case:
    """`loads`: erlang of each class. `people`: the classes each of them can take. All work takes one unit of time on average."""

    name: str
    loads: tuple[float, ...]
    people: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """`seeks`: of each class the people in order. `prefers`: of each person the classes in order."""

    seeks: tuple[tuple[int, ...], ...]
    prefers: tuple[tuple[int, ...], ...]


CASES = (
    Case("N: one does a, one does a and b", (0.7, 0.5), ((0,), (0, 1))),
    Case("W: one a, one b, one both", (1.0, 0.9), ((0,), (1,), (0, 1))),
    Case("W, uneven", (1.3, 0.4), ((0,), (1,), (0, 1))),
    Case("M: two do both", (0.8, 0.6), ((0, 1), (0, 1))),
    Case("N of three: two a, one both", (1.2, 0.6), ((0,), (0,), (0, 1))),
)


def policies(case: Case) -> Iterator[Policy]:
    """Every fixed policy of a case."""
    able = [[who for who, does in enumerate(case.people) if one in does] for one in range(len(case.loads))]
    for seeks in itertools.product(*(itertools.permutations(people) for people in able)):
        for prefers in itertools.product(*(itertools.permutations(does) for does in case.people)):
            yield Policy(seeks, prefers)


def best(case: Case) -> tuple[float, float, int]:
    """The least and the greatest mean wait of all fixed policies, in handling times, and how many there are."""
    waits = [mean_wait(case, policy) for policy in policies(case)]
    return min(waits), max(waits), len(waits)


def mean_wait(case: Case, policy: Policy) -> float:
    """Of everything that arrives, by the stationary shares of the chain and Little's law."""
    numbers: dict[State, int] = {}
    rows, columns, rates = [], [], []
    begun: State = (0,) * (1 + len(case.loads))
    numbers[begun] = 0
    todo = [begun]
    while todo:
        state = todo.pop()
        for following, rate in _moves(case, policy, state):
            if following not in numbers:
                numbers[following] = len(numbers)
                todo.append(following)
            rows += [numbers[following], numbers[state]]
            columns += [numbers[state]] * 2
            rates += [rate, -rate]
    shares = _stationary(len(numbers), rows, columns, rates)
    waiting = sum(shares[number] * sum(state[1:]) for state, number in numbers.items())
    return float(waiting / sum(case.loads))


def _moves(case: Case, policy: Policy, state: State) -> Iterator[tuple[State, float]]:
    busy, queues = state[0], state[1:]
    for one, rate in enumerate(case.loads):
        free = next((who for who in policy.seeks[one] if not busy >> who & 1), None)
        if free is not None:
            yield (busy | 1 << free, *queues), rate
        elif queues[one] < MOST_WAITING:
            yield (busy, *_changed(queues, one, 1)), rate
    for who in range(len(case.people)):
        if busy >> who & 1:
            taken = next((one for one in policy.prefers[who] if queues[one]), None)
            yield (busy & ~(1 << who), *queues) if taken is None else (busy, *_changed(queues, taken, -1)), 1.0


def _changed(queues: Sequence[int], one: int, by: int) -> tuple[int, ...]:
    return tuple(count + by if at == one else count for at, count in enumerate(queues))


def _stationary(
    size: int, rows: list[int], columns: list[int], rates: list[float]
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """The shares of time in each state: the balance of all but the first, and their sum is one."""
    matrix = csr_matrix((rates, (rows, columns)), shape=(size, size)).tolil()
    matrix[0, :] = 1.0
    right = np.zeros(size)
    right[0] = 1.0
    solved: np.ndarray[tuple[int], np.dtype[np.float64]] = spsolve(matrix.tocsc(), right)
    return solved
