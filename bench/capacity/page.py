"""docs/capacity.md: the text of page.md, with what was simulated in its places."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from bench.capacity import rules
from bench.capacity.simulation import Course, Pace, longest, simulate
from bench.capacity.thresholds import derive
from bench.capacity.workloads import WORKLOADS, Workload
from bench.quality.rendering.chart import Axis, Line, chart
from bench.quality.rendering.tables import percent, table
from commands import stage_parameters

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.quality.rendering.chart import Colour

TEXT: Final = Path(__file__).with_name("page.md")
STAGE: Final = "prod"
OBJECTIVE_MINUTES: Final = 30
SECONDS: Final = (12, 25, 60)
"""What a worker takes for 10 minutes of audio: an L4 or A10G, a T4, and five times the first."""
PICTURED_SECONDS: Final = 12
_POINTS: Final = 160
"""Of a line: more cannot be told apart."""


@dataclass(frozen=True)
class Run:
    """One day under one rule."""

    workload: Workload
    seconds: int
    rule: str
    thresholds: str
    course: Course


def files() -> dict[str, str]:
    """The page and its pictures, by their names."""
    parameters = stage_parameters.resolve(STAGE, {})
    runs = [
        run for workload in WORKLOADS for seconds in SECONDS for run in _runs(workload, seconds)
    ]
    pictured = [run for run in runs if run.seconds == PICTURED_SECONDS]
    pictures = {
        f"capacity-{workload.name}.svg": _picture([r for r in pictured if r.workload is workload])
        for workload in WORKLOADS
    }
    text = Template(TEXT.read_text("utf-8")).substitute(
        **{name: parameters[name] for name in _NAMED},
        objective=OBJECTIVE_MINUTES,
        runs="\n\n".join(_section(workload, runs) for workload in WORKLOADS),
    )
    return {"capacity.md": text, **pictures}


_NAMED: Final = (
    "scaleUpAbove",
    "scaleDownBelow",
    "scaleByPercent",
    "scaleByAtLeast",
    "scaleCooldownSeconds",
    "minWorkers",
    "maxWorkers",
    "workerStartMinutes",
    "workerPriceUsdPerHour",
)


def _runs(workload: Workload, seconds: int) -> list[Run]:
    asked = stage_parameters.resolve(STAGE, {})
    start = int(asked["workerStartMinutes"])
    derived = derive(OBJECTIVE_MINUTES, seconds, start).parameters
    return [
        _run(workload, Pace(seconds, start), rule, asked | figures)
        for rule, figures in (("asked", {}), ("derived", derived))
    ]


def _run(workload: Workload, pace: Pace, rule: str, parameters: Mapping[str, str]) -> Run:
    return Run(
        workload,
        int(pace.seconds_per_chunk),
        rule,
        f"{parameters['scaleUpAbove']} / {parameters['scaleDownBelow']}",
        simulate(rules.written(parameters), workload, pace),
    )


def _section(workload: Workload, runs: Sequence[Run]) -> str:
    name = f"capacity-{workload.name}.svg"
    found = [_row(run) for run in runs if run.workload is workload]
    head = (
        "Seconds a chunk, rule",
        "up / down",
        "most workers",
        "worker-hours",
        "of them busy",
        "USD",
        "half are done in",
        "95 % in",
        "all in",
    )
    return f"### {workload.title}\n\n{table(head, found)}\n\n![{workload.title}]({name})"


def _row(run: Run) -> tuple[str, ...]:
    course = run.course
    price = float(stage_parameters.resolve(STAGE, {})["workerPriceUsdPerHour"])
    return (
        f"{run.seconds}, {run.rule}",
        run.thresholds,
        f"{course.most_workers}",
        f"{course.worker_hours:,.0f}",
        percent(course.busy_share, 0),
        f"{course.worker_hours * price:,.0f}",
        _minutes(course.took_at_most(0.5)),
        _minutes(course.took_at_most(0.95)),
        _minutes(longest(course)),
    )


def _minutes(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _picture(runs: Sequence[Run]) -> str:
    """How many workers there are over time, under both rules."""
    hours = max(len(run.course.minutes) for run in runs) / 60
    most = max(run.course.most_workers for run in runs)
    colours: dict[str, Colour] = {"asked": "orange", "derived": "blue"}
    lines = [
        Line(f"{run.rule}: {run.thresholds}", colours[run.rule], _points(run.course), marked=False)
        for run in runs
    ]
    return chart(
        f"Workers over time: {runs[0].workload.title}, {PICTURED_SECONDS} s a chunk.",
        _axis("hours", hours),
        _axis("workers", most),
        lines,
    )


def _points(course: Course) -> tuple[tuple[float, float], ...]:
    every = max(1, len(course.minutes) // _POINTS)
    sizes = [float(minute.wanted) for minute in course.minutes]
    return tuple((at / 60, sizes[at]) for at in range(0, len(sizes), every))


def _axis(title: str, highest: float) -> Axis:
    step = next(
        size * power for power in (1, 10, 100) for size in (1, 2, 5) if highest <= 6 * size * power
    )
    count = int(-(-highest // step))
    return Axis(title, tuple((step * n, f"{step * n}") for n in range(count + 1)))
