"""Tries an image out: it must transcribe the samples, each in its language, without a network."""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import av
from scribe.clock import SAMPLE_RATE

from bench.quality.word_errors import compare, plain
from commands.image import inside
from commands.image.engines import AT
from commands.image.errors import TrialFailed
from commands.model_choice import FIXTURE
from samples import sample

if TYPE_CHECKING:
    from commands.image.engines import Engine

SAMPLES: Final = ("english", "spanish")
PROGRAMS: Final = Path(inside.__file__).parent

MOST_WRONG: Final = {FIXTURE: 0.1}
"""The share of wrong words that a model may have: the fixture knows these voices."""
MOST_WRONG_OF_OTHERS: Final = 0.5
"""Models of real voices hear synthetic ones; half of the words tell a working image apart from a
broken one, and nothing about its accuracy (docs/quality.md)."""


@dataclass(frozen=True)
class Report:
    """What a trial found; times in seconds.

    Attributes:
        wrong: the share of wrong words of each sample.
        load_seconds: until the model was there.
        transcribe_seconds: for all samples.
        audio_seconds: of all samples.
    """

    wrong: dict[str, float]
    load_seconds: float
    transcribe_seconds: float
    audio_seconds: float


def transcribe(engine: Engine, image: str, model: str) -> Report:
    """Let the image transcribe the samples.

    Raises:
        TrialFailed: it has a network or runs as root, or heard something else than was said.
        EngineFailed: it ended with an error.
    """
    files = [f"{name}.flac" for name in SAMPLES]
    with tempfile.TemporaryDirectory() as temporary:
        folder = _readable(Path(temporary))
        for name, file in zip(SAMPLES, files, strict=True):
            (folder / file).write_bytes(as_flac(sample(name).path))
        findings = _inside(engine, image, folder, "transcribe.py", *files)
    return judge(findings, model)


def inventory(engine: Engine, image: str) -> dict[str, Any]:
    """Ask the image which software it holds; see inside/inventory.py."""
    with tempfile.TemporaryDirectory() as temporary:
        return _inside(engine, image, _readable(Path(temporary)), "inventory.py")


def judge(findings: dict[str, Any], model: str) -> Report:
    """Compare what inside/transcribe.py found with what is said in the samples.

    Raises:
        TrialFailed: see `transcribe`.
    """
    if findings["networks"]:
        raise TrialFailed(f"The trial had a network: {', '.join(findings['networks'])}.")
    if findings["user"] == 0:
        raise TrialFailed("The image runs as root.")
    most = MOST_WRONG.get(model, MOST_WRONG_OF_OTHERS)
    wrong = {}
    for name in SAMPLES:
        heard = findings["heard"][f"{name}.flac"]
        said = sample(name)
        if heard["language"] != said.language:
            raise TrialFailed(f"{name}: heard {heard['language']}, which it is not.")
        wrong[name] = compare(plain(said.text), plain(heard["text"]))[0].rate
        if wrong[name] > most:
            raise TrialFailed(
                f"{name}: {wrong[name]:.0%} of the words are wrong, more than {most:.0%}. "
                f"Heard: {heard['text'][:200]}"
            )
        if 2 * heard["aligned"] < heard["words"]:
            raise TrialFailed(
                f"{name}: only {heard['aligned']} of {heard['words']} words are aligned."
            )
    return Report(
        wrong,
        findings["load_seconds"],
        findings["transcribe_seconds"],
        sum(sample(name).duration_seconds for name in SAMPLES),
    )


def as_flac(recording: Path) -> bytes:
    """A recording as workers get it: mono FLAC at 16 kHz."""
    body = io.BytesIO()
    with av.open(recording) as source, av.open(body, mode="w", format="flac") as flac:
        stream = flac.add_stream("flac", rate=SAMPLE_RATE, layout="mono", format="s16")
        resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        for frame in (*source.decode(audio=0), None):
            for block in resampler.resample(frame):
                flac.mux(stream.encode(block))
        flac.mux(stream.encode(None))
    return body.getvalue()


def _readable(folder: Path) -> Path:
    folder.chmod(0o755)  # the image's user is not ours
    return folder


def _inside(engine: Engine, image: str, folder: Path, program: str, *files: str) -> dict[str, Any]:
    shutil.copy(PROGRAMS / program, folder)
    for file in folder.iterdir():
        file.chmod(0o644)
    arguments = ("python", f"{AT}/{program}", *(f"{AT}/{file}" for file in files))
    output = engine.run(image, folder, arguments)
    findings: dict[str, Any] = json.loads(output.splitlines()[-1])
    return findings
