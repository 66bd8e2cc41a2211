"""The transcript document: what it says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from scribe import cost, schemas, seams, transcript
from scribe.shapes import GapReason

from tests.support import documents, results
from tests.support.hearings import Recording, recordings
from tests.support.results import segment, spaced, word

if TYPE_CHECKING:
    from scribe.shapes import (
        AssemblyRequest,
        ChunkResult,
        Gap,
        Language,
        ObjectReference,
        Transcript,
        TranscriptObjects,
    )

STORED: ObjectReference = {"bucket": "transcripts", "key": "x"}
OBJECTS: TranscriptObjects = {"json": STORED, "txt": STORED, "srt": STORED, "vtt": STORED}


def build(*chunks: ChunkResult, request: AssemblyRequest | None = None) -> Transcript:
    seconds = chunks[-1]["end_sample"] / 16_000
    request = request or results.request(seconds, len(chunks), language=None)
    joined = seams.join(chunks, request["sample_count"])
    document = transcript.build(request, chunks, joined, worker_price_usd_per_hour=3.6)
    schemas.validate("transcript", document)
    return document


def spoken(index: int, language: Language, seconds: float) -> ChunkResult:
    """A minute in which somebody speaks that long."""
    said = segment([word("said", 0.0, seconds)], language)
    return results.result(index, 60 * index, 60 * index + 60, [said], language=language)


def test_the_language_that_is_spoken_longest_is_the_transcripts() -> None:
    document = build(spoken(0, "en", 10), spoken(1, "es", 20), spoken(2, "en", 5))

    assert document["language"] == "es"
    assert document["language_probability"] == 0.98
    assert [part["language"] for part in document["segments"]] == ["en", "es", "en"]


def test_a_language_that_was_decided_before_holds() -> None:
    request = {**results.request(60, 1, language="es"), "language_probability": 0.75}

    document = build(spoken(0, "en", 10), request=request)  # type: ignore[arg-type]  # a spread TypedDict is a dict

    assert (document["language"], document["language_probability"]) == ("es", 0.75)


def test_a_recording_that_is_half_and_half_has_both_languages_and_is_named_after_the_first() -> (
    None
):
    english = segment([word("half", 0.0, 25.0)], "en")
    spanish = segment([word("mitad", 30.0, 55.0)], "es")
    chunk = results.result(0, 0, 60, [english, spanish])

    document = build(chunk)

    assert [part["language"] for part in document["segments"]] == ["en", "es"]
    assert (document["language"], document["language_probability"]) == ("en", 0.98)


def test_the_probability_of_another_language_than_the_transcripts_is_not_its_own() -> None:
    chunk = results.result(0, 0, 60, [segment([word("dicho", 0.0, 30.0)], "es")], language="en")

    document = build(chunk)

    assert (document["language"], document["language_probability"]) == ("es", None)


def test_probabilities_are_averaged_over_the_chunks_of_that_language_by_their_length() -> None:
    first, second, third = spoken(0, "es", 30), spoken(1, "es", 30), spoken(2, "en", 30)
    first["language_probability"], second["language_probability"] = 0.6, 0.9
    second["end_sample"] += 60 * 16_000
    third["start_sample"], third["end_sample"] = 180 * 16_000, 240 * 16_000

    assert build(first, second, third)["language_probability"] == 0.8


def test_segments_keep_their_language_beside_the_one_that_was_decided_before() -> None:
    request = {**results.request(120, 2, language="en"), "language_probability": 0.7}
    chunks = (spoken(0, "en", 10), spoken(1, "es", 40))

    document = build(*chunks, request=request)  # type: ignore[arg-type]  # a spread TypedDict is a dict

    assert [part["language"] for part in document["segments"]] == ["en", "es"]
    assert (document["language"], document["language_probability"]) == ("en", 0.7)


def test_an_unknown_language_probability_is_null() -> None:
    chunk: ChunkResult = {**spoken(0, "en", 10), "language_probability": None}

    assert build(chunk)["language_probability"] is None


def test_confidence_is_weighted_by_duration() -> None:
    long, short = segment([word("long", 0, 3)]), segment([word("short", 4, 5)])
    long["confidence"], short["confidence"] = 1.0, 0.2

    assert build(results.result(0, 0, 60, [long, short]))["confidence"] == 0.8


def test_confidence_is_null_where_none_is_known() -> None:
    unknown = segment(spaced("who knows"))
    unknown["confidence"] = None

    assert build(results.result(0, 0, 60, [unknown]))["confidence"] is None


def test_segments_without_length_weigh_the_same() -> None:
    first, second = segment([word("a", 1, 1)]), segment([word("b", 2, 2)])
    first["confidence"], second["confidence"] = 0.4, 0.6

    assert build(results.result(0, 0, 60, [first, second]))["confidence"] == 0.5


def without_words(*reasons: GapReason) -> Transcript:
    gaps: list[Gap] = [
        {"start": 10.0 * index, "end": 10.0 * index + 4.25, "reason": reason}
        for index, reason in enumerate(reasons)
    ]
    return build(results.result(0, 0, 60, gaps=gaps))


@pytest.mark.parametrize("reasons", [(), ("no_speech",), ("no_speech", "no_speech")])
def test_a_recording_in_which_nobody_speaks_is_flagged(reasons: tuple[GapReason, ...]) -> None:
    assert without_words(*reasons)["no_speech"] is True


@pytest.mark.parametrize("reason", sorted({*get_args(GapReason)} - {"no_speech"}))
def test_speech_that_may_have_been_lost_is_not_silence(reason: GapReason) -> None:
    assert without_words(reason)["no_speech"] is False
    assert without_words("no_speech", reason)["no_speech"] is False


def test_the_figures_count_what_may_be_lost_and_no_jingle() -> None:
    document = without_words("no_speech", "repetition", "phantom")

    figures = transcript.figures(document, OBJECTS)

    assert (figures["gap_count"], figures["gap_seconds"]) == (2, 8.5)
    assert [gap["reason"] for gap in document["gaps"]] == ["no_speech", "repetition", "phantom"]


@given(recordings())
def test_a_document_holds_what_its_reader_relies_on(recording: Recording) -> None:
    document = build(*recording.chunks)

    documents.check(document)
    assert document["language"] == recording.language
    figures = transcript.figures(document, OBJECTS)
    assert figures["doubtful_count"] == sum(bool(part["doubts"]) for part in document["segments"])


def test_work_is_summed_by_step_and_workers_are_paid_by_the_hour() -> None:
    document = build(spoken(0, "en", 1), spoken(1, "en", 1))

    assert document["processing"] == {
        "step_seconds": {"preparation": 1.5, "align": 1.0, "transcribe": 4.0},
        "audio_seconds": 120.0,
        "cost_usd": pytest.approx(0.005),
    }


def test_an_hour_of_work_costs_the_hourly_price() -> None:
    assert cost.of_worker_seconds(3600, 0.805) == 0.805


@pytest.mark.parametrize(
    ("given", "told"), [({"metadata": {"case": "2026-118"}}, {"case": "2026-118"}), ({}, {})]
)
def test_the_owners_metadata_comes_back_in_the_document(
    given: dict[str, dict[str, str]], told: dict[str, str]
) -> None:
    request = {**results.request(60, 1, language="en"), **given}

    document = build(spoken(0, "en", 10), request=request)  # type: ignore[arg-type]  # a spread TypedDict is a dict

    assert document["metadata"] == told


def test_the_vocabulary_is_told_with_every_term_that_a_chunk_had_no_room_for() -> None:
    first, second, third = (spoken(index, "en", 1) for index in range(3))
    first["vocabulary"] = {"text": "Ana, Bo, Cy", "token_count": 3, "dropped": ["Cy"]}
    second["vocabulary"] = {"text": "Ana, Bo, Cy", "token_count": 2, "dropped": ["Bo", "Cy"]}
    third["vocabulary"] = {"text": "Ana, Bo, Cy", "token_count": 0, "dropped": []}

    assert build(first, second, third)["vocabulary"] == {
        "text": "Ana, Bo, Cy",
        "token_count": 3,
        "dropped": ["Cy", "Bo"],
    }


def test_the_text_is_that_of_its_segments() -> None:
    chunk = results.result(0, 0, 60, [segment(spaced("¿Qué tal?")), segment(spaced("Bien.", 9.0))])

    assert build(chunk)["text"] == "¿Qué tal? Bien."
