"""
What queueing theory says of one pooled queue: Poisson arrivals, exponential handling and patience, first come first served. A
simulation must agree with it, and where these assumptions hold it needs no simulation. Pure.

`arrivals` is a rate (a second), `handling` and `patience` are means in seconds. *Load* (erlang) is ``arrivals * handling``.
"""

import math
from dataclasses import dataclass


class UnstableError(ValueError):
    """More work comes than is ever done, and nobody gives up: there is no mean wait."""


def erlang_b(servers: int, load: float) -> float:
    """
    The share of arrivals that find all servers busy when nobody waits (M/M/n/n).

    A. K. Erlang, "Løsning af nogle Problemer fra Sandsynlighedsregningen af Betydning for de automatiske Telefoncentraler",
    Elektroteknikeren 13 (1917). By the recursion over servers, in its inverse: it only adds and multiplies positive numbers.
    """
    _check(servers=servers, load=load)
    if load == 0:
        return 1.0 if servers == 0 else 0.0
    inverse = 1.0
    for count in range(1, servers + 1):
        inverse = 1.0 + inverse * count / load
        if inverse > 1e300:
            return 0.0
    return 1.0 / inverse


@dataclass(frozen=True, slots=True)
class ErlangC:
    """M/M/n: everybody waits until served. `waits` is the share that waits at all, `mean_wait` that of all arrivals."""

    waits: float
    mean_wait: float
    mean_queue: float
    occupancy: float
    leaving: float  # how fast the wait of those who wait decays, a second

    def answered_within(self, seconds: float) -> float:
        """The share of arrivals served after at most so long: the service level."""
        return 1.0 - self.waits * math.exp(-self.leaving * seconds)


def erlang_c(servers: int, arrivals: float, handling: float) -> ErlangC:
    """
    M/M/n without impatience.

    Erlang (1917), as in L. Kleinrock, *Queueing Systems* I (1975), section 3.5: ``C = n B / (n - a (1 - B))``, and the wait of those
    who wait is exponential with rate ``n / handling - arrivals``.

    :raises UnstableError: the load is not below the number of servers.
    """
    load = arrivals * handling
    _check(servers=servers, load=load)
    if load >= servers:
        raise UnstableError(f"a load of {load:g} erlang and {servers} servers")
    blocked = erlang_b(servers, load)
    waits = servers * blocked / (servers - load * (1.0 - blocked))
    leaving = servers / handling - arrivals if handling else math.inf
    mean = waits / leaving
    return ErlangC(waits, mean, arrivals * mean, load / servers, leaving)


@dataclass(frozen=True, slots=True)
class ErlangA:
    """
    M/M/n+M: whoever waits gives up after an exponential patience. `mean_wait` counts everybody, those who gave up until they did;
    `abandoned` is the share of arrivals that gives up.
    """

    waits: float
    mean_wait: float
    abandoned: float
    mean_queue: float
    occupancy: float
    servers: int
    arrivals: float
    handling: float
    patience: float
    log_weight: float  # of all states, where that of one free server and nobody waiting weighs 1

    def answered_within(self, seconds: float) -> float:
        """
        The share of arrivals served after at most so long; who gave up before counts as not.

        Integrates the density of the offered wait over those still there, as in Mandelbaum & Zeltyn (2007), equations for M/M/n+G:
        with ``e(x) = exp(arrivals * H(x) - n x / handling)`` and ``H`` the integral of those still there, the integrand is
        ``arrivals * e(x) * exp(-x / patience)``, whose primitive is known from ``e`` and the integral ``J`` of ``e``.
        """
        rate = self.servers / self.handling
        weight = self.log_weight
        now, then = self._log_integral(0.0), self._log_integral(seconds)
        gained = math.exp(self._log_e(seconds) - weight) - math.exp(-weight)
        gained += rate * (math.exp(now - weight) - math.exp(then - weight))
        return min(1.0, max(0.0, 1.0 - self.waits + gained))

    def waiting_longer(self, seconds: float) -> float:
        """The share of arrivals that is neither served nor has given up after so long."""
        offered = math.exp(math.log(self.arrivals) + self._log_integral(seconds) - self.log_weight)
        return offered * math.exp(-seconds / self.patience)

    def _log_e(self, at: float) -> float:
        still = self.patience * -math.expm1(-at / self.patience)
        return self.arrivals * still - self.servers * at / self.handling

    def _log_integral(self, at: float) -> float:
        offered = self.arrivals * self.patience * math.exp(-at / self.patience)
        steps = self.servers * self.patience / self.handling
        return self._log_e(at) + math.log(self.patience) + _log_series(steps, offered)[0]


