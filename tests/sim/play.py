"""One seed, played: dice decide what happens, the real bridge answers, and the truth is the judge."""

import random
from collections.abc import Callable
from random import Random
from typing import Any

import redis as redis_package
from kombu.exceptions import OperationalError

from bridge import tasks
from bridge.errors import LeaseLostError, StateError
from bridge.state.connect import sentence_of
from tests.harness.inline import FetchAhead, Inline

from .acts import EXCEPTIONS, PEOPLE, receive
from .beginning import fill
from .besides import Besides
from .checks import Judge
from .ending import Ending
from .engine import KilledError, Lines, Process, alone, owner_of
from .findings import Findings
from .grants import Grants
from .harness import harness_of
from .hooks import Hooks
from .machines import Machines
from .people import CYCLES, People
from .shelf import SHELF
from .suspended import Stalls
from .tills import Tills
from .weather import Weather
from .world import World

KINDS = ("stock-take", "edit", "skew", "late", "stall", "redis", "undo")
"""What the promises make an exception for. A seed without any of them is held to every one of them."""

AHEAD = 0.5
"""Of all seeds, in which a cycle fetches stores that it reads whole before it pulls, and judges them after it."""

LOOKS = 0.25
"""Of all messages, after which the light is held to what it says."""

FOR_ONE = ("push", "remap", "resync", "resume", "decide")
"""Messages that are about one store."""

Message = tuple[str, tuple[Any, ...]]


class FailedPlayError(AssertionError):
    """A seed found something. Says how it came to it."""


