"""The scaling policy of a compiled template, as a function of what CloudWatch shows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from bench.capacity.metric_math import Minutes, Value, compiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_METRICS: Final = {
    ("ChunksQueue", "ApproximateNumberOfMessagesVisible"): "chunks_waiting",
    ("ChunksQueue", "ApproximateNumberOfMessagesNotVisible"): "chunks_in_work",
    ("DetectQueue", "ApproximateNumberOfMessagesVisible"): "probes_waiting",
    ("DetectQueue", "ApproximateNumberOfMessagesNotVisible"): "probes_in_work",
    ("WorkersService", "DesiredTaskCount"): "workers",
}
"""What the fields of `Observed` are called in AWS."""


@dataclass(frozen=True)
class Observed:
    """The metrics of one minute; None where AWS reported nothing."""

    chunks_waiting: Value
    chunks_in_work: Value
    workers: Value
    probes_waiting: Value = 0.0
    probes_in_work: Value = 0.0


@dataclass(frozen=True)
class Step:
    """What is added where the metric lies so far from the threshold."""

    low: float
    high: float
    adjustment: int


@dataclass(frozen=True)
class Adjustment:
    """How a policy changes the number of workers.

    Attributes:
        in_percent: whether the steps say percent of the workers or workers.
        at_least: the smallest change by a percentage, in workers.
        cooldown_seconds: the time between two changes.
        steps: one of them holds.
    """

    in_percent: bool
    at_least: int
    cooldown_seconds: int
    steps: tuple[Step, ...]

    def change(self, workers: int, beyond: float) -> int:
        """How many workers come or, below zero, go.

        Args:
            workers: how many there are.
            beyond: the metric less the threshold.
        """
        (step,) = (step for step in self.steps if step.low <= beyond < step.high)
        if not self.in_percent:
            return step.adjustment
        exact = workers * step.adjustment / 100
        # AWS rounds towards zero, but a part of one worker to a whole one.
        rounded = math.trunc(exact) if abs(exact) >= 1 else math.ceil(abs(exact))
        return int(math.copysign(max(abs(rounded), self.at_least), step.adjustment))


@dataclass(frozen=True)
class Rule:
    """An alarm with the policy that it calls."""

    name: str
    expressions: Mapping[str, str]
    metrics: Mapping[str, str]
    """The field of `Observed` for each metric's id."""
    result: str
    fires_above: bool
    threshold: float
    adjustment: Adjustment

    def beyond(self, now: Observed, before: Observed) -> float | None:
        """How far the metric lies beyond the threshold, signed; None if the alarm is quiet."""
        values = self._values(now)
        minutes = Minutes(values, self._values(before))
        for name, expression in self.expressions.items():
            values[name] = compiled(expression)(minutes)
        value = values[self.result]
        if value is None:  # missing data is not breaching
            return None
        distance = value - self.threshold
        return distance if (distance > 0 if self.fires_above else distance < 0) else None

    def _values(self, observed: Observed) -> dict[str, Value]:
        return {name: getattr(observed, field) for name, field in self.metrics.items()}


@dataclass(frozen=True)
class Policy:
    """All rules of one service, and the bounds of its size."""

    smallest: int
    largest: int
    rules: tuple[Rule, ...]

    def rule(self, name: str) -> Rule:
        """The rule whose policy has this name."""
        (found,) = (rule for rule in self.rules if rule.name == name)
        return found

    def firing(self, now: Observed, before: Observed | None = None) -> Iterator[tuple[Rule, float]]:
        """The rules whose alarm fires, with how far their metric lies beyond the threshold."""
        for rule in self.rules:
            if (beyond := rule.beyond(now, before or now)) is not None:
                yield rule, beyond

    def wanted(self, workers: int, rule: Rule, beyond: float) -> int:
        """How many workers there are after a rule was applied."""
        changed = workers + rule.adjustment.change(workers, beyond)
        return max(self.smallest, min(changed, self.largest))


def read(document: Mapping[str, Any]) -> Policy:
    """Read the policy of the workers' service.

    Args:
        document: a CloudFormation template, compiled, or as written with its parameters in place.
    """
    resources = {name: each["Properties"] for name, each in document["Resources"].items()}
    (target,) = _of_type(document, "AWS::ApplicationAutoScaling::ScalableTarget")
    rules = [
        _rule(alarm, resources[name])
        for alarm in _of_type(document, "AWS::CloudWatch::Alarm")
        for name in map(_named, alarm.get("AlarmActions", ()))
        if "StepScalingPolicyConfiguration" in resources.get(name, {})
    ]
    return Policy(int(target["MinCapacity"]), int(target["MaxCapacity"]), tuple(rules))


def _of_type(document: Mapping[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    return (each["Properties"] for each in document["Resources"].values() if each["Type"] == kind)


def _rule(alarm: Mapping[str, Any], scaling: Mapping[str, Any]) -> Rule:
    queries = alarm["Metrics"]
    (result,) = (query["Id"] for query in queries if query.get("ReturnData", True))
    return Rule(
        name=scaling["PolicyName"],
        expressions={q["Id"]: q["Expression"] for q in queries if "Expression" in q},
        metrics={q["Id"]: _metric(q["MetricStat"]) for q in queries if "MetricStat" in q},
        result=result,
        fires_above=alarm["ComparisonOperator"] == "GreaterThanThreshold",
        threshold=float(alarm["Threshold"]),
        adjustment=_adjustment(scaling["StepScalingPolicyConfiguration"]),
    )


def _metric(statistic: Mapping[str, Any]) -> str:
    metric = statistic["Metric"]
    # The last dimension names what is measured: a queue, or the service in its cluster.
    owner = _named(metric["Dimensions"][-1]["Value"])
    return _METRICS[owner, metric["MetricName"]]


def _named(reference: str | Mapping[str, Any]) -> str:
    """The resource that a reference names; a plain name where tags were set aside."""
    if isinstance(reference, str):
        return reference.partition(".")[0]
    (target,) = reference.values()
    return str(target[0] if isinstance(target, list) else target)


def _adjustment(configuration: Mapping[str, Any]) -> Adjustment:
    return Adjustment(
        in_percent=configuration["AdjustmentType"] == "PercentChangeInCapacity",
        at_least=int(configuration.get("MinAdjustmentMagnitude", 0)),
        cooldown_seconds=int(configuration["Cooldown"]),
        steps=tuple(
            Step(
                low=float(step.get("MetricIntervalLowerBound", -math.inf)),
                high=float(step.get("MetricIntervalUpperBound", math.inf)),
                adjustment=int(step["ScalingAdjustment"]),
            )
            for step in configuration["StepAdjustments"]
        ),
    )
