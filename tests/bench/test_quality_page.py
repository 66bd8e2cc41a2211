"""docs/quality.md and its pictures, made of results that are small enough to reckon by hand."""

from __future__ import annotations

import dataclasses
import re
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from bench.quality.measuring.recordings import RecordingsMissing, find
from bench.quality.rendering import page, pictures, report
from bench.quality.rendering.chart import Axis, Line, chart
from bench.quality.results import (
    Condition,
    Detection,
    Hearing,
    JudgedText,
    JudgedWord,
    Machine,
    Noise,
    Results,
    SoundHeard,
    WordErrors,
)

if TYPE_CHECKING:
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"

HEARING = Hearing(
    name="talk",
    condition=Condition(),
    seconds=60.0,
    engine_seconds=3.0,
    errors={"en": WordErrors(said=80, substituted=1, missed=2, added=1), "es": WordErrors(said=20)},
    words=(
        *(JudgedWord(0.97, is_wrong=False) for _ in range(9)),
        JudgedWord(0.97, is_wrong=True),
        JudgedWord(0.4, is_wrong=True),
        JudgedWord(None, is_wrong=True),
    ),
    start_errors=(10.0, 20.0, 30.0),
    end_errors=(15.0, 25.0, 35.0),
    estimated=1,
    segments=4,
    doubtful=2,
    doubts=(("low_probability", 2),),
    gaps=(("no_speech", 3.0),),
    texts=(
        JudgedText(-0.1, 0.01, 1.1, 2.5, (), 0.0),
        JudgedText(-1.5, 0.7, 1.0, 0.5, ("no_speech",), 1.0),
    ),
)
IN_NOISE = dataclasses.replace(
    HEARING, condition=Condition("clean", Noise("pink", 5.0)), errors={"en": WordErrors(100, 60)}
)
RESULTS = Results(
    machine=Machine("2026-01-31", "Linux x86_64", 2, "3.11.7", "fixture", "3.8.6"),
    samples=(
        HEARING,
        dataclasses.replace(
            HEARING, condition=Condition("phone"), errors={"en": WordErrors(80, 8)}
        ),
        dataclasses.replace(HEARING, condition=Condition("mp3")),
    ),
    noisy=(HEARING, IN_NOISE),
    detections=(
        Detection("pyannote", "a room", 100.0, 40.0, 50.0, 2.0, 5.0, 4.0),
        Detection("silero", "a room", 100.0, 40.0, 50.0, 0.0, 10.0, 0.1),
    ),
    sounds=(
        SoundHeard("beeps", "en", 30.0, (), 2.0, (("no_speech", 2.0),), 1),
        SoundHeard("beeps", "es", 30.0, ("gracias",), 0.0, (), 0),
    ),
    chosen={"fixture": "silero"},
    took=300.0,
)


@pytest.fixture(scope="module")
def text() -> str:
    return page.render(RESULTS, page.TEXT.read_text("utf-8"))


def test_everything_measured_has_its_place_on_the_page(text: str) -> None:
    places = set(re.findall(r"\$(\w+)", page.TEXT.read_text("utf-8")))
    everything = "\n".join(f"${place}" for place in sorted(places))
    assert "$" not in text
    assert "$" not in page.render(RESULTS, everything)


def test_every_row_of_a_table_has_the_cells_of_its_head(text: str) -> None:
    for table in re.findall(r"(?:^ *\|.*\n)+", text, re.MULTILINE):
        widths = {row.count("|") for row in table.splitlines()}
        assert len(widths) == 1, table


