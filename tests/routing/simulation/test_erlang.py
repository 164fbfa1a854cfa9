"""The formulas against birth-death chains solved exactly, in fractions, and against each other where they must agree."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onhand.routing.simulation.erlang import UnstableError, erlang_a, erlang_b, erlang_c


def chain(births: list[Fraction], deaths: list[Fraction]) -> list[Fraction]:
    """The stationary shares of a birth-death chain: `births[k]` leads from k to k + 1, `deaths[k]` back."""
    weights = [Fraction(1)]
    for up, down in zip(births, deaths, strict=True):
        weights.append(weights[-1] * up / down)
    total = sum(weights)
    return [weight / total for weight in weights]


@pytest.mark.parametrize(("servers", "load"), [(1, Fraction(1, 2)), (3, Fraction(5, 2)), (7, Fraction(9))])
def test_erlang_b_is_the_last_state_of_a_chain(servers: int, load: Fraction) -> None:
    shares = chain([load] * servers, [Fraction(k) for k in range(1, servers + 1)])
    assert erlang_b(servers, float(load)) == pytest.approx(float(shares[-1]), rel=1e-13)


@pytest.mark.parametrize(("servers", "load"), [(1, Fraction(1, 2)), (2, Fraction(3, 2)), (6, Fraction(5))])
def test_erlang_c_is_the_chain_with_a_geometric_tail(servers: int, load: Fraction) -> None:
    ratio = load / servers
    below = [load**k / Fraction(math.factorial(k)) for k in range(servers)]
    at_servers = load**servers / Fraction(math.factorial(servers))
    everything = sum(below) + at_servers / (1 - ratio)
    waits = at_servers / (1 - ratio) / everything
    waiting = at_servers * ratio / (1 - ratio) ** 2 / everything
    arrivals = load / 200  # a handling of 200 s
    found = erlang_c(servers, float(arrivals), 200.0)
    assert found.waits == pytest.approx(float(waits), rel=1e-13)
    assert found.mean_queue == pytest.approx(float(waiting), rel=1e-12)
    assert found.mean_wait == pytest.approx(float(waiting / arrivals), rel=1e-12)
    assert found.occupancy == pytest.approx(float(ratio))


def test_the_service_level_of_erlang_c_counts_those_ahead() -> None:
    servers, load, handling, seconds = 4, 3.2, 180.0, 45.0
    found = erlang_c(servers, load / handling, handling)
    ratio, rate = load / servers, servers / handling
    longer = 0.0
    for ahead in range(2000):  # whoever finds k waiting is served after k + 1 departures
        poisson, term = 0.0, math.exp(-rate * seconds)
        for done in range(ahead + 1):
            poisson += term
            term *= rate * seconds / (done + 1)
        longer += found.waits * (1 - ratio) * ratio**ahead * poisson
    assert found.answered_within(seconds) == pytest.approx(1 - longer, rel=1e-10)


CASES = [
    (1, Fraction(1, 2), Fraction(2)),
    (3, Fraction(3), Fraction(1, 2)),
    (5, Fraction(9), Fraction(1, 4)),
    (8, Fraction(6), Fraction(3)),
]


@pytest.mark.parametrize(("servers", "load", "patience"), CASES)
def test_erlang_a_is_a_chain_whose_queue_gives_up(servers: int, load: Fraction, patience: Fraction) -> None:
    """In units of a handling: served at rate 1, giving up at 1 / patience."""
    last = 150
    deaths = [min(k, servers) + max(0, k - servers) / patience for k in range(1, last + 1)]
    shares = chain([load] * last, [Fraction(rate) for rate in deaths])
    assert shares[-1] < Fraction(1, 10**30)
    waiting = sum(share * max(0, k - servers) for k, share in enumerate(shares))
    found = erlang_a(servers, float(load), 1.0, float(patience))
    assert found.waits == pytest.approx(float(sum(shares[servers:])), rel=1e-12)
    assert found.mean_queue == pytest.approx(float(waiting), rel=1e-12)
    assert found.mean_wait == pytest.approx(float(waiting / load), rel=1e-12)
    assert found.abandoned == pytest.approx(float(waiting / patience / load), rel=1e-12)


@pytest.mark.parametrize(("servers", "load", "patience"), CASES)
@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.7, 3.0])
def test_the_service_level_of_erlang_a_follows_one_customer(
    servers: int, load: Fraction, patience: Fraction, seconds: float
) -> None:
    """A chain of the places before somebody who waits, by its matrix's exponential: independent of the integral."""
    most = 70
    deaths = [Fraction(min(k, servers) + max(0, k - servers) / patience) for k in range(1, most + servers + 1)]
    shares = [float(share) for share in chain([load] * len(deaths), deaths)]
    leaving = np.zeros((most + 2, most + 2))  # state k: k ahead; most: served; most + 1: gave up
    for ahead in range(most):
        onward = servers + ahead / float(patience)
        leaving[ahead, ahead - 1 if ahead else most] += onward
        leaving[ahead, most + 1] += 1 / float(patience)
        leaving[ahead, ahead] -= onward + 1 / float(patience)
    begun = np.zeros(most + 2)
    begun[:most] = shares[servers : servers + most]
    at_once = sum(shares[:servers])
    ended = begun @ exponential(leaving * seconds)
    found = erlang_a(servers, float(load), 1.0, float(patience))
    assert found.answered_within(seconds) == pytest.approx(at_once + ended[most], abs=1e-11)
    assert found.waiting_longer(seconds) == pytest.approx(ended[:most].sum(), abs=1e-11)


