"""All measurements of docs/quality.md: the engine's in several processes, the rest alone."""

from __future__ import annotations

import datetime as dt
import os
import platform
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bench.quality.measuring import detection, samples, sounds
from bench.quality.measuring.engine import catalogue, load
from bench.quality.results import Machine, Results

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.quality.measuring.engine import Listener
    from commands.models.install import InstalledModel

Result = TypeVar("Result")
Say = Callable[[str], None]
"""Told a line of progress."""

_PROCESSES: Final = 2


def measure(model: InstalledModel, say: Say) -> Results:
    """Measure everything; some minutes.

    Args:
        model: that the engine loads; the samples are made for the fixture.
        say: is told what is being measured.
    """
    began = time.monotonic()
    with ProcessPoolExecutor(
        _PROCESSES, mp_context=get_context("spawn"), initializer=_prepare, initargs=(model,)
    ) as pool:

        def run(
            what: str, hear: Callable[[Listener, Any], Result], jobs: Sequence[Any]
        ) -> tuple[Result, ...]:
            answers = pool.map(_hear, [hear] * len(jobs), jobs)
            return tuple(_told(what, answers, len(jobs), say))

        accurate = run("samples", samples.hear, samples.accuracy_jobs())
        noisy = run("samples in noise", samples.hear, samples.noisy_jobs())
        heard = run("sounds without words", sounds.hear, sounds.jobs())
    # After the pool has ended: the detectors' speed is theirs alone.
    found = tuple(_told("speech detection", detection.detections(), None, say))
    return Results(
        machine=_machine(model),
        samples=accurate,
        noisy=noisy,
        detections=found,
        sounds=heard,
        chosen={name: profile.vad for name, profile in catalogue().models.items()},
        took=time.monotonic() - began,
    )


def _told(what: str, answers: Iterable[Result], count: int | None, say: Say) -> Iterator[Result]:
    for number, answer in enumerate(answers, start=1):
        if number % 10 == 0 or number == count:
            say(f"{what}: {number}{f' of {count}' if count else ''}")
        yield answer


_loaded: Final[list[Listener]] = []
"""The engine of this process of the pool, loaded once."""


def _prepare(model: InstalledModel) -> None:
    _loaded.append(load(model, threads=1))


def _hear(hear: Callable[[Listener, Any], Result], job: Any) -> Result:  # noqa: ANN401  # each measurement's own
    return hear(_loaded[0], job)


def _machine(model: InstalledModel) -> Machine:
    return Machine(
        day=dt.datetime.now(dt.UTC).date().isoformat(),
        system=f"{platform.system()} {platform.machine()}",
        cores=os.cpu_count() or 1,
        python=".".join(map(str, sys.version_info[:3])),
        model=model.name,
        whisperx=version("whisperx"),
    )