def erlang_a(servers: int, arrivals: float, handling: float, patience: float) -> ErlangA:
    """
    M/M/n+M, the Palm/Erlang-A queue. It is stable whatever the load.

    C. Palm, "Research on telephone traffic carried by full availability groups", Tele 1 (1957); O. Garnett, A. Mandelbaum &
    M. Reiman, "Designing a call center with impatient customers", M&SOM 4 (2002); A. Mandelbaum & S. Zeltyn, "Service engineering in
    action: the Palm/Erlang-A queue, with applications to call centers" (2007). ``abandoned = mean queue / (arrivals * patience)``,
    since everybody who waits gives up at the same rate; the mean wait is by Little's law.
    """
    load = arrivals * handling
    _check(servers=servers, load=load)
    if servers < 1 or load <= 0 or not 0 < patience < math.inf:
        raise ValueError("there must be servers, arrivals and a patience")
    steps, offered = servers * patience / handling, arrivals * patience
    log_series, mean_above = _log_series(steps, offered)
    # As Mandelbaum & Zeltyn have it: P(V > 0) = arrivals J / (epsilon + arrivals J) with epsilon = 1 / B(n - 1).
    log_all_busy = math.log(offered) + log_series
    weight = _log_sum(-_log_erlang_b(servers - 1, load), log_all_busy)
    waits = math.exp(log_all_busy - weight)
    mean_queue = waits * mean_above
    abandoned = mean_queue / offered
    return ErlangA(
        waits=waits,
        mean_wait=mean_queue / arrivals,
        abandoned=abandoned,
        mean_queue=mean_queue,
        occupancy=load * (1.0 - abandoned) / servers,
        servers=servers,
        arrivals=arrivals,
        handling=handling,
        patience=patience,
        log_weight=weight,
    )


def _log_series(steps: float, offered: float) -> tuple[float, float]:
    """
    The logarithm of ``sum over k of offered^k / (steps (steps + 1) … (steps + k))``, and the mean of k under these weights.

    The terms are the weights of "k wait"; all are positive, so nothing cancels. They are scaled down as they grow.
    """
    term, total, moment, scale, count = 1.0 / steps, 1.0 / steps, 0.0, 0.0, 0
    while True:
        count += 1
        ratio = offered / (steps + count)
        term *= ratio
        total += term
        moment += count * term
        if ratio < 1.0 and count * term < 1e-17 * (1.0 - ratio) * max(moment, 1e-300):
            return math.log(total) + scale, moment / total
        if total > 1e200:
            term, total, moment, scale = term * 1e-200, total * 1e-200, moment * 1e-200, scale + 200 * math.log(10.0)


def _log_erlang_b(servers: int, load: float) -> float:
    """The logarithm of `erlang_b`, also where that is too small for a number."""
    inverse, scale = 1.0, 0.0
    tiny = 1.0  # the one that is added in each step, in the scale of `inverse`
    for count in range(1, servers + 1):
        inverse = tiny + inverse * count / load
        if inverse > 1e200:
            inverse, tiny, scale = inverse * 1e-200, tiny * 1e-200, scale + 200 * math.log(10.0)
    return -(math.log(inverse) + scale)


def _log_sum(one: float, other: float) -> float:
    larger, smaller = max(one, other), min(one, other)
    return larger + math.log1p(math.exp(smaller - larger))


def _check(*, servers: int, load: float) -> None:
    if servers < 0 or not 0 <= load < math.inf:
        raise ValueError(f"{servers} servers, a load of {load}")