@pytest.mark.parametrize(
    "said",
    [
        "| 2026-01-31 |",
        # 4 errors in 100 words of both languages; over the telephone 8 in 80.
        "| `talk` | 100 | 4.0 % | 10.0 % | 4.0 % |",
        "| all Spanish | 20 | 0.0 % | 0.0 % | 0.0 % |",
        "| clean | 20 / 28 | 25 / 33 | 1 of 12 |",
        "| `talk`, clean | 1 of 2 | 2 of 4 | low_probability 2 | no_speech 3 s |",
        # Both conditions together: 18 right and 2 wrong at 0.97.
        "| 0.95 to 0.98 | 20 | 0.97 | 10.0 % |",
        "| unknown (`null`) | 2 | – | 100.0 % | – |",
        # A right word is above the wrong one at 0.4, and ties with the one at 0.97.
        "in **0.75** of all pairs",
        "| pink noise, 5 dB | 12 |",
        "Of 2 right decodings the gates refused 0 (0.0 %). Of 2 wrong decodings",
        "| a room | 2.0 s (5 %) | 5.0 s (10 %) | 0.0 s (0 %) | 10.0 s (20 %) |",
        "speak for **silero**",
        "| beeps | 60 s | 2.0 s | 1 | no_speech 2 s | 1 |",
        "**1 word** in 1 minutes",
    ],
)
def test_the_page_says_what_was_measured(text: str, said: str) -> None:
    assert said in text


def test_a_person_reads_the_same_of_their_own_recordings() -> None:
    silent = dataclasses.replace(HEARING, name="hold.mp3", errors={"en": WordErrors(added=2)})
    answer = report.render([HEARING, silent])
    assert "| talk | 100 | 4.0 % | 1 | 2 | 1 | 2 of 4 | no_speech 3 s | 0.050 |" in answer
    assert "| hold.mp3 | 0 | nobody speaks | 0 | 0 | 2 |" in answer
    assert "| **all** | 100 | 6.0 % | 1 | 2 | 3 | 4 of 8 | no_speech 6 s | 0.050 |" in answer


@pytest.mark.parametrize(
    "picture", [pictures.confidence(RESULTS.noisy), pictures.noise(RESULTS.noisy)]
)
def test_a_picture_is_an_image_with_a_description_for_light_and_dark(picture: str) -> None:
    image = ET.fromstring(picture)  # noqa: S314  # our own text
    assert image.tag == f"{SVG}svg"
    assert image.get("aria-label")
    assert "prefers-color-scheme: dark" in picture


def test_labels_of_lines_that_end_together_stand_apart() -> None:
    axis = Axis("x", ((0.0, "0"), (1.0, "1")))
    lines = [Line(f"line {number}", "blue", ((0.0, 0.0), (1.0, 0.5))) for number in range(4)]
    image = ET.fromstring(chart("four lines", axis, axis, lines))  # noqa: S314  # our own text
    heights = sorted(
        float(text.get("y", "nan"))
        for text in image.iter(f"{SVG}text")
        if (text.text or "").startswith("line")
    )
    assert all(below - above >= 15 for above, below in pairwise(heights))


def test_labels_are_beside_the_axes_where_lines_end_before_them() -> None:
    """There a label beside a line's end would hide the axis' figures, or another line."""
    axis = Axis("x", ((0.0, "0"), (1.0, "1")))
    lines = [Line(f"line {end}", "blue", ((0.0, 0.0), (end, 0.0))) for end in (0.2, 0.9, 1.0)]
    image = ET.fromstring(chart("three lines", axis, axis, lines))  # noqa: S314  # our own text
    places = {
        text.text: (float(text.get("x", "nan")), float(text.get("y", "nan")))
        for text in image.iter(f"{SVG}text")
    }
    end_of_axis, _ = places["1"]
    labels = [places[line.label] for line in lines]
    assert all(x > end_of_axis for x, _ in labels)
    assert all(below - above >= 15 for (_, above), (_, below) in pairwise(labels))


def test_a_confidence_that_nobody_knows_leaves_an_empty_picture() -> None:
    unknown = dataclasses.replace(HEARING, words=(JudgedWord(None, is_wrong=False),))
    assert ET.fromstring(pictures.confidence([unknown])).tag == f"{SVG}svg"  # noqa: S314  # our own text
    assert "| unknown (`null`) | 1 |" in report.render([unknown])


def test_recordings_are_those_with_a_text_beside_them(tmp_path: Path) -> None:
    for name in ("b.mp3", "b.txt", "a.m4a", "a.txt", "no-text.wav", "no-audio.txt"):
        (tmp_path / name).touch()
    assert [found.audio.name for found in find(tmp_path)] == ["a.m4a", "b.mp3"]


def test_a_folder_without_any_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingsMissing, match=tmp_path.name):
        find(tmp_path)
