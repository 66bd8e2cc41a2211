"""Whether the account has the processors for the workers that the files ask for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from bench.capacity.thresholds import ObjectiveUnreachable
from commands.capacity import differing
from commands.cost.assumptions import DAYS_PER_MONTH, Assumptions
from commands.cost.bill import Workers
from commands.cost.prices import PriceList
from commands.doctor.findings import Finding
from commands.doctor.mail import BUSY_HOUR
from commands.doctor.quotas import ask_for_more, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from commands.cost.prices import Machine
    from commands.doctor.findings import Subject

VCPUS: Final = 4
"""Of a worker: a g6.xlarge, or the Fargate task of resources/workers.yml."""

ON_DEMAND_GPUS: Final = ("ec2", "L-DB2E81BA")
SPOT_GPUS: Final = ("ec2", "L-3819A6DF")
ON_DEMAND_FARGATE: Final = ("fargate", "L-3032A538")
SPOT_FARGATE: Final = ("fargate", "L-36FBB829")

_HOURS_PER_DAY: Final = 24


def vcpus(subject: Subject) -> Iterator[Finding]:
    """Whether as many workers may run as the files ask for."""
    machine = _machine(subject)
    mean = workers_needed(subject.files_per_day, machine)
    busy = math.ceil(mean * BUSY_HOUR)
    client = subject.aws.client("service-quotas")
    for name, quota in _quotas(subject):
        there = value(client, *quota)
        needed = busy * VCPUS
        if there is None:
            yield Finding(
                name,
                "unknown",
                "AWS does not tell the quota",
                f"Look in Service Quotas for {quota[1]} of {quota[0]}.",
            )
            continue
        what = (
            f"{there:g} vCPU; {subject.files_per_day:,} files a day of "
            f"{Assumptions().mean_minutes:g} minutes keep {math.ceil(mean)} workers busy on "
            f"average, {busy} in the busiest hour, each with {VCPUS}"
        )
        if there >= needed:
            yield Finding(name, "ok", what)
            continue
        yield Finding(
            name,
            "problem" if there < math.ceil(mean) * VCPUS else "warning",
            what,
            ask_for_more(*quota, needed, subject.aws.region_name),
        )


def thresholds(subject: Subject) -> Iterator[Finding]:
    """Whether the fleet's thresholds keep to the stage's latency objective."""
    minutes = subject.parameters["latencyMinutes"]
    if not minutes:
        yield Finding("latencyMinutes", "ok", "no objective: the thresholds hold as they are")
        return
    try:
        wrong = differing(subject.parameters)
    except ObjectiveUnreachable as error:
        yield Finding("latencyMinutes", "problem", str(error), "Choose a longer time.")
        return
    if not wrong:
        yield Finding("latencyMinutes", "ok", f"the thresholds keep to {minutes} minutes")
        return
    yield Finding(
        "latencyMinutes",
        "warning",
        f"{minutes} minutes need " + ", ".join(f"{name} {value}" for name, value in wrong.items()),
        f"Take what npm run capacity -- --stage {subject.stage} --latency-minutes {minutes} "
        "prints (docs/capacity.md).",
    )


def workers_needed(files_per_day: float, machine: Machine) -> float:
    """How many workers a day's files keep busy on average, at the likely speed."""
    assumptions = Assumptions(files_per_day=files_per_day)
    hours = Workers(machine, machine.times_real_time[1]).hours(assumptions)
    return hours / DAYS_PER_MONTH / _HOURS_PER_DAY


def _machine(subject: Subject) -> Machine:
    machines = PriceList.read().machines
    known = machines.get(("g6", subject.parameters["modelName"]))
    if uses_gpus(subject) and known is not None:
        return known
    return machines["g6", "large-v3-turbo"] if uses_gpus(subject) else machines["fargate", "small"]


def uses_gpus(subject: Subject) -> bool:
    """Whether the stage's workers run on machines with a GPU."""
    return subject.parameters.get("compute") == "gpu"


def _quotas(subject: Subject) -> tuple[tuple[str, tuple[str, str]], ...]:
    if uses_gpus(subject):
        return (("GPU vCPU, spot", SPOT_GPUS), ("GPU vCPU, on demand", ON_DEMAND_GPUS))
    if subject.parameters["dispatch"] == "task":
        spot = subject.parameters["taskCapacityProvider"] == "FARGATE_SPOT"
        return (
            (("Fargate vCPU, spot", SPOT_FARGATE),)
            if spot
            else (("Fargate vCPU, on demand", ON_DEMAND_FARGATE),)
        )
    return (("Fargate vCPU, spot", SPOT_FARGATE), ("Fargate vCPU, on demand", ON_DEMAND_FARGATE))
