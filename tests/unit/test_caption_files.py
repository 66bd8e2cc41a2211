"""Cues as SRT and WebVTT files, as independent readers understand them."""

from __future__ import annotations

import io
import subprocess
from typing import TYPE_CHECKING

import pytest
import srt  # type: ignore[import-untyped]  # it carries no types
import webvtt
from hypothesis import example, given
from hypothesis import strategies as st
from scribe import captions
from scribe.captions import Cue
from scribe.spoken import Spoken

from tests.unit.audio_support import FFMPEGS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = st.text(
    st.one_of(st.characters(blacklist_categories=("C", "Z")), st.sampled_from("<>&->{}")),
    min_size=1,
    max_size=20,
)


@given(st.lists(TEXT, min_size=1, max_size=20))
@example(["NOTE", "this", "-->", "is", "<b>no</b>", "comment", "&amp;", "¿qué?", "100,5", "---->"])
def test_vtt_says_the_same_to_an_independent_reader(texts: list[str]) -> None:
    cues = captions.cues(
        [Spoken(text, float(index), index + 0.5) for index, text in enumerate(texts)], 1000
    )
    rendered = captions.as_vtt(cues)

    read = webvtt.from_buffer(io.StringIO(rendered)).captions
    assert [(caption.start_in_seconds, unescaped(caption.raw_text)) for caption in read] == [
        (int(cue.start), "\n".join(cue.lines)) for cue in cues
    ]
    assert rendered.count("-->") == len(cues)


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@given(st.lists(TEXT, min_size=1, max_size=20))
@example(["-->", "----->", "1", "00:00:01,000"])
def test_srt_says_the_same_to_an_independent_reader(texts: list[str]) -> None:
    cues = captions.cues(
        [Spoken(text, float(index), index + 0.5) for index, text in enumerate(texts)], 1000
    )
    rendered = captions.as_srt(cues)

    read = list(srt.parse(rendered))
    assert [(entry.start.total_seconds(), entry.content) for entry in read] == [
        (cue.start, "\n".join(cue.lines).replace("-->", "→")) for cue in cues
    ]
    assert rendered.count("-->") == len(cues)


@pytest.mark.parametrize("hours", [23, 24, 99, 100, 1000])
def test_times_of_a_day_and_more_are_written_out_and_read_again(hours: int) -> None:
    cue = Cue(hours * 3600 + 61.5, hours * 3600 + 62.25, ("late",))

    rendered = captions.as_srt([cue]), captions.as_vtt([cue])

    assert f"{hours}:01:01,500 --> {hours}:01:02,250" in rendered[0]
    assert f"{hours}:01:01.500 --> {hours}:01:02.250" in rendered[1]
    (read,) = srt.parse(rendered[0])
    (shown,) = webvtt.from_string(rendered[1]).captions
    assert (read.start.total_seconds(), read.end.total_seconds()) == (cue.start, cue.end)
    assert (shown.start_in_seconds, shown.end_in_seconds) == (int(cue.start), int(cue.end))


def test_a_time_is_rounded_as_a_whole_not_in_its_seconds() -> None:
    cue = Cue(59.9996, 3599.9996, ("now",))

    assert "00:01:00,000 --> 01:00:00,000" in captions.as_srt([cue])
    assert "00:01:00.000 --> 01:00:00.000" in captions.as_vtt([cue])


def test_a_file_without_cues_is_a_valid_vtt_file() -> None:
    assert captions.as_vtt([]) == "WEBVTT\n\n"
    assert webvtt.from_string(captions.as_vtt([])).captions == []


@pytest.mark.parametrize("render", [captions.as_srt, captions.as_vtt])
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_a_notice_in_the_place_of_cues_is_a_file_that_players_read(
    render: Callable[[list[Cue]], str], ffmpeg: str, tmp_path: Path
) -> None:
    path = tmp_path / f"captions.{render.__name__.removeprefix('as_')}"
    path.write_text(render(captions.notice("[No speech was found in this recording.]", 2.5)))

    shown = subprocess.run(
        [ffmpeg, "-loglevel", "error", "-i", path, "-f", "srt", "-"],
        check=True,
        capture_output=True,
        text=True,
    )

    (cue,) = srt.parse(shown.stdout)
    assert cue.content == "[No speech was found in this recording.]"
    assert (cue.start.total_seconds(), cue.end.total_seconds()) == (0.0, 2.5)


BROKEN = [
    "one\r\ntwo",
    "\nthree\n\nfour",
    "five\tsix",
    "seven\u2028eight",
    "nine\x0bten\x85",
    " ",
    "",
]


def test_line_feeds_inside_words_make_no_lines() -> None:
    words = [Spoken(text, 3.0 * index, 3 * index + 0.9) for index, text in enumerate(BROKEN)]

    cues = captions.cues(words, 60)

    assert [cue.lines for cue in cues] == [
        ("one\u00a0two",),
        ("three\u00a0four",),
        ("five\u00a0six",),
        ("seven\u00a0eight",),
        ("nine\u00a0ten",),
    ]
    assert len(captions.as_srt(cues).splitlines()) == 4 * len(cues)
    assert len(captions.as_vtt(cues).splitlines()) == 2 + 3 * len(cues)
