"""
The router's matcher on a virtual clock. Whatever decides here is the code that decides in the real router; only what people and
customers do is drawn by chance. The same scenario and seed give the same outcome.
"""

import heapq
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from onhand.routing.enums import Leaving, WrapUp
from onhand.routing.matching.foretelling import PERIOD_SECONDS, Expected, Pace, estimate
from onhand.routing.matching.helping import helps
from onhand.routing.matching.matcher import Matcher
from onhand.routing.matching.plans import Plan, order_at
from onhand.routing.matching.world import QUEUE, Item, Match, QueueRules
from onhand.routing.simulation.figures import Outcome, Tally, WorkerFigures, figures_of, gini, intervals_of
from onhand.routing.simulation.scenario import Arrivals, Scenario, SimulatedQueue
from onhand.routing.simulation.standing import Desk, Standing, Work

AT_A_TIME = 200
LOOKS_AT_OVERFLOW = 5.0  # seconds between two looks at whether queues need help

Handler = Callable[[int, int], None]


class Simulation:
    """One run of a scenario. Its moments are seconds from the beginning."""

    def __init__(self, scenario: Scenario, *, foretells: bool = False) -> None:
        self.scenario, self._foretells = scenario, foretells
        self.matcher = Matcher(scenario.kinds, explains=False)
        self.now = 0.0
        self.events = self.decisions = 0
        self.queues = {queue.id: queue for queue in scenario.queues}
        self.rules = {queue.id: QueueRules(queue.id, queue.plan, not queue.hours) for queue in scenario.queues}
        self.tallies = {queue.id: Tally(queue.plan.answer_seconds) for queue in scenario.queues}
        self.recent: dict[int, deque[float]] = {
            queue.id: deque() for queue in scenario.queues
        }  # takings and givings up
        self.foretold: list[tuple[Expected, float]] = []  # what was told, and the wait there was, where it `foretells`
        self.desks = {worker.person.id: Desk(worker, scenario.seed) for worker in scenario.people}
        self.works: dict[int, Work] = {}
        self._agenda: list[tuple[float, int, Handler, int, int]] = []
        self._planned = 0
        self._counted_until = scenario.seconds - scenario.cool_down
        self._draw_arrivals()

    def run(self) -> Outcome:
        """Let the time go by."""
        begun = time.perf_counter()
        self._begin_day()
        arrivals, streams, numbers, position = self._moments, self._streams, self._numbers, 0
        agenda, matcher, end = self._agenda, self.matcher, self.scenario.seconds
        following = arrivals[0] if arrivals else math.inf
        while True:
            now = following if not agenda or following < agenda[0][0] else agenda[0][0]
            moment = matcher.next_moment()
            if moment is not None and moment < now:
                now = moment
            if now >= end:
                break
            self.now = now = max(now, self.now)
            while following <= now:
                self._arrive(position + 1, streams[position], numbers[position])
                position += 1
                following = arrivals[position] if position < len(arrivals) else math.inf
            while agenda and agenda[0][0] <= now:
                _, _, handler, about, turn = heapq.heappop(agenda)
                self.events += 1
                handler(about, turn)
            self._decide()
        self.now = end
        return self._outcome(time.perf_counter() - begun)

    # What happens

    def _draw_arrivals(self) -> None:
        """All moments in order, with the stream of each and its number in it."""
        moments, self._drawn = [], []
        for number, stream in enumerate(self.scenario.arrivals):
            generator = np.random.default_rng([self.scenario.seed, number])
            when = stream.moments(self.scenario.seconds, generator)
            many = len(when)
            handling = stream.handling.draw(many, generator).tolist()
            patience = None if stream.patience is None else stream.patience.draw(many, generator).tolist()
            self._drawn.append((handling, patience, stream.wrap_up.draw(many, generator).tolist()))
            moments.append(when)
        every = np.concatenate(moments)
        order = np.argsort(every, kind="stable")
        self._moments: list[float] = every[order].tolist()
        self._streams: list[int] = np.repeat(np.arange(len(moments)), [len(one) for one in moments])[order].tolist()
        self._numbers: list[int] = np.concatenate([np.arange(len(one)) for one in moments])[order].tolist()

    def _begin_day(self) -> None:
        for number, rules in self.rules.items():
            self.matcher.set_queue(rules)
            for begin, end in self.queues[number].hours:
                self._plan(begin, self._open, number, 1)
                self._plan(end, self._open, number, 0)
        for number, desk in self.desks.items():
            person = desk.worker.person
            self.matcher.set_person(replace(person, is_available=False, load=0, holds={}, idle_since=0.0))
            for begin, end in desk.worker.shifts or ((0.0, math.inf),):
                self._plan(begin, self._come, number)
                if end < self.scenario.seconds:
                    self._plan(end, self._go, number)
        if any(queue.plan.overflow for queue in self.scenario.queues):
            self._plan(0.0, self._look_for_help, 0)

    def _plan(self, at: float, handler: Handler, about: int, turn: int = 0) -> None:
        self._planned += 1
        heapq.heappush(self._agenda, (at, self._planned, handler, about, turn))

    def _arrive(self, number: int, stream: int, place: int) -> None:
        self.events += 1
        said, now = self.scenario.arrivals[stream], self.now
        handling, patience, wrap_up = self._drawn[stream]
        item = self._item(number, said, handling[place])
        self.works[number] = Work(item, stream, handling[place], wrap_up[place])
        if self._foretells:
            self.works[number].told = self.expected_wait(said.queue)
        if patience is not None:
            self._plan(now + patience[place], self._give_up, number)
        self.matcher.set_item(item)

    def _item(self, number: int, said: Arrivals, handling: float) -> Item:
        now = self.now
        due = None if said.due_in is None else now + said.due_in
        minutes = said.handling.mean / 60 or handling / 60
        return Item(
            id=number,
            kind=said.kind,
            queue=said.queue,
            order_at=order_at(now, said.priority, due, minutes, self.queues[said.queue].plan.targets),
            since=now,
            wanted=said.wanted,
            preferred=said.preferred,
            difficulty=said.difficulty,
            step_since=now,
        )

    def _give_up(self, number: int, _turn: int) -> None:
        work = self.works.get(number)
        if work is None or work.is_taken:
            return
        if work.standing is Standing.OFFERED:
            self._let_go(number, work, is_done=False)
        else:
            self.matcher.remove_item(number)
            if work.standing is Standing.PARKED:
                self.desks[work.holder].parked.discard(number)
        del self.works[number]
        self.recent[work.item.queue].append(self.now)
        self._note(self.tallies[work.item.queue].abandoned, work)

    def _open(self, queue: int, is_open: int) -> None:
        self._rule(replace(self.rules[queue], is_open=bool(is_open)))

    def _rule(self, rules: QueueRules) -> None:
        self.rules[rules.id] = rules
        self.matcher.set_queue(rules)

    # Decisions

    def _decide(self) -> None:
        matcher, now = self.matcher, self.now
        for stepped in matcher.due(now):
            self.events += 1
            work = self.works[stepped.item]
            work.item = replace(work.item, step=stepped.step, step_since=stepped.at)
        while True:
            found = matcher.match(now, AT_A_TIME)
            for match in found:
                self._give(match)
            if len(found) < AT_A_TIME:
                return

    def _give(self, match: Match) -> None:
        self.events += 1
        self.decisions += 1
        desk, work = self.desks[match.person], self.works[match.item]
        self._count(match.person)
        for parked in match.parks:
            self._park(parked, match.person)
        work.holder, work.units = match.person, match.units
        work.turn += 1
        kind, plan = work.item.kind, self.queues[work.item.queue].plan
        if match.is_resumed or plan.accepts_itself or kind in self.scenario.accepts_itself:
            desk.parked.discard(match.item)
            self._begin(match.item, work)
            return
        work.standing = Standing.OFFERED
        self._answer(match.item, work, desk, plan)

    def _answer(self, number: int, work: Work, desk: Desk, plan: Plan) -> None:
        """What somebody will do with an offer."""
        if desk.chance is None:
            self._begin(number, work)
            return
        worker, luck = desk.worker, desk.chance.random()
        after = float(worker.answers.draw(1, desk.chance)[0])
        if luck < worker.misses or after > plan.offer_seconds:
            self._plan(self.now + plan.offer_seconds, self._run_out, number, work.turn)
        elif luck < worker.misses + worker.passes:
            self._plan(self.now + after, self._pass, number, work.turn)
        else:
            self._plan(self.now + after, self._accept, number, work.turn)

    def _accept(self, number: int, turn: int) -> None:
        work = self.works.get(number)
        if work is not None and work.turn == turn:
            self._begin(number, work)

    def _pass(self, number: int, turn: int) -> None:
        work = self.works.get(number)
        if work is not None and work.turn == turn:
            self.desks[work.holder].passed += 1
            self._wait_again(number, work, not_to=0.0)

    def _run_out(self, number: int, turn: int) -> None:
        work = self.works.get(number)
        if work is None or work.turn != turn:
            return
        holder = work.holder
        desk = self.desks[holder]
        desk.missed += 1
        desk.is_away = True
        back = self.now + desk.worker.back_after
        self._plan(back, self._come_back, holder)
        self._wait_again(number, work, not_to=back)
        self._set_available(holder)

    def _begin(self, number: int, work: Work) -> None:
        """Somebody begins with it, or goes on."""
        work.standing = Standing.IN_WORK
        work.begun = self.now
        if not work.is_taken:
            work.is_taken = True
            self.desks[work.holder].taken += 1
            self.recent[work.item.queue].append(self.now)
            self._note(self.tallies[work.item.queue].taken, work)
            if work.told is not None and work.item.since >= self.scenario.warm_up:
                self.foretold.append((work.told, self.now - work.item.since))
        self._plan(self.now + work.left, self._finish, number, work.turn)

    def _finish(self, number: int, turn: int) -> None:
        work = self.works.get(number)
        if work is None or work.turn != turn:
            return
        wrap_up = 0.0 if work.wraps else _wrap_up(self.queues[work.item.queue].plan, work.wrap_up)
        if wrap_up:
            work.wraps, work.left, work.begun = True, wrap_up, self.now
            work.turn += 1
            self._plan(self.now + wrap_up, self._finish, number, work.turn)
            return
        del self.works[number]
        self._let_go(number, work, is_done=True)

    def _park(self, number: int, person: int) -> None:
        """It is put aside by somebody, or for them."""
        work = self.works[number]
        if work.standing is Standing.IN_WORK:
            work.left = max(0.0, work.left - (self.now - work.begun))
        work.standing = Standing.PARKED
        work.turn += 1
        work.holder = person
        work.item = replace(work.item, parked_by=person)
        self.desks[person].parked.add(number)
        self.matcher.set_item(work.item)

    def _wait_again(self, number: int, work: Work, not_to: float | None = None) -> None:
        """Back to its queue, with its age."""
        holder = work.holder
        if work.standing is not Standing.PARKED:
            self._let_go(number, work, is_done=False)
        passed = work.item.passed if not_to is None else {**work.item.passed, holder: not_to}
        work.standing, work.holder = Standing.WAITING, 0
        work.turn += 1
        work.item = replace(work.item, parked_by=None, passed=passed)
        self.matcher.set_item(work.item)

    def _let_go(self, number: int, work: Work, *, is_done: bool) -> None:
        """It takes nothing of its holder any more."""
        holder = work.holder
        person = self.matcher.person(holder)
        assert person is not None
        holds = {one: kind for one, kind in person.holds.items() if one != number}
        idle_since = self.now if is_done else person.idle_since
        self.matcher.set_person(replace(person, holds=holds, load=person.load - work.units, idle_since=idle_since))
        self._count(holder)
        if is_done and not holds and not self.desks[holder].is_here:
            self._leave(holder)

    # People

    def _come(self, number: int, _turn: int) -> None:
        desk = self.desks[number]
        desk.is_here, desk.is_away = True, False
        person = self.matcher.person(number)
        assert person is not None
        self.matcher.set_person(replace(person, is_available=True, idle_since=self.now))
        self._count(number)

    def _come_back(self, number: int, _turn: int) -> None:
        self.desks[number].is_away = False
        self._set_available(number)

    def _set_available(self, number: int) -> None:
        person, desk = self.matcher.person(number), self.desks[number]
        assert person is not None
        self.matcher.set_person(replace(person, is_available=desk.is_here and not desk.is_away))
        self._count(number)

    def _go(self, number: int, _turn: int) -> None:
        """The end of a shift: nothing new, what was offered goes back, what is in work is finished."""
        desk = self.desks[number]
        desk.is_here = False
        self._set_available(number)
        person = self.matcher.person(number)
        assert person is not None
        for one in person.holds:
            work = self.works[one]
            if work.standing is Standing.OFFERED:
                self._wait_again(one, work)
        person = self.matcher.person(number)
        if person is not None and not person.holds:
            self._leave(number)

    def _leave(self, number: int) -> None:
        """What somebody put aside goes where their queues' rules say."""
        desk = self.desks[number]
        for one in sorted(desk.parked):
            work = self.works[one]
            plan = self.queues[work.item.queue].plan
            if plan.leaving is Leaving.RETURN:
                desk.parked.discard(one)
                self._wait_again(one, work)
            elif plan.leaving is Leaving.HAND_OVER and plan.hand_over_to in self.desks:
                desk.parked.discard(one)
                self._park(one, plan.hand_over_to)

    def _look_for_help(self, _about: int, _turn: int) -> None:
        """Which queues' people help others now, as the router looks at it again and again."""
        for queue in self.scenario.queues:
            if queue.plan.overflow:
                rules = self.rules[queue.id]
                self._rule(replace(rules, helped_by=self._helped_by(queue)))
        self._plan(self.now + LOOKS_AT_OVERFLOW, self._look_for_help, 0)

    def _helped_by(self, queue: SimulatedQueue) -> frozenset[int]:
        waiting = [
            work.item.since
            for work in self.works.values()
            if work.item.queue == queue.id and work.standing is Standing.WAITING
        ]
        attribute = QUEUE.format(queue.id)

        def expected_wait() -> float | None:
            found = self.expected_wait(queue.id)
            return None if found is None else found.seconds

        return frozenset(
            one.queue
            for one in queue.plan.overflow
            if helps(
                one,
                is_nobody_here=lambda: (
                    not any(
                        desk.is_here and not desk.is_away and attribute in desk.worker.person.attributes
                        for desk in self.desks.values()
                    )
                ),
                longest_wait=lambda: self.now - min(waiting) if waiting else None,
                expected_wait=expected_wait,
            )
        )

    def expected_wait(self, queue: int) -> Expected | None:
        """How long what comes to a queue now is expected to wait, as the router reckons it."""
        recent = self.recent[queue]
        while recent and recent[0] < self.now - PERIOD_SECONDS:
            recent.popleft()
        attribute = QUEUE.format(queue)
        people = (self.matcher.person(number) for number in self.desks)
        free = sum(
            1
            for one in people
            if one is not None and one.is_available and one.load < one.capacity and attribute in one.attributes
        )
        waiting = self.matcher.waiting(queue)
        return estimate(waiting, Pace(len(recent), min(self.now, PERIOD_SECONDS), free, waiting))

    # What is counted

    def _note(self, tally: list[tuple[float, float]], work: Work) -> None:
        since = work.item.since
        if self.scenario.warm_up <= since < self._counted_until:
            tally.append((since, self.now - since))

    def _count(self, number: int) -> None:
        """Count somebody's time until now as it was, and note how it is from now on."""
        desk, person = self.desks[number], self.matcher.person(number)
        assert person is not None
        lasted = min(self.now, self._counted_until) - max(desk.since, self.scenario.warm_up)
        if lasted > 0 and desk.was_present:
            desk.present += lasted
            desk.loaded += lasted * desk.load
            if desk.held:
                desk.busy += lasted
        desk.since = self.now
        desk.held, desk.load = len(person.holds), person.load / person.capacity
        desk.was_present = (desk.is_here and not desk.is_away) or desk.held > 0

    def _outcome(self, seconds: float) -> Outcome:
        scenario, begin, end = self.scenario, self.scenario.warm_up, self._counted_until
        for work in self.works.values():
            if not work.is_taken:
                self.tallies[work.item.queue].left.append(work.item.since)
        for number in self.desks:
            self._count(number)
        people = tuple(_worker_figures(desk) for desk in self.desks.values())
        return Outcome(
            whole=figures_of(list(self.tallies.values()), begin, end),
            queues={one.name: figures_of([self.tallies[one.id]], begin, end) for one in scenario.queues},
            intervals=tuple(
                interval
                for one in scenario.queues
                for interval in intervals_of(one.name, self.tallies[one.id], begin, end, scenario.interval)
            ),
            people=people,
            gini=gini([one.occupancy for one in people if one.present]),
            events=self.events,
            decisions=self.decisions,
            simulated_seconds=scenario.seconds,
            real_seconds=seconds,
        )


def simulate(scenario: Scenario) -> Outcome:
    """What comes of a scenario."""
    return Simulation(scenario).run()


def _worker_figures(desk: Desk) -> WorkerFigures:
    load = desk.loaded / desk.present if desk.present else 0.0
    return WorkerFigures(desk.worker.name, desk.present, desk.busy, load, desk.taken, desk.missed, desk.passed)


def _wrap_up(plan: Plan, drawn: float) -> float:
    """How long it takes after the work itself."""
    match plan.wrap_up:
        case WrapUp.NONE:
            return 0.0
        case WrapUp.FORCED:
            return float(plan.wrap_up_seconds)
        case WrapUp.TIMED:
            return min(drawn, float(plan.wrap_up_seconds))
    return drawn
