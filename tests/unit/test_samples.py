"""The sample recordings and their references belong together."""

from __future__ import annotations

import json
import subprocess

import pytest

from samples import FOLDER, Sample, all_samples, sample

EVERY_SAMPLE = pytest.mark.parametrize("recording", all_samples(), ids=lambda each: each.name)


def test_every_reference_in_the_folder_is_listed() -> None:
    assert {f"{each.name}.json" for each in all_samples()} == {
        path.name for path in FOLDER.glob("*.json")
    }


@EVERY_SAMPLE
def test_the_stated_length_is_the_files(recording: Sample) -> None:
    probe = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "json"]
    answer = subprocess.run([*probe, recording.path], capture_output=True, check=True)

    duration = float(json.loads(answer.stdout)["format"]["duration"])

    assert recording.duration_seconds == pytest.approx(duration, abs=0.05)


@EVERY_SAMPLE
def test_words_follow_one_another_within_the_file(recording: Sample) -> None:
    at = 0.0
    for word in recording.words:
        assert at <= word.start < word.end
        at = word.end
    assert at <= recording.duration_seconds


@EVERY_SAMPLE
def test_the_text_is_the_words(recording: Sample) -> None:
    assert recording.text == " ".join(word.word for word in recording.words)


@EVERY_SAMPLE
def test_each_word_is_in_one_stretch_of_one_language(recording: Sample) -> None:
    for word in recording.words:
        holding = [s for s in recording.stretches if s.start <= word.start and word.end <= s.end]
        assert len(holding) == 1
    languages = {stretch.language for stretch in recording.stretches}
    assert recording.language == (languages.pop() if len(languages) == 1 else None)


@EVERY_SAMPLE
def test_a_recording_is_small_enough_for_the_repository(recording: Sample) -> None:
    assert recording.path.stat().st_size < (3_000_000 if recording.name == "long" else 300_000)


@pytest.mark.parametrize("mark", [600.0, 1200.0])
def test_somebody_speaks_across_the_ten_minute_marks_of_the_long_one(mark: float) -> None:
    assert [word for word in sample("long").words if word.start < mark < word.end]


def test_the_places_that_are_hard_to_cut_are_as_described() -> None:
    recording = sample("long")
    pause, continuous = recording.cut_critical
    pauses = [
        (before.end, after.start)
        for before, after in zip(recording.words, recording.words[1:], strict=False)
    ]

    def longest(at: float) -> float:
        return max(end - start for start, end in pauses if start < at + 30 and end > at - 30)

    (clear,) = [(a, b) for a, b in pauses if b - a > 1 and a > 570 and b < 630]
    assert pause.what == "pause"
    assert clear[0] < pause.at_seconds < clear[1]
    assert continuous.what == "continuous"
    assert longest(continuous.at_seconds) < 0.6
