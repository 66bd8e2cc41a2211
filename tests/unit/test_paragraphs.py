"""The text file: paragraphs at pauses, gaps by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scribe import paragraphs, seams, transcript

from tests.support import results
from tests.support.results import segment, spaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scribe.shapes import Gap, Language, Segment, Transcript


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
        "before it\n\n[00:10:03–00:10:21: not transcribed]\n\nafter it\n"
    )


def test_gaps_at_both_ends_are_named_in_the_transcripts_language() -> None:
    gaps: list[Gap] = [
        {"start": 0.0, "end": 5.0, "reason": "repetition"},
        {"start": 3590.0, "end": 3600.0, "reason": "repetition"},
    ]
    text = paragraphs.render(document([segment(spaced("en medio", 60.0))], gaps, "es"))

    assert text == (
        "[00:00:00–00:00:05: sin transcribir]\n\nen medio\n\n[00:59:50–01:00:00: sin transcribir]\n"
    )


def test_a_recording_without_speech_says_so() -> None:
    assert paragraphs.render(document([])) == "[No speech was found in this recording.]\n"


def test_a_segment_without_word_times_is_told_whole() -> None:
    wordless: Segment = {**segment(spaced("all of it stays", 1.0)), "words": []}

    assert paragraphs.render(document([wordless])) == "all of it stays\n"
