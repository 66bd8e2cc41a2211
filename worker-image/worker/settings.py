"""What a worker is told by its environment; read once, in `worker.__main__`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from scribe.settings import SettingInvalid

if TYPE_CHECKING:
    from scribe.shapes import Language

TEMPORARY: Final = "/tmp"  # noqa: S108  # what TMPDIR means where it is not set
BESIDE_THE_PACKAGE: Final = str(Path(__file__).resolve().parents[1] / "models.toml")


@dataclasses.dataclass(frozen=True)
class EngineSettings:
    """Which model transcribes, and on what; everything else about a model is in models.toml."""

    engine: str = "whisperx"
    """`whisperx`, or `fake`: no model, settable speed, for load and chaos runs."""
    languages: tuple[str, ...] = ("en", "es")
    """In order of preference: the first is taken where nobody speaks."""
    models_file: str = BESIDE_THE_PACKAGE
    model_name: str = "fixture"
    """A section of models.toml; `custom` for a folder of one's own."""
    model_directory: str = ""
    """The folder of the CTranslate2 model."""
    aligner_directories: tuple[str, ...] = ()
    """`en=/path,es=/path`: a Wav2Vec2 folder for each language."""
    device: str = "cpu"
    """`cpu` or `cuda`."""
    compute_type: str = ""
    """Overrides the model's own for the device."""
    batch_size: int = 0
    """Windows decoded at once; 0 is the model's own for the device."""
    threads: int = 2
    """CPU threads of the decoder."""
    fake_seconds_per_audio_second: float = 0.0
    fake_failures: tuple[str, ...] = ()
    """Error names raised one after the other by the fake; `-` is a success."""

    @property
    def spoken(self) -> tuple[Language, ...]:
        """The configured languages, checked."""
        known = {"en", "es"}
        if not self.languages or not known.issuperset(self.languages):
            raise SettingInvalid(f"LANGUAGES may hold en and es, not {self.languages}")
        return cast("tuple[Language, ...]", self.languages)

    @property
    def aligners(self) -> dict[str, Path]:
        """The aligner's folder of each language."""
        pairs = [entry.partition("=") for entry in self.aligner_directories]
        missing = set(self.languages) - {language for language, _, path in pairs if path}
        if missing:
            raise SettingInvalid(f"ALIGNER_DIRECTORIES has no folder for {sorted(missing)}")
        return {language: Path(path) for language, _, path in pairs}


@dataclasses.dataclass(frozen=True)
class FleetSettings:
    """How a worker of the fleet takes chunks from its queues; times in seconds."""

    chunks_queue_url: str
    detect_queue_url: str = ""
    """Asked first in each turn; none if empty."""
    jobs_table: str = ""
    """Where finished chunks are recorded; nowhere if empty."""
    visibility_seconds: int = 60
    """How long a chunk stays hidden after its worker has died."""
    poll_seconds: int = 2
    """How long one request waits for a chunk; a waiting detection is delayed by as much."""
    stop_timeout_seconds: int = 110
    """From SIGTERM to the end; below the container's stopTimeout."""
    recycle_after_chunks: int = 200
    """Then the process ends, and the service starts a fresh one, so that memory cannot creep."""
    ecs_agent_uri: str = ""
    """Set by ECS; none elsewhere, and then nothing protects the task from scaling in."""
    tmpdir: str = TEMPORARY
    """The folder of the file that shows that the worker moves."""


@dataclasses.dataclass(frozen=True)
class TaskSettings:
    """The one chunk of a task of its own."""

    chunk_task: str
    """A chunk task, as JSON."""
    jobs_table: str = ""
    """Where the finished chunk is recorded; nowhere if empty."""
    tmpdir: str = TEMPORARY
    """As above."""
