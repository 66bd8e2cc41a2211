"""Which happenings meet a fault: decided by a seed, whatever the order of threads; pure.

A rule counts what it matches and strikes at chosen numbers. The numbers follow from the seed and
the rule alone, so that two runs with one seed inject the same faults at the same counts; whom a
count falls to is as open as the order of threads. Two bounds let everything end: how often a rule
strikes at all, and how often it strikes one thing.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Kind = Literal[
    "refuse",
    "break-before",
    "break-after",
    "end-caller",
    "drop",
    "double",
    "delay",
    "redeliver",
    "time-out",
]
Form = Literal["call", "event", "message", "invocation"]

FORMS: Final[Mapping[Kind, Form]] = {
    "refuse": "call",
    "break-before": "call",
    "break-after": "call",
    "end-caller": "call",
    "drop": "event",
    "double": "event",
    "delay": "event",
    "redeliver": "message",
    "time-out": "invocation",
}
"""What each kind can happen to."""


@dataclass(frozen=True)
class Happening:
    """A call or a delivery that may meet a fault.

    Attributes:
        form: what kind of happening it is.
        service: in AWS's short form, as `dynamodb`.
        operation: of the API; what happens, where none is called.
        resource: the name of the table, bucket, queue, function, rule or state machine.
        instance: what it is about: a key, a message, an execution.
        caller: the name of the function or task that calls; `states` for a state machine.
    """

    form: Form
    service: str
    operation: str
    resource: str = ""
    instance: str = ""
    caller: str = ""


@dataclass(frozen=True)
class Rule:
    """What is to go wrong, and how often.

    Attributes:
        name: for the log; no two rules of a plan share it.
        kind: what goes wrong.
        service, operation, resource, caller: patterns with `*` of what it may meet.
        share: of the matching happenings that are struck, from 0 to 1.
        after: so many matches are spared first.
        most: strikes in all.
        most_each: strikes of one instance.
        code, status: AWS's error and its HTTP status, of a refusal.
        seconds: the longest delay, or the time that a function is left with.
    """

    name: str
    kind: Kind
    service: str
    operation: str
    resource: str = "*"
    caller: str = "*"
    share: float = 0.0
    after: int = 0
    most: int = 0
    most_each: int = 1
    code: str = ""
    status: int = 400
    seconds: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a rule that could not strike, or not end."""
        if self.kind not in FORMS:
            raise ValueError(f"{self.name}: there is no fault {self.kind!r}")
        if not 0 < self.share <= 1 or self.most < 1 or self.most_each < 1:
            raise ValueError(f"{self.name}: needs a share up to 1 and bounds from 1 on")

    def covers(self, happening: Happening) -> bool:
        """Whether the rule is about this at all."""
        pairs = (
            (happening.service, self.service),
            (happening.operation, self.operation),
            (happening.resource, self.resource),
            (happening.caller, self.caller),
        )
        return FORMS[self.kind] == happening.form and all(
            fnmatch.fnmatchcase(name, pattern) for name, pattern in pairs
        )


@dataclass(frozen=True)
class Fault:
    """One strike of a rule.

    Attributes:
        rule: what goes wrong.
        number: the count of what the rule matched, from 1.
        chance: from 0 up to 1, for what else has to be chosen.
    """

    rule: Rule
    number: int
    chance: float

    @property
    def seconds(self) -> float:
        """A part of the rule's seconds."""
        return self.rule.seconds * self.chance


@dataclass(frozen=True)
class Plan:
    """A seed, and the rules in the order in which they are asked."""

    seed: int
    rules: tuple[Rule, ...]

    @classmethod
    def read(cls, path: Path) -> Plan:
        """Read a plan that `write` wrote."""
        document: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return cls(document["seed"], tuple(Rule(**rule) for rule in document["rules"]))

    def write(self, path: Path) -> None:
        """Write the plan as JSON."""
        document = {"seed": self.seed, "rules": [asdict(rule) for rule in self.rules]}
        path.write_text(json.dumps(document, indent=1), "utf-8")

    def struck(self, rule: Rule, number: int) -> Fault | None:
        """The fault at a count of a rule, before its bounds; the same whenever it is asked."""
        if number <= rule.after:
            return None
        text = f"{self.seed}\0{rule.name}\0{number}"
        digest = hashlib.sha256(text.encode()).digest()
        if int.from_bytes(digest[:8]) >= rule.share * 2**64:
            return None
        return Fault(rule, number, int.from_bytes(digest[8:16]) / 2**64)


@dataclass
class Tally:
    """What a plan's rules have matched and struck until this moment; for one thread at a time."""

    plan: Plan
    matched: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    struck_each: Counter[tuple[str, str]] = field(default_factory=Counter)

    def next_fault(self, happening: Happening) -> Fault | None:
        """Count a happening under every rule that covers it; the first that strikes is taken."""
        chosen: Fault | None = None
        for rule in self.plan.rules:
            if not rule.covers(happening):
                continue
            self.matched[rule.name] += 1
            fault = self.plan.struck(rule, self.matched[rule.name])
            each = rule.name, happening.instance
            if (
                fault is None
                or chosen is not None
                or self.struck[rule.name] >= rule.most
                or self.struck_each[each] >= rule.most_each
            ):
                continue
            self.struck[rule.name] += 1
            self.struck_each[each] += 1
            chosen = fault
        return chosen
