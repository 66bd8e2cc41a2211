"""Cues a reader can follow, in files that players accept."""

from __future__ import annotations

import io
import itertools

import srt  # type: ignore[import-untyped]  # it carries no types
import webvtt
from hypothesis import example, given
from hypothesis import strategies as st
from scribe import captions
from scribe.captions import Cue
from scribe.spoken import Spoken

MARKS = ["", "", "", ",", ".", "?", "…", ":", ")", '."']


@st.composite
def speech(draw: st.DrawFn) -> list[Spoken]:
    """Words of any length at any pace, some of them at one and the same time."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.one_of(st.integers(1, 14), st.integers(1, 100)),
                st.sampled_from(MARKS),
                st.one_of(st.just(0), st.integers(50, 900), st.integers(0, 9000)),  # length, ms
                st.one_of(st.just(0), st.integers(0, 400), st.integers(0, 8000)),  # pause, ms
            ),
            max_size=60,
        )
    )
    words, at = [], 0
    for characters, mark, length, pause in drawn:
        at += pause
        words.append(Spoken("w" * characters + mark, at / 1000, (at + length) / 1000))
        at += length
    return words


def duration_of(words: list[Spoken]) -> float:
    return (words[-1].end if words else 0.0) + 5.0


@given(speech())
def test_cues_say_every_word_once_and_in_order(words: list[Spoken]) -> None:
    said = "".join("".join(cue.lines) for cue in captions.cues(words, duration_of(words)))

    assert said.replace(" ", "") == "".join(word.text for word in words)


@given(speech())
def test_a_cue_has_at_most_two_lines_of_42_characters(words: list[Spoken]) -> None:
    for cue in captions.cues(words, duration_of(words)):
        assert 1 <= len(cue.lines) <= 2
        assert all(0 < len(line) <= 42 for line in cue.lines)


@given(speech())
def test_cues_never_overlap_and_last_at_most_seven_seconds(words: list[Spoken]) -> None:
    cues = captions.cues(words, duration_of(words))

    assert all(0 < cue.end - cue.start <= 7.0005 for cue in cues)
    assert all(earlier.end <= later.start for earlier, later in itertools.pairwise(cues))


@given(speech())
def test_a_cue_stays_long_enough_to_be_read_unless_the_next_one_begins(
    words: list[Spoken],
) -> None:
    duration = duration_of(words)
    cues = captions.cues(words, duration)

    for cue, limit in zip(cues, [*(cue.start for cue in cues[1:]), duration], strict=False):
        characters = sum(map(len, cue.lines))
        long_enough = cue.end - cue.start >= max(1.0, characters / 20) - 0.0011
        assert long_enough or cue.end >= limit - 0.0011


def spaced(text: str, step: float = 0.4) -> list[Spoken]:
    return [
        Spoken(said, round(index * step, 3), round(index * step + 0.9 * step, 3))
        for index, said in enumerate(text.split())
    ]


def test_cues_break_at_the_ends_of_sentences() -> None:
    words = spaced("This is the first one. And this is the second one, which is longer.")

    assert [cue.lines for cue in captions.cues(words, 60)] == [
        ("This is the first one.",),
        ("And this is the second one,", "which is longer."),
    ]


def test_a_full_cue_breaks_at_a_comma_rather_than_in_the_middle_of_a_clause() -> None:
    words = spaced(
        "when the recording goes on and on without a full stop, a reader is glad about every comma",
        0.25,
    )

    assert captions.cues(words, 60)[0].lines == (
        "when the recording goes on",
        "and on without a full stop,",
    )


def test_a_full_cue_without_punctuation_breaks_at_the_longest_pause() -> None:
    words = spaced("one two three four five six seven eight nine ten eleven twelve a b c d e", 0.3)
    later = [Spoken(text, start + 0.5, end + 0.5) for text, start, end in words[11:]]

    first, *_ = captions.cues([*words[:11], *later, *spaced_after(later, "and so on and on")], 60)

    assert " ".join(first.lines).split()[-1] == "eleven"


def spaced_after(words: list[Spoken], text: str) -> list[Spoken]:
    offset = words[-1].end
    return [Spoken(said, offset + start, offset + end) for said, start, end in spaced(text, 0.3)]


def test_a_pause_ends_a_cue_although_there_is_room() -> None:
    words = [Spoken("wait", 0.0, 0.4), Spoken("here", 5.0, 5.4)]

    assert captions.cues(words, 60) == [Cue(0.0, 1.0, ("wait",)), Cue(5.0, 6.0, ("here",))]


def test_no_cue_outlasts_the_file() -> None:
    assert captions.cues([Spoken("bye", 9.5, 9.7)], 10.0)[-1].end == 10.0


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


def test_times_of_a_day_and_more_are_written_out() -> None:
    cue = Cue(100 * 3600 + 61.5, 100 * 3600 + 62.25, ("late",))

    assert "100:01:01,500 --> 100:01:02,250" in captions.as_srt([cue])
    assert "100:01:01.500 --> 100:01:02.250" in captions.as_vtt([cue])


def test_numbers_and_spanish_punctuation_are_kept() -> None:
    cues = captions.cues(spaced("¿Cuánto es? ¡Son 1.234,50 €!"), 60)

    assert " ".join(line for cue in cues for line in cue.lines) == "¿Cuánto es? ¡Son 1.234,50 €!"
