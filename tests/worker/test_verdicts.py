"""What follows for a chunk from the verdicts on its windows: gaps, seconds of speech, segments."""

from __future__ import annotations

from worker import segments
from worker.evidence import Evidence
from worker.verdicts import Heard, Missing, Verdict, gaps, speech_seconds
from worker.windows import Window
from worker.words import place


def window(start: float, seconds: float) -> Window:
    return Window(((start, start + seconds),))


def heard(
    start: float, text: str = "Good morning. Who is there?", *confidences: float | None
) -> Heard:
    evidence = Evidence(text, 8, 224, -0.2, 0.05, "en", word_confidences=confidences)
    return Heard(window(start, 2), evidence, ("token_limit",))


def test_gaps_apart_or_of_other_reasons_stay_apart() -> None:
    found: list[Verdict] = [
        Missing(window(0, 2), "no_speech"),
        Missing(window(2, 2), "no_speech"),
        Missing(window(4, 2), "repetition"),
        Missing(window(9, 2), "repetition"),
        heard(11),
        Missing(window(13, 2), "repetition"),
    ]
    assert [(gap["start"], gap["end"]) for gap in gaps(found)] == [
        (0, 4),
        (4, 6),
        (9, 11),
        (13, 15),
    ]
    assert speech_seconds(found) == 8


def test_a_window_becomes_a_segment_for_each_sentence_with_its_words_confidences() -> None:
    known = heard(0, "Good morning. Who is there?", 0.9, 0.5, None, 0.8, 0.6)
    words = place(known.evidence.text.split(), (), known.window.speech)
    first, second = segments.of_window(known, [words[:2], words[2:]], 0.0)
    assert (first["text"], second["text"]) == ("Good morning.", "Who is there?")
    assert [word["confidence"] for word in first["words"]] == [0.9, 0.5]
    assert [word["confidence"] for word in second["words"]] == [None, 0.8, 0.6]
    assert first["confidence"] is not None
    assert 0.5 < first["confidence"] < 0.7, "weighted by duration: the longer word is less sure"
    assert (first["doubtful"], first["doubts"]) == (True, ["token_limit"])
    assert first["end"] <= second["start"]


def test_a_sentence_of_unsure_words_is_doubtful_and_its_neighbour_is_not() -> None:
    mixed = heard(0, "Good morning. Who is there?", 0.9, 0.9, 0.4, 0.5, 0.6)
    words = place(mixed.evidence.text.split(), (), mixed.window.speech)
    first, second = segments.of_window(mixed, [words[:2], words[2:]], 0.6)
    assert first["doubts"] == ["token_limit"]
    assert second["doubts"] == ["low_probability", "token_limit"]


def test_without_any_known_confidence_a_segment_has_none_and_no_doubt_of_it() -> None:
    unknown = heard(0)
    words = place(unknown.evidence.text.split(), (), unknown.window.speech)
    (segment,) = segments.of_window(unknown, [words], 1.0)
    assert segment["confidence"] is None
    assert segment["doubts"] == ["token_limit"]
