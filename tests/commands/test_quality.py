"""`npm run quality` on a person's own recordings."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from commands.quality import DOCS, main
from samples import sample

if TYPE_CHECKING:
    from pathlib import Path


def pages() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in DOCS.glob("*.*")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A talk with its text, a minute in which nobody speaks, and a file that is no recording."""
    talk = sample("english")
    shutil.copy(talk.path, tmp_path / "talk.mp3")
    (tmp_path / "talk.txt").write_text(talk.text, "utf-8")
    silence = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "60"]
    subprocess.run([*silence, str(tmp_path / "room.wav")], check=True)
    (tmp_path / "room.txt").touch()
    return tmp_path


@pytest.mark.whisperx
def test_it_prints_what_a_calibration_needs_and_leaves_the_pages_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = pages()
    assert main(["--recordings", str(folder), "--model", "fixture", "--vad", "silero"]) == 0
    printed = capsys.readouterr().out
    assert "| room.wav | 0 | nobody speaks | 0 | 0 | 0 |" in printed
    assert f"| talk.mp3 | {len(sample('english').words)} |" in printed
    for heading in ("| Confidence |", "| mean log probability (low is bad) |", "right decodings"):
        assert heading in printed
    assert pages() == before


@pytest.mark.whisperx
def test_a_file_that_cannot_be_read_is_left_out_and_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "letter.mp3").write_text("no audio in here")
    (folder / "letter.txt").touch()
    assert main(["--recordings", str(folder), "--model", "fixture", "--language", "en"]) == 1
    printed = capsys.readouterr()
    assert "letter.mp3 was left out" in printed.err
    assert "letter.mp3" not in printed.out
    assert "| talk.mp3 |" in printed.out


def test_a_folder_without_recordings_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--recordings", str(tmp_path), "--model", "fixture"]) == 2
    assert "RecordingsMissing" in capsys.readouterr().err


def test_an_unknown_model_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--recordings", str(tmp_path), "--model", "enormous"]) == 2
    assert "'enormous'" in capsys.readouterr().err


def test_the_pages_are_about_the_fixture_and_no_other_model() -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["--model", "small"])