def exponential(
    rates: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    """exp(rates), by uniformisation: a mix of powers of a matrix of probabilities, nothing of it negative."""
    fastest = float(-rates.diagonal().min()) or 1.0
    step = np.eye(len(rates)) + rates / fastest
    power, total, weight, log_weight = np.eye(len(rates)), np.zeros_like(rates), 0.0, -fastest
    count = 0
    while weight < 1 - 1e-14 and count < 10 * fastest + 200:
        total += math.exp(log_weight) * power
        weight += math.exp(log_weight)
        count += 1
        log_weight += math.log(fastest / count)
        power = power @ step
    return total


@pytest.mark.parametrize(("servers", "load"), [(20, 18.0), (200, 190.0), (2000, 1980.0)])
def test_without_impatience_erlang_a_becomes_erlang_c(servers: int, load: float) -> None:
    patient = erlang_a(servers, load / 240, 240.0, 240.0 * 1e7)
    endless = erlang_c(servers, load / 240, 240.0)
    assert patient.waits == pytest.approx(endless.waits, rel=1e-4)
    assert patient.mean_wait == pytest.approx(endless.mean_wait, rel=1e-3)
    assert patient.answered_within(20) == pytest.approx(endless.answered_within(20), abs=1e-4)


def test_patience_as_long_as_handling_makes_the_number_there_poisson() -> None:
    """With equal rates everybody leaves at the same rate, waiting or not: as with endless servers."""
    servers, load = 2000, 2010.0
    found = erlang_a(servers, load / 300, 300.0, 300.0)
    term, waits, queue = -load, 0.0, 0.0  # the logarithm of the Poisson share of nobody
    for there in range(1, 4000):
        term += math.log(load / there)
        waits += math.exp(term) if there >= servers else 0.0
        queue += math.exp(term) * max(0, there - servers)
    assert found.waits == pytest.approx(waits, rel=1e-9)
    assert found.mean_queue == pytest.approx(queue, rel=1e-9)


@settings(max_examples=50, deadline=None)
@given(
    servers=st.integers(1, 2000),
    occupancy=st.floats(0.01, 4.0),
    patience=st.floats(0.01, 20.0),
    seconds=st.floats(0.0, 3000.0),
)
def test_every_size_and_load_gives_sensible_figures(
    servers: int, occupancy: float, patience: float, seconds: float
) -> None:
    handling = 200.0
    found = erlang_a(servers, servers * occupancy / handling, handling, patience * handling)
    assert 0 <= found.abandoned <= 1
    assert 0 <= found.waits <= 1
    assert 0 <= found.occupancy <= 1 + 1e-9
    assert found.abandoned >= max(0.0, 1 - 1 / occupancy) - 1e-9, "more than can be served gives up"
    within = found.answered_within(seconds)
    assert within <= 1 - found.abandoned + 1e-7
    assert within >= 1 - found.waits - 1e-9
    assert found.answered_within(1e9) == pytest.approx(1 - found.abandoned, abs=1e-7)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UnstableError):
        erlang_c(5, 5 / 60, 60.0)
    with pytest.raises(ValueError, match="servers"):
        erlang_a(0, 1.0, 1.0, 1.0)
    assert erlang_b(0, 3.0) == 1.0
    assert erlang_b(2000, 1.0) == 0.0
