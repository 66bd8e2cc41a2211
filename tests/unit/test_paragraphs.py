"""The text file: paragraphs at pauses, gaps by name, doubtful passages marked."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scribe import paragraphs, seams, transcript
from scribe.shapes import GapReason

from tests.support import results
from tests.support.results import segment, spaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scribe.shapes import Doubt, Gap, Language, Segment, Transcript


def document(
    segments: Sequence[Segment], gaps: Sequence[Gap] = (), language: Language = "en"
) -> Transcript:
    chunk = results.result(0, 0, 3600, segments, gaps=gaps)
    joined = seams.join([chunk], 3600 * 16_000)
    return transcript.build(results.request(3600, 1, language=language), [chunk], joined, 1.0)


def test_a_pause_over_two_seconds_begins_a_paragraph() -> None:
    segments = [
        segment(spaced("one goes on", 0.0)),
        segment(spaced("after a breath", 3.3)),
        segment(spaced("and a rest", 7.0)),
    ]

    assert paragraphs.render(document(segments)) == "one goes on after a breath\n\nand a rest\n"


def test_a_pause_inside_a_segment_begins_a_paragraph_too() -> None:
    long_pause = segment([*spaced("here", 0.0), *spaced("there", 10.0)])

    assert paragraphs.render(document([long_pause])) == "here\n\nthere\n"


def test_a_gap_is_named_where_it_lies() -> None:
    segments = [segment(spaced("before it", 600.0)), segment(spaced("after it", 622.0))]
    gaps: list[Gap] = [{"start": 603.2, "end": 621.9, "reason": "repetition"}]

    assert paragraphs.render(document(segments, gaps)) == (
        "before it\n\n"
        "[00:10:03–00:10:21: not transcribed, the recognition repeated itself]\n\n"
        "after it\n"
    )


def test_gaps_at_both_ends_are_named_in_the_transcripts_language() -> None:
    gaps: list[Gap] = [
        {"start": 0.0, "end": 5.0, "reason": "no_speech"},
        {"start": 3590.0, "end": 3600.0, "reason": "low_probability"},
    ]
    text = paragraphs.render(document([segment(spaced("en medio", 60.0))], gaps, "es"))

    assert text == (
        "[00:00:00–00:00:05: no se reconoce voz]\n\n"
        "en medio\n\n"
        "[00:59:50–01:00:00: sin transcribir, demasiado difícil de entender]\n"
    )


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("reason", get_args(GapReason))
def test_each_reason_of_a_gap_is_said_in_words(language: Language, reason: GapReason) -> None:
    gaps: list[Gap] = [{"start": 60.0, "end": 72.4, "reason": reason}]
    text = paragraphs.render(document([segment(spaced("word"))], gaps, language))

    assert re.search(r"\n\n\[00:01:00–00:01:12: [a-zñáéíóú, ]{15,}\]\n$", text)


def test_a_jingle_is_no_failure() -> None:
    gaps: list[Gap] = [{"start": 60.0, "end": 72.4, "reason": "no_speech"}]
    text = paragraphs.render(document([segment(spaced("before it"))], gaps))

    assert text == "before it\n\n[00:01:00–00:01:12: no speech recognised]\n"


def test_a_doubtful_passage_is_marked_and_the_mark_explained_once() -> None:
    segments = [
        segment(spaced("This is sure.", 0.0)),
        segment(spaced("This is not.", 2.0), doubts=["low_probability"]),
        segment(spaced("Nor is this.", 4.0), doubts=["seam", "token_limit"]),
        segment(spaced("This is.", 20.0)),
    ]

    assert paragraphs.render(document(segments)) == (
        "[The mark [?] follows a passage that is doubtful. "
        "Please check it against the recording.]\n\n"
        "This is sure. This is not. [?] Nor is this. [?]\n\n"
        "This is.\n"
    )


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_preview_begins_with_what_was_said(language: Language) -> None:
    doubtful = paragraphs.render(
        document([segment(spaced("hm hm"), doubts=["seam"])], language=language)
    )
    sure = paragraphs.render(document([segment(spaced("sí"))], language=language))

    assert paragraphs.DOUBT_MARK in doubtful.splitlines()[0]
    assert paragraphs.without_legend(doubtful, language) == "hm hm [?]\n"
    assert paragraphs.without_legend(sure, language) == sure


def test_a_recording_without_speech_says_so_and_nothing_else() -> None:
    silent = "[No speech was found in this recording.]\n"

    assert paragraphs.render(document([])) == silent
    assert (
        paragraphs.render(document([], [{"start": 0.0, "end": 60.0, "reason": "no_speech"}]))
        == silent
    )


@st.composite
def speech(draw: st.DrawFn) -> Transcript:
    """Segments of a few words, with pauses and gaps between them."""
    segments: list[Segment] = []
    gaps: list[Gap] = []
    at = 0.0
    for count in draw(st.lists(st.integers(1, 4), max_size=12)):
        pause = draw(st.sampled_from([0.0, 0.3, 1.9, 2.1, 30.0]))
        if pause > 1 and draw(st.booleans()):
            reason = draw(st.sampled_from(get_args(GapReason)))
            gaps.append({"start": round(at, 3), "end": round(at + pause, 3), "reason": reason})
        at += pause
        doubts: list[Doubt] = draw(st.lists(st.sampled_from(["seam", "token_limit"]), unique=True))
        words = spaced(" ".join(f"w{len(segments)}.{index}" for index in range(count)), at)
        segments.append(segment(words, doubts=doubts))
        at = words[-1]["end"]
    return document(segments, gaps)


@given(speech())
def test_every_word_gap_and_doubt_is_told_once_and_in_order(transcript: Transcript) -> None:
    said = paragraphs.without_legend(paragraphs.render(transcript), "en")
    blocks = said.strip().split("\n\n")
    spoken = [block for block in blocks if not block.startswith("[")]
    words = " ".join(spoken).split()

    assert [each for each in words if each != "[?]"] == transcript["text"].split()
    assert words.count("[?]") == sum(part["doubtful"] for part in transcript["segments"])
    if not transcript["no_speech"]:
        assert len(blocks) - len(spoken) == len(transcript["gaps"])
    starts = [block[1:9] for block in blocks if block.startswith("[0")]
    assert starts == sorted(starts)


@given(speech())
def test_a_paragraph_ends_at_a_long_pause_or_a_gap_and_nowhere_else(
    transcript: Transcript,
) -> None:
    said = paragraphs.without_legend(paragraphs.render(transcript), "en")
    firsts = {block.split()[0] for block in said.split("\n\n")}
    words = [word for part in transcript["segments"] for word in part["words"]]

    for before, after in itertools.pairwise(words):
        parted = after["start"] - before["end"] > 2.0 or any(
            before["end"] <= gap["start"] < after["end"] for gap in transcript["gaps"]
        )
        assert (after["word"] in firsts) == parted


def test_a_segment_without_word_times_is_told_whole() -> None:
    wordless: Segment = {**segment(spaced("all of it stays", 1.0)), "words": []}

    assert paragraphs.render(document([wordless])) == "all of it stays\n"
