"""Joining chunk results: what must hold for any recording, and the cases people meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from scribe import seams
from scribe.alignment import normalised

from tests.support import results
from tests.support.hearings import Recording, recordings
from tests.support.results import segment, spaced, word

if TYPE_CHECKING:
    from scribe.shapes import Gap, Segment


def texts(joined: seams.Joined) -> list[str]:
    return [said["word"] for part in joined.segments for said in part["words"]]


@settings(max_examples=1000)  # what this law found last was one recording in two thousand
@given(recordings())
def test_no_word_is_lost_or_doubled_whatever_the_cuts(recording: Recording) -> None:
    assert list(map(normalised, texts(recording.join()))) == [
        normalised(said["word"]) for said in recording.words
    ]


@given(recordings())
def test_nothing_outside_an_overlap_changes(recording: Recording) -> None:
    overlaps = recording.overlaps()
    joined = recording.join().segments

    for chunk in recording.chunks:
        offset = chunk["start_sample"] / 16_000
        for part in chunk["segments"]:
            start, end = part["start"] + offset, part["end"] + offset
            if all(end < begin or start > finish for begin, finish in overlaps):
                shifted = [
                    {
                        **said,
                        "start": pytest.approx(said["start"] + offset, abs=0.001),
                        "end": pytest.approx(said["end"] + offset, abs=0.001),
                    }
                    for said in part["words"]
                ]
                assert any(shifted == other["words"] for other in joined)


@given(recordings())
def test_an_overlap_in_which_both_agree_is_repaired(recording: Recording) -> None:
    assert [seam["status"] for seam in recording.join().seams] == ["repaired"] * (
        len(recording.chunks) - 1
    )


def two_chunks(
    left: list[Segment],
    right: list[Segment],
    left_gaps: tuple[Gap, ...] = (),
    right_gaps: tuple[Gap, ...] = (),
) -> seams.Joined:
    """Chunks of 0-30 s and 20-60 s: the overlap is 20-30 s, its middle at 25 s."""
    chunks = [
        results.result(0, 0, 30, left, gaps=left_gaps),
        results.result(1, 20, 60, right, gaps=right_gaps),
    ]
    return seams.join(chunks, 60 * 16_000)


def test_a_cut_in_a_pause_is_clean_and_changes_nothing() -> None:
    left, right = segment(spaced("up to here")), segment(spaced("here we go"))

    joined = seams.join(
        [results.result(0, 0, 10, [left]), results.result(1, 10, 20, [right])], 20 * 16_000
    )

    assert texts(joined) == ["up", "to", "here", "here", "we", "go"]
    assert joined.seams == [{"start": 10.0, "end": 10.0, "status": "clean"}]
    assert joined.segments[0] == left
    assert joined.segments[1]["words"][0]["start"] == 10.0


def test_words_that_are_really_said_twice_survive_the_seam() -> None:
    left = segment(spaced("but I said no, no, no, not that one", 22.0))
    right = segment(spaced("But I said no no no, not that one", 2.1))

    joined = two_chunks([left], [right])

    assert [said.strip(",").lower() for said in texts(joined)] == (
        ["but", "i", "said", "no", "no", "no", "not", "that", "one"]
    )


def test_two_hearings_of_a_different_text_meet_at_the_middle_and_are_doubtful() -> None:
    left = segment(spaced("alpha beta gamma delta epsilon zeta eta theta", 21.0, 1.0, 0.9))
    right = segment(spaced("one two three four five six seven eight nine", 1.5, 1.0, 0.9))

    joined = two_chunks([left], [right])

    kept = ["alpha", "beta", "gamma", "delta", "five", "six", "seven", "eight", "nine"]
    assert texts(joined) == kept
    assert joined.seams == [{"start": 20.0, "end": 30.0, "status": "doubtful"}]
    assert [part["doubts"] for part in joined.segments] == [["seam"], ["seam"]]


def test_a_segment_outside_a_doubtful_overlap_is_not_doubtful() -> None:
    left = [segment(spaced("long before", 1.0)), segment(spaced("alpha beta gamma", 21.0))]
    right = [segment(spaced("one two three", 1.0)), segment(spaced("long after", 30.0))]

    joined = two_chunks(left, right)

    assert [part["doubtful"] for part in joined.segments] == [False, True, False]


def test_the_engines_own_doubts_stay_beside_that_of_the_seam() -> None:
    left = segment(spaced("alpha beta gamma", 21.0), doubts=["token_limit"])

    joined = two_chunks([left], [segment(spaced("one two three", 6.0))])

    assert [part["doubts"] for part in joined.segments] == [["token_limit", "seam"], ["seam"]]


def test_a_word_in_the_middle_that_each_chunk_understood_differently_is_told_once() -> None:
    for shift in (-0.02, 0.0, 0.02):
        left = segment([word("ship", 24.8 - shift, 25.2 - shift)])
        right = segment([word("sheep", 4.8 + shift, 5.2 + shift)])

        joined = two_chunks([left], [right])

        assert len(texts(joined)) == 1
        assert joined.seams[0]["status"] == "doubtful"


def test_a_single_word_in_common_does_not_make_two_texts_agree() -> None:
    left = segment(spaced("alpha beta gamma and epsilon zeta eta theta", 21.0, 1.0, 0.9))
    right = segment(spaced("one two three and five six seven eight", 1.0, 1.0, 0.9))

    joined = two_chunks([left], [right])

    kept = ["alpha", "beta", "gamma", "and", "five", "six", "seven", "eight"]
    assert texts(joined) == kept
    assert joined.seams[0]["status"] == "doubtful"


@pytest.mark.parametrize("loser", ["left", "right"])
def test_what_one_chunk_lost_in_the_middle_of_an_overlap_comes_from_the_other(loser: str) -> None:
    said = "a b c d e f g h i j"
    lost: Gap = {"start": 3.0, "end": 7.0, "reason": "repetition"}
    whole = spaced(said, 0.0, 1.0, 0.9)
    holed = [*whole[:3], *whole[7:]]
    heard = {"left": (holed, whole), "right": (whole, holed)}[loser]
    left = [{**each, "start": each["start"] + 20, "end": each["end"] + 20} for each in heard[0]]

    joined = two_chunks(
        [segment(left)],  # type: ignore[arg-type]  # a spread TypedDict is a dict
        [segment(heard[1])],
        left_gaps=({**lost, "start": 23.0, "end": 27.0},) if loser == "left" else (),
        right_gaps=(lost,) if loser == "right" else (),
    )

    assert texts(joined) == said.split()
    assert joined.gaps == []
    assert joined.seams[0]["status"] == "repaired"


def test_speech_that_only_one_chunk_heard_is_kept() -> None:
    joined = two_chunks(
        [segment(spaced("heard on the left", 21.0))], [segment(spaced("and on the right", 6.0))]
    )

    assert texts(joined) == ["heard", "on", "the", "left", "and", "on", "the", "right"]
    assert joined.seams[0]["status"] == "doubtful"


def test_an_overlap_without_words_is_clean() -> None:
    joined = two_chunks([segment(spaced("early"))], [segment(spaced("late", 30.0))])

    assert texts(joined) == ["early", "late"]
    assert joined.seams == [{"start": 20.0, "end": 30.0, "status": "clean"}]


def test_what_one_chunk_missed_is_told_by_the_other_although_more_words_differ_than_agree() -> None:
    said = spaced("sí lunes no tú cien cien así sí tú tú sí sí mil no niño sí", 20.0, 0.6, 0.5)
    unclear = [word("mm", missed["start"], missed["end"]) for missed in said[11:13]]
    right = [
        word(each["word"], each["start"] - 20, each["end"] - 20) for each in [*said[:5], *said[8:]]
    ]

    joined = two_chunks([segment([*said[:11], *unclear])], [segment(right)])

    assert texts(joined) == [each["word"] for each in said]


def test_a_cut_segment_has_the_confidence_of_the_words_it_keeps() -> None:
    left = segment([*spaced("a b", 24.0), word("c", 26.0, 26.4, 0.1), word("d", 27.0, 27.4, None)])
    right = segment([word("b", 4.5, 4.9, 0.5), word("see", 6.0, 6.4, None)])

    joined = two_chunks([left], [right])

    assert [(part["text"], part["confidence"]) for part in joined.segments] == [
        ("a b", 0.9),
        ("see", None),
    ]


def test_a_segment_without_word_times_stays_on_the_side_of_the_seam_it_lies_on() -> None:
    def wordless(text: str, start: float, end: float) -> Segment:
        return {**segment([word(text, start, end)]), "words": []}

    joined = two_chunks([wordless("left", 21.0, 23.0)], [wordless("right", 6.0, 8.0)])

    assert [part["text"] for part in joined.segments] == ["left", "right"]


def test_a_gap_ends_where_the_other_chunk_takes_over() -> None:
    lost: Gap = {"start": 22.0, "end": 30.0, "reason": "repetition"}

    joined = two_chunks(
        [segment(spaced("so far", 20.0))],
        [segment(spaced("so far and further", 0.0, 1.5))],
        left_gaps=(lost,),
    )

    assert joined.gaps == []


def test_one_gap_across_a_seam_stays_one_gap() -> None:
    joined = two_chunks(
        [],
        [],
        left_gaps=({"start": 15.0, "end": 30.0, "reason": "no_speech"},),
        right_gaps=({"start": 0.0, "end": 12.0, "reason": "no_speech"},),
    )

    assert joined.gaps == [{"start": 15.0, "end": 32.0, "reason": "no_speech"}]


def test_holes_before_between_and_after_the_chunks_are_named() -> None:
    chunks = [results.result(0, 5, 10), results.result(1, 15, 20)]

    joined = seams.join(chunks, 30 * 16_000)

    assert [(gap["start"], gap["end"]) for gap in joined.gaps] == [(0, 5), (10, 15), (20, 30)]
    assert {gap["reason"] for gap in joined.gaps} == {"missing_chunk"}
    assert joined.seams == []


def test_a_word_that_ends_after_its_chunk_is_cut_at_the_chunks_last_sample() -> None:
    late = segment([word("end", 9.5, 10.4)])

    joined = seams.join([results.result(0, 0, 10, [late])], 160_007)

    assert joined.segments[0]["words"][0]["end"] == 10.0
    assert joined.segments[0]["end"] == 10.0


def test_offsets_are_exact_to_the_sample() -> None:
    chunk = results.result(0, 0, 10, [segment([word("here", 1.0, 1.5)])])
    chunk["start_sample"], chunk["end_sample"] = 9_612_345, 9_772_345

    joined = seams.join([chunk], 9_772_345)

    assert joined.segments[0]["words"][0]["start"] == round(9_612_345 / 16_000 + 1.0, 3)
