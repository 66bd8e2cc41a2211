"""What goes wrong in a run, in AWS's words; how much of it grows with the number of jobs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from local.faults.plan import Plan, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.faults.plan import Kind

_BROKEN: Final = ("dynamodb", "s3", "states", "sqs", "events")

_BREAKS: Final[Mapping[str, Kind]] = {"no answer": "break-before", "answer lost": "break-after"}
_PROGRAMS: Final = "*-*"
"""Functions and workers; a state machine's own connections are AWS's business."""

_LOST: Final[Mapping[str, tuple[float, int]]] = {
    "startTranscription": (0.06, 4),
    "prepareAudio": (0.02, 4),
    "assembleTranscript": (0.02, 4),
    "notify": (0.02, 4),
    "sweep": (0.01, 3),
    "api": (0.01, 3),
    "worker": (0.03, 6),
}
"""Of the calls of each, how many are its last; and how often at most, for 100 jobs.

Not the authorizer: the caller's next try is as good as this one, so that it would show nothing.
"""


def fault_plan(jobs: int, seed: int) -> Plan:
    """The faults of a run of so many jobs."""
    rules = (*_refusals(), *_broken_connections(), *_losses(), *_deliveries())
    return Plan(seed, tuple(replace(rule, most=max(1, rule.most * jobs // 100)) for rule in rules))


def _refusals() -> Iterator[Rule]:
    for name, service, operation, code, status, share in (
        ("table throttled", "dynamodb", "*", "ProvisionedThroughputExceededException", 400, 0.05),
        ("bucket asks to slow down", "s3", "*", "SlowDown", 503, 0.04),
        ("Step Functions throttled", "states", "*", "ThrottlingException", 400, 0.04),
        ("queue throttled", "sqs", "*", "ThrottlingException", 400, 0.02),
        ("event bus throttled", "events", "PutEvents", "ThrottlingException", 400, 0.1),
        ("function throttled", "lambda", "Invoke", "TooManyRequestsException", 429, 0.08),
        ("mail throttled", "ses", "SendEmail", "TooManyRequestsException", 429, 0.1),
    ):
        yield Rule(
            name,
            "refuse",
            service,
            operation,
            share=share,
            most=20,
            most_each=2,
            code=code,
            status=status,
        )
    # In a row, so that the client's own tries are used up and messages come again.
    yield Rule(
        "mail service down",
        "refuse",
        "ses",
        "SendEmail",
        share=1.0,
        after=5,
        most=20,
        most_each=20,
        code="TooManyRequestsException",
        status=429,
    )


def _broken_connections() -> Iterator[Rule]:
    for service in _BROKEN:
        for what, kind in _BREAKS.items():
            yield Rule(
                f"{service}: {what}", kind, service, "*", caller=_PROGRAMS, share=0.01, most=6
            )


def _losses() -> Iterator[Rule]:
    # First the most delicate moment of all: the mail is out, and nobody has noted it.
    yield Rule("notify lost after a mail", "end-caller", "ses", "SendEmail", share=0.06, most=3)
    for caller, (share, most) in _LOST.items():
        name = f"{caller} lost"
        yield Rule(name, "end-caller", "*", "*", caller=f"*-{caller}", share=share, most=most)
    for function in ("startTranscription", "prepareAudio", "assembleTranscript"):
        yield Rule(
            f"{function} out of time",
            "time-out",
            "lambda",
            "Invocation",
            resource=f"*-{function}",
            share=0.04,
            most=3,
            seconds=0.5,
        )


def _deliveries() -> Iterator[Rule]:
    for name, service, operation in (
        ("event of S3", "s3", "Event"),
        ("event of an execution", "events", "ServiceEvent"),
    ):
        yield Rule(f"{name} dropped", "drop", service, operation, share=0.04, most=4)
        yield Rule(f"{name} doubled", "double", service, operation, share=0.1, most=10, seconds=2)
        yield Rule(f"{name} delayed", "delay", service, operation, share=0.1, most=10, seconds=5)
    yield Rule("event of ours doubled", "double", "events", "Event", share=0.05, most=5, seconds=1)
    yield Rule("message redelivered", "redeliver", "sqs", "Delivery", share=0.05, most=15)
