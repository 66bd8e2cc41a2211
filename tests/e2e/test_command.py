"""`npm run transcribe` as programs and impatient people use it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from commands.platform import ROOT
from models.sentences import words
from tests.e2e import recordings
from tests.e2e.inbox import PATIENCE_SECONDS, eventually
from tests.e2e.processes import descendants, running

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = [pytest.mark.stack, pytest.mark.whisperx]


@dataclass(frozen=True)
class Ended:
    """What a run of the command left.

    Attributes:
        status: of the process.
        reports: what stood on its standard output.
        out: the folder that it was told to write to.
    """

    status: int
    reports: list[dict[str, Any]]
    out: Path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    recordings.spoken(folder)
    (folder / "letter.mp3").write_bytes(b"Dear all")
    return {name: folder / name for name in ("spoken.wav", "letter.mp3")}


@pytest.fixture(scope="module")
def runs(
    files: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Ended, Ended]:
    """Two runs at the same time: one recording, and one beside a file that is none."""
    folders = [tmp_path_factory.mktemp("out") for _ in range(2)]
    arguments = [
        ["spoken.wav", "--workers", "1"],
        ["letter.mp3", "spoken.wav", "--dispatch", "task", "--language", "en"],
    ]
    started = [
        _start(
            *[str(files.get(argument, argument)) for argument in line],
            *["--model", "fixture", "--json", "--out", str(folder)],
        )
        for line, folder in zip(arguments, folders, strict=True)
    ]
    ended = []
    for process, folder in zip(started, folders, strict=True):
        output, errors = process.communicate(timeout=PATIENCE_SECONDS)
        assert output, errors
        ended.append(Ended(process.returncode, json.loads(output), folder))
    return ended[0], ended[1]


def test_a_transcribed_file_is_reported_with_all_that_came_of_it(
    runs: tuple[Ended, Ended], files: Mapping[str, Path]
) -> None:
    run, _ = runs
    (report,) = run.reports
    assert run.status == 0
    assert set(report) == {
        *("file", "status", "language", "duration_seconds", "words", "confidence"),
        *("outputs", "email", "error", "timings"),
    }
    assert report["file"] == str(files["spoken.wav"])
    assert (report["status"], report["language"], report["error"]) == ("COMPLETED", "en", None)
    assert report["words"] == len(words(recordings.SPOKEN))
    assert 0 < report["confidence"] <= 1
    assert report["duration_seconds"] == pytest.approx(2.0, abs=0.1)
    assert report["email"]["subject"] == "Your transcript is ready: spoken.wav"
    assert all(seconds >= 0 for seconds in report["timings"].values())


def test_transcripts_and_mails_lie_in_the_folder_under_the_name_of_the_file(
    runs: tuple[Ended, Ended],
) -> None:
    run, _ = runs
    names = {path.name for path in run.out.iterdir()}
    assert names == {f"spoken.{ending}" for ending in ("json", "txt", "srt", "vtt", "eml")}
    (report,) = run.reports
    for fmt, path in report["outputs"].items():
        assert Path(path) == run.out / f"spoken.{fmt}"
    assert words((run.out / "spoken.txt").read_text()) == words(recordings.SPOKEN)


def test_of_several_files_a_failed_one_is_named_and_the_others_are_transcribed(
    runs: tuple[Ended, Ended],
) -> None:
    _, run = runs
    failed, transcribed = run.reports
    assert run.status == 1
    assert (failed["status"], failed["error"]["name"]) == ("FAILED", "AudioUnreadable")
    assert "MP3" in failed["error"]["message"], "what to do about it"
    assert failed["outputs"] == {"json": None, "txt": None, "srt": None, "vtt": None}
    assert failed["email"]["subject"] == "Your recording could not be transcribed: letter.mp3"
    assert (transcribed["status"], transcribed["error"]) == ("COMPLETED", None)


def test_a_model_that_cannot_be_fetched_is_reported_for_every_file(
    files: Mapping[str, Path], tmp_path: Path
) -> None:
    process = _start(
        *[str(files["spoken.wav"]), "--model", "small", "--json", "--out", str(tmp_path)],
        # Nothing listens on this port.
        environment={"HF_ENDPOINT": "http://127.0.0.1:9", "MODELS_DIRECTORY": str(tmp_path)},
    )
    output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    (report,) = json.loads(output)
    assert process.returncode == 1
    assert (report["status"], report["error"]["name"]) == ("FAILED", "ModelUnreachable")
    assert "--model fixture" in errors


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["no-such-file.wav"], "no such file: no-such-file.wav"),
        (["--language", "fr"], "invalid choice: 'fr'"),
        (["--workers", "0"], "--workers: from 1 to 16"),
        (["--model", "no-such-model"], "ModelUnknown: 'no-such-model'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_use_ends_with_status_two_and_writes_nothing_to_standard_output(
    arguments: list[str], complaint: str, tmp_path: Path
) -> None:
    process = _start(*arguments, "--json", "--out", str(tmp_path / "out"))
    output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, output) == (2, "")
    assert complaint in errors
    assert not (tmp_path / "out").exists()


def test_an_interrupt_ends_every_process_that_the_command_started(
    files: Mapping[str, Path], tmp_path: Path
) -> None:
    process = _start(str(files["spoken.wav"]), "--model", "fixture", "--out", str(tmp_path))
    assert process.stderr is not None
    started: set[int] = set()
    for line in process.stderr:
        if "Deploying" in line:
            eventually(lambda: len(descendants(process.pid)) >= 4, PATIENCE_SECONDS)
            started = descendants(process.pid)
            # As a terminal does at Ctrl-C.
            os.killpg(process.pid, signal.SIGINT)
            break
    _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130, errors
    assert "everything that was started has been stopped" in errors
    assert started
    eventually(lambda: not started & running(), seconds=5)


def _start(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["node", "commands/run.mjs", "transcribe", *arguments],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