class Play:
    """odd: what no promise makes an exception for happens as well, see Oddities, Names and Catalogue."""

    def __init__(self, seed: int, lines: Lines, *, odd: bool = True) -> None:
        self.seed, self.lines, self.raw = seed, lines, lines.raw
        self.dice, self.trace, self.queue = Random(seed), list[str](), list[Message]()
        random.seed(seed)
        self.executor: type[Inline] = FetchAhead if Random(f"ahead {seed}").random() < AHEAD else Inline
        self.raw.flushdb()
        self.kinds = self._kinds()
        db = redis_package.Redis(connection_pool=lines.pool)
        self.harness, listings = harness_of(seed, self.kinds, self.dice, db, odd=odd)
        self.board, self.stores = self.harness.board, tuple(self.harness.stores)
        sent = [f"{name} {store.call}" for name, store in self.harness.stores.items()]
        self.strikes = ["after FLIGHT", *(f"{when} {write}" for when in ("before", "after") for write in sent)]
        shelf = SHELF if self.harness.context.settings.inbound else ""
        self.world = World(self.harness, self.dice, listings, tuple(self.harness.warehouses), shelf=shelf)
        notes = Random(f"{seed} lost notes") if odd else None
        self.weather = Weather(self.harness, self.dice, self.raw, late="late" in self.kinds, notes=notes)
        self.judge = Judge(self.world, self.board, strict=not self.kinds, whole="redis" not in self.kinds)
        self.operators = People(self.judge, self.dice)
        self.besides = Besides(self, odd=odd)
        self.people = {**PEOPLE, **{act: 2 for name, act in EXCEPTIONS.items() if name in self.kinds}}
        self.tills = Tills(self)
        self.people |= {self.tills.act: 10} if shelf else {}
        self.grants = Grants(self.harness, seed, odd=odd)
        self.odd = [*self.besides.acts, *self.grants.acts]
        self.machines, self.hooks = Machines(self.harness, seed, odd=odd), Hooks(self, odd=odd)
        self.look = Random(f"{seed} light") if odd else None
        self.findings = Findings(self.world, self.board, self.kinds, seed)
        self.touched = 0.0
        self.numbers, self.stalls = 0, Stalls(self)
        self.harness.said = self.heard
        self.process = self.start()

    def _kinds(self) -> set[str]:
        if self.dice.random() < 0.4:
            return set()
        return {kind for kind in KINDS if self.dice.random() < 0.4}

    def start(self) -> Process:
        self.numbers += 1
        made = self.harness.process(self.numbers, self.lines.pool, self.lines.line)
        self.machines.begins(made)
        return made

    # -- telling ---------------------------------------------------------------------------------------

    def tell(self, what: str | None) -> None:
        if what is not None:
            self.trace.append(f"{self.harness.clock.now:%d %H:%M:%S.%f} {what}")

    def heard(self, event: str, facts: Any) -> None:
        if event == "run":
            self.tell(f"  {facts['store']}: {self.judge.ran(facts)}")
        elif event == "pulled":
            self.world.pulled(self.board.pulled)
            self.tills.followed(self.board.pulled)
            self.tell(f"  pulled, {facts['changed']} changed")
        elif event in ("pull failed", "circuit breaker opened", "shipment expired"):
            self.tell(f"  {event}: {dict(facts)}")
            self.judge.heard(event, facts)

    # -- the play --------------------------------------------------------------------------------------

    def run(self) -> list[str]:
        self.tell(f"seed {self.seed}: {sorted(self.kinds) or 'strict'}")
        with alone(self.board, self.process):
            fill(self.world)
            self.tills.fill()
            self.machines.fill()
            self.harness.stand(self.judge.watch)
            self.hooks.watch()
            for _ in range(self.dice.randint(25, 60)):
                self.step()
            Ending(self).quiet()
        return self.trace

    def step(self) -> None:
        self.board.running = self.process
        acts: dict[Callable[[], None], int] = {
            self.act: 30, self.pause: 12, self.beat: 22, self.work: 26, self.fault: 8, self.lose_message: 2,
            self.by_hand: 4,
        }  # fmt: skip
        if "stall" in self.kinds:
            acts |= {self.stalls.stall: 5, self.stalls.wake: 4}
        if "redis" in self.kinds:
            acts |= {self.redis: 4}
        if "skew" in self.kinds:
            acts |= {lambda: self.tell(self.weather.skew()): 3}
        if "undo" in self.kinds:
            acts |= {self.undo: 4}
        if self.odd:
            acts |= {lambda: self.tell(self.dice.choice(self.odd)()): 5}
        if self.machines.acts:
            acts |= {lambda: self.tell(self.machines.act()): 5}
        chosen = self.dice.choices(list(acts), list(acts.values()))[0]
        chosen()
        if chosen not in (self.pause, self.beat, self.work):
            self.touched = self.world.now

    def act(self) -> None:
        self.touched = self.world.now
        self.tell(self.dice.choices(list(self.people), list(self.people.values()))[0](self.world))
        self.hooks.happened()

    def pause(self) -> None:
        self.advance(self.dice.choice((0.2, 1, 5, 20, 35, 65, 200, 1000, 5000)))

    def advance(self, seconds: float) -> None:
        self.harness.clock.advance(seconds)
        if self.world.tell_overdue() | self.tills.passes():
            self.touched = self.world.now
        self.tell(f"+{seconds:g} s")
        self.hooks.pass_time()

    def fault(self) -> None:
        acts = [self.weather.strike] * 5 + [self.weather.break_down] * 2 + self.weather.strains
        acts += [self.weather.land] * ("late" in self.kinds)
        self.tell(self.dice.choice(acts)())

    # -- workers ---------------------------------------------------------------------------------------

    def beat(self) -> None:
        """Half a minute later beat looks what is due, and sends it."""
        self.advance(self.dice.choice((5, 12, 31)))
        self.do(("tick", ()))

    def work(self) -> None:
        if not self.queue:
            return self.beat()
        message = self.queue.pop(self.dice.choice((0, 0, -1)))
        if self.dice.random() < 0.05:
            self.queue.append(message)  # delivered twice
        strikes = (None, self.process.die, self.meanwhile, self.beside)
        self.process.strike = self.dice.choices(strikes, (6, 2, 2, 2))[0]
        self.process.at = self.process.effects + self.dice.randint(1, 50)
        self.process.strike_at = self.dice.choice((None, None, *self.strikes))
        if self.machines.lends():
            self.process.strike, self.process.strike_at = self.lent, None
        self.do(message)
        self.process.strike = None
        return None

    def meanwhile(self, what: str) -> None:
        """Life goes on in the middle of a session."""
        self.tell(f"  {what}:")
        self.act()
        self.judge.look()
        self.findings.maybe_ask()

    def beside(self, what: str) -> None:
        """So do other workers, who hear what this one does not."""
        self.meanwhile(what)
        self.tell(receive(self.world))
        other = self.start()
        with alone(self.board, other):
            for message in self.dice.choice((("pull",), ("pull", "push"), ("sync",))):
                self.do((message, self.given(message)))

    def lent(self, what: str) -> None:
        """While a session waits for an answer, its process takes other messages; see `bridge.overlap`."""
        waits = self.board.running
        if what.split()[1] not in ("source", *self.stores):
            waits.strike, waits.at = self.lent, waits.effects + 1
            return
        self.tell(f"  {what}, and its process is lent:")
        with alone(self.board, self.harness.second_session(waits, self.lines.pool, self.lines.line)):
            for message in self.machines.others():
                self.do((message, self.given(message)))

    def given(self, message: str) -> tuple[Any, ...]:
        if message == "sync":
            return (self.dice.choice(sorted(CYCLES)),)
        return (self.dice.choice(self.stores),) if message in FOR_ONE else ()

    def do(self, message: Message) -> None:
        name, given = message
        self.tell(f"{name} {' '.join(map(str, given))}")
        self.board.expire(self.raw)
        if name == "tick":
            self.hooks.looks()
        try:
            self.run_task(name, given)
        except LeaseLostError as fault:
            self.tell(f"  {fault}")
        except (StateError, OperationalError) as fault:
            self.broken_off(message, fault)
        except KilledError:
            self.tell(f"  killed at effect {self.process.effects}")
            self.die()
        else:
            if name == "tick":
                self.hooks.ticked()
            if self.look and self.look.random() < LOOKS:
                self.operators.light.is_green_rightly(self.touched)
        self.findings.maybe_ask()

    def run_task(self, name: str, given: tuple[Any, ...]) -> None:
        if work := getattr(self.operators, name, None):
            work(*given)
            return
        tasks.give_back_what_redis_kept()
        getattr(tasks, name)(*given)

    def broken_off(self, message: Message, fault: Exception) -> None:
        """A command ends with its trouble; a worker goes on, and gets some messages again."""
        self.tell(f"  {sentence_of(fault)}")
        if hasattr(self.operators, message[0]):
            if self.board.running is self.process:
                self.die()
        elif self.machines.is_told_again():
            self.queue.append(message)

    def die(self) -> None:
        """On the same machine others see at once that it is gone; elsewhere what it holds runs out."""
        if self.dice.random() < 0.7:
            self.board.forget(self.raw, owner_of(self.process))
        self.process = self.board.running = self.start()
        self.tell(self.world.call_off(self.judge.landed(self.harness.context)))

    def lose_message(self) -> None:
        if self.queue:
            lost = self.queue.pop(self.dice.randrange(len(self.queue)))
            self.tell(f"the message {lost} is lost")

    def by_hand(self) -> None:
        what = self.dice.choice(("remap", "resync", "sync", "sync"))
        self.queue.append((what, self.given(what)))

    def undo(self) -> None:
        what = self.dice.choice(("undo", "resume"))
        self.queue.append((what, self.given(what)))

    # -- Redis ----------------------------------------------------------------------------------------

    def redis(self) -> None:
        how = self.dice.choice(("remember", "put back", "lose", "last second"))
        if how != "last second":
            acts = {"remember": self.weather.remember, "put back": self.weather.put_back, "lose": self.weather.lose}
            return self.tell(acts[how]())
        self.weather.remember()
        self.work()
        self.tell(self.weather.put_back())
        return None
