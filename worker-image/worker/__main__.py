"""`python -m worker`: the composition root of the fleet's worker and of a task of its own.

    CHUNK_TASK is set         does that one chunk; it goes first, because a task of its own is
                              started from the fleet's task definition
    CHUNKS_QUEUE_URL is set   works on that queue until it is stopped or recycled

Exit codes: 0 done (for one chunk: its outcome is stored), 1 may succeed later, 2 cannot start.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scribe import settings as environment
from scribe.adapters import aws
from scribe.adapters.callbacks import StepFunctionsCallbacks
from scribe.adapters.chunk_progress import ChunkProgress
from scribe.adapters.storage import Storage
from scribe.errors import ShapeInvalid, TransientError
from scribe.settings import SettingInvalid

from worker import logs, models, single
from worker.assignment import Desk
from worker.chunk import Work
from worker.deliveries import Queues
from worker.fleet import Fleet
from worker.progress import DoneChunks
from worker.pulse import Pulse
from worker.settings import EngineSettings, FleetSettings, TaskSettings

if TYPE_CHECKING:
    from types import FrameType

    from worker.engine.protocol import Engine

logger: Final = logging.getLogger("worker")

OFFLINE: Final = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    # pyannote reports the length of every file to its makers unless told not to.
    "PYANNOTE_METRICS_ENABLED": "0",
    "TOKENIZERS_PARALLELISM": "false",
    # Waiting threads that spin take the cores from those that work.
    "OMP_WAIT_POLICY": "passive",
}
"""Read by libraries when they are imported: nothing leaves the container."""

_DONE, _TRY_AGAIN, _CANNOT_START = 0, 1, 2


def main() -> int:
    """Run in the mode that the environment asks for."""
    logs.configure()
    try:
        if os.environ.get("CHUNK_TASK"):
            return _run_task(environment.read(TaskSettings, os.environ))
        return _run_fleet(environment.read(FleetSettings, os.environ))
    except (SettingInvalid, ShapeInvalid, models.CatalogueInvalid, models.ModelUnknown) as error:
        logger.error("cannot start", extra=logs.fields(error=str(error)))  # noqa: TRY400  # its text says all
        return _CANNOT_START


def _run_fleet(settings: FleetSettings) -> int:
    _end_at_once_when_stopped(_DONE)  # while the model loads, nothing is held
    storage = Storage(aws.s3())
    urls = [url for url in (settings.detect_queue_url, settings.chunks_queue_url) if url]
    queues = Queues(aws.sqs(), urls, settings.visibility_seconds)
    callbacks = StepFunctionsCallbacks(aws.step_functions())
    desk = Desk(queues, callbacks, storage, _done_chunks(settings.jobs_table))
    # The model is loaded before the first message is taken: nobody waits for it.
    fleet = Fleet(desk, _load_work(storage), settings, Pulse(Path(settings.tmpdir)).beat)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        fleet.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if not fleet.run():
        # The engine is still busy with a chunk that another worker has by now.
        logging.shutdown()
        os._exit(_DONE)
    return _DONE


def _run_task(settings: TaskSettings) -> int:
    _end_at_once_when_stopped(_TRY_AGAIN)
    storage = Storage(aws.s3())
    try:
        done = _done_chunks(settings.jobs_table)
        beat = Pulse(Path(settings.tmpdir)).beat
        single.run(settings.chunk_task, storage, lambda: _load_work(storage), done, beat)
    except TransientError:
        return _TRY_AGAIN
    return _DONE


def _done_chunks(jobs_table: str) -> DoneChunks:
    if not jobs_table:
        return DoneChunks()
    return DoneChunks(ChunkProgress(aws.dynamodb(aws.BRIEFLY), jobs_table))


def _end_at_once_when_stopped(code: int) -> None:
    # Without a handler, the first process of a container does not end at SIGTERM at all.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(code))


def _load_work(storage: Storage) -> Work:
    started = time.monotonic()
    settings = environment.read(EngineSettings, os.environ)
    engine = load_engine(settings)
    seconds = round(time.monotonic() - started, 3)
    logger.info("engine ready", extra=logs.fields(**engine.model, seconds=seconds))
    return Work(engine, settings.spoken, storage)


def load_engine(settings: EngineSettings) -> Engine:
    """Load what the settings name.

    Raises:
        SettingInvalid: a setting names nothing that there is.
        ModelUnknown: models.toml has no model of that name.
    """
    if settings.engine == "fake":
        from worker.engine.fake import FakeEngine  # noqa: PLC0415  # only the chosen engine is imported

        return FakeEngine(
            settings.spoken,
            seconds_per_audio_second=settings.fake_seconds_per_audio_second,
            failures=settings.fake_failures,
        )
    if settings.engine != "whisperx":
        raise SettingInvalid(f"ENGINE is whisperx or fake, not {settings.engine!r}")
    profile = models.load(Path(settings.models_file)).model(settings.model_name)
    for name, value in OFFLINE.items():
        os.environ.setdefault(name, value)
    from worker.engine.whisperx_engine import WhisperXEngine  # noqa: PLC0415  # after the environment is set

    return WhisperXEngine(settings, profile)


if __name__ == "__main__":
    sys.exit(main())
