"""Makes the recordings and their references again: `python -m samples.make [NAME ...]`.

Needs espeak-ng 1.51 and ffmpeg. The same releases make the same files again; others make files
that sound the same and differ in their bytes.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
from dataclasses import dataclass, replace
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

import numpy as np

from models.sentences import GRAMMARS, Language, Line, compose, held_out, speak, training
from models.speech import SAMPLE_RATE, Word, synthesize
from samples import FOLDER
from samples.recording import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_POSSIBLY_TRAINED: Final = 12_000
_MARK: Final = 600.0
_SPEAKERS: Final[dict[Language, tuple[str, ...]]] = {
    "en": ("en-gb", "en-gb+f4", "en-us+f3", "en-gb+m2"),
    "es": ("es-419+f4", "es-419+m2"),
}
"""The voices that the embedded model hears best: the samples are to test the platform."""
_AROUND: Final = 40.0
"""Seconds on both sides of a mark that are arranged: more than the 30 s a cut may move."""


@dataclass(frozen=True)
class Plan:
    """How one recording is made."""

    name: str
    file: str
    encoder: tuple[str, ...]
    seed: int
    parts: tuple[tuple[Language, float], ...]
    """Each language, and the second after which its last sentence ends."""
    many: bool = False
    """Whether the held-out sentences are too few."""
    pauses: tuple[float, float] = (0.35, 0.6)
    """The least and the greatest pause between two sentences, in seconds."""
    pause_after: float | None = None
    """The first pause after this second is long, and those around it are short."""
    continuous_around: float | None = None
    """Around this second a fan runs and nobody pauses."""


PLANS: Final = (
    Plan("english", "english.mp3", ("-c:a", "libmp3lame", "-b:a", "48k"), 1, (("en", 34),)),
    Plan("spanish", "spanish.ogg", ("-c:a", "libopus", "-b:a", "32k"), 1, (("es", 33),)),
    Plan(
        "english-then-spanish",
        "english-then-spanish.m4a",
        ("-c:a", "aac", "-b:a", "40k"),
        7,
        (("en", 24), ("es", 48)),
    ),
    Plan(
        "long",
        "long.opus",
        ("-c:a", "libopus", "-b:a", "14k", "-frame_duration", "60"),
        4,
        (("en", 1500),),
        many=True,
        pauses=(0.5, 0.8),
        pause_after=_MARK + 3,
        continuous_around=2 * _MARK,
    ),
)


def texts(language: Language, chance: random.Random, *, many: bool) -> Iterator[str]:
    """Give sentences that the models were not trained on, after a greeting that they were.

    A language has some 70 held-out sentences. A recording that needs more draws new ones and
    leaves out whatever the training may have seen.
    """
    greeting, *others = (f"{p[0].upper()}{p[1:]}." for p in GRAMMARS[language].set_phrases)
    yield greeting
    if not many:
        kept = {line.text for line in held_out() if line.language == language}
        yield from chance.sample(sorted(kept - {greeting, *others}), len(kept) // 2)
        return
    seen = {line.text for line in training(_POSSIBLY_TRAINED)}
    while True:
        text = compose(language, chance)
        if text not in seen:
            seen.add(text)
            yield text


def record(plan: Plan) -> tuple[NDArray[np.float32], dict[str, object]]:
    """Make a recording: its samples (16 kHz, mono) and its reference document."""
    chance, recorder = random.Random(plan.seed), Recorder()
    recorder.wait(0.4)
    stretches: list[dict[str, object]] = []
    cuts: list[dict[str, object]] = []
    for language, until in plan.parts:
        begin = recorder.now
        sentences = texts(language, chance, many=plan.many)
        left = 0
        while recorder.now < until:
            if not left:
                left, speaker = chance.randint(3, 5), _speaker(language, chance)
            left -= 1
            recorder.say(*synthesize([replace(speaker, text=next(sentences))]))
            at, pause = recorder.now, _pause(plan, recorder.now, chance, paragraph=not left)
            if plan.pause_after and not cuts and at >= plan.pause_after:
                pause = 1.6
                cuts.append({"at_seconds": round(at + pause / 2, 3), "what": "pause"})
            recorder.wait(pause)
        end = round(recorder.now, 3)
        stretches.append({"language": language, "start": round(begin, 3), "end": end})
    fan = None
    if plan.continuous_around:
        fan = plan.continuous_around - _AROUND + 2, plan.continuous_around + _AROUND - 2
        cuts.append({"at_seconds": plan.continuous_around, "what": "continuous"})
    document: dict[str, object] = {
        "file": plan.file,
        "language": plan.parts[0][0] if len(plan.parts) == 1 else None,
        "languages": stretches,
        "duration_seconds": recorder.now,
        "text": " ".join(word.text for word in recorder.words),
        "cut_critical": cuts,
        "words": [_word(word) for word in recorder.words],
    }
    return recorder.finish(plan.seed, fan), document


def _speaker(language: Language, chance: random.Random) -> Line:
    voice = chance.choice(_SPEAKERS[language])
    return replace(speak(language, "", chance), voice=voice)


def _pause(plan: Plan, at: float, chance: random.Random, *, paragraph: bool) -> float:
    if plan.continuous_around and abs(at - plan.continuous_around) < _AROUND:
        return 0.45
    if plan.pause_after and abs(at - plan.pause_after) < _AROUND:
        return 0.45
    return chance.uniform(0.9, 1.4) if paragraph else chance.uniform(*plan.pauses)


def _word(word: Word) -> dict[str, object]:
    document: dict[str, object] = {
        "word": word.text,
        "start": round(word.start, 3),
        "end": round(word.end, 3),
    }
    if not word.start_exact:
        document["start_exact"] = False
    if not word.end_exact:
        document["end_exact"] = False
    return document


def encode(samples: NDArray[np.float32], path: Path, encoder: tuple[str, ...]) -> None:
    """Write samples (16 kHz, mono) with ffmpeg, without anything that differs between runs."""
    source = ("-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-i", "pipe:0")
    command = ("ffmpeg", "-v", "error", "-y", *source, *encoder, "-fflags", "+bitexact")
    pcm = np.round(samples * 32_767).astype("<i2").tobytes()
    subprocess.run([*command, "-flags:a", "+bitexact", str(path)], input=pcm, check=True)


def duration_seconds(path: Path) -> float:
    """Ask ffprobe for a file's length: some encoders pad the end."""
    command = ("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0")
    answer = subprocess.run([*command, str(path)], capture_output=True, check=True, text=True)
    return round(float(answer.stdout), 3)


def write(document: dict[str, object], path: Path) -> None:
    """Write a reference, one word on a line."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    one_line = re.sub(r"\{\n\s+([^{}]*?)\n\s+\}", lambda m: _joined(m[1]), text)
    path.write_text(f"{one_line}\n")


def _joined(lines: str) -> str:
    return "{" + re.sub(r"\n\s+", " ", lines) + "}"


def make(plan: Plan) -> str:
    """Write a recording and its reference, and say its length."""
    samples, document = record(plan)
    encode(samples, FOLDER / plan.file, plan.encoder)
    document["duration_seconds"] = duration_seconds(FOLDER / plan.file)
    write(document, FOLDER / f"{plan.name}.json")
    return f"{plan.file}: {document['duration_seconds']} s"


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    names = [plan.name for plan in PLANS]
    parser.add_argument("names", nargs="*", default=names, metavar="NAME", help=", ".join(names))
    chosen = parser.parse_args().names
    # espeak-ng's noise depends on what it said before: each recording gets a process of its own.
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        plans = [plan for plan in PLANS if plan.name in chosen]
        for line in pool.imap(make, plans, chunksize=1):
            print(line)


if __name__ == "__main__":
    _main()
