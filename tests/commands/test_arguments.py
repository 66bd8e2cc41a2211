"""The command line says what is wrong with it before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.transcribe.__main__ import main
from commands.transcribe.arguments import parse


def test_without_files_the_samples_are_meant() -> None:
    request = parse([])

    assert not request.own_files
    assert len(request.files) >= 4
    assert all(file.is_file() for file in request.files)


def test_own_files_are_taken_as_they_are(tmp_path: Path) -> None:
    recording = tmp_path / "naïve + “talk” 🎙.m4a"
    recording.touch()

    request = parse([str(recording), "--language", "es", "--workers", "3", "--json"])

    assert request.files == (recording,)
    assert request.own_files
    assert (request.language, request.workers, request.as_json) == ("es", 3, True)
    assert (request.dispatch, request.out) == ("fleet", Path("transcripts"))


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["no-such-file.wav"], "no-such-file.wav"),
        (["."], "no such file"),
        (["--language", "fr"], "fr"),
        (["--dispatch", "ship"], "ship"),
        (["--workers", "0"], "from 1 to 16"),
        (["--workers", "two"], "two"),
        (["--vocabulary", "x" * 601], "at most 600 characters"),
        (["--wat"], "--wat"),
        (["--out", "pyproject.toml"], "not a folder"),
    ],
)
def test_bad_use_ends_with_status_2_and_a_reason(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse(arguments)

    assert caught.value.code == 2
    shown = capsys.readouterr()
    assert named in shown.err
    assert shown.out == ""


def test_an_unknown_model_is_bad_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--model", "gigantic", "--json"]) == 2

    shown = capsys.readouterr()
    assert "ModelUnknown: 'gigantic'" in shown.err
    assert shown.out == ""
