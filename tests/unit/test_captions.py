"""Cues that a reader can follow."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st
from scribe import captions
from scribe.captions import Cue
from scribe.spoken import Spoken

if TYPE_CHECKING:
    from collections.abc import Iterator

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

    assert "".join(said.split()) == "".join(word.text for word in words)


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


@st.composite
def sentences(draw: st.DrawFn) -> list[Spoken]:
    """Words that fit a line, with every kind of punctuation, some of it standing alone."""
    word = st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "", "", "¿", "¡", "(", "«"]),
        st.sampled_from(["no", "él", "1.234,50", "20", "meeting", "aproximadamente"]),
        st.sampled_from([*[""] * 9, ",", ".", "?", "!", "…", ":", ")", "».", "%"]),
    )
    alone = st.sampled_from(["¿", "¡", "(", ".", "?", "...", ")", "%", "-", "&"])
    texts = draw(st.lists(st.one_of(*[word] * 6, alone), min_size=15, max_size=60))
    words, at = [], 0
    for text in texts:
        at += draw(st.sampled_from([*[0] * 9, 50, 300, 1000, 2500]))
        length = draw(st.sampled_from([0, 120, 300, 700]))
        words.append(Spoken(text, at / 1000, (at + length) / 1000))
        at += length
    return words


def told(words: list[Spoken]) -> Iterator[tuple[Cue, list[Spoken]]]:
    """Each cue with the words that it says."""
    rest = iter(words)
    for cue in captions.cues(words, duration_of(words)):
        yield cue, list(itertools.islice(rest, len(" ".join(cue.lines).split())))


@given(sentences())
@example([Spoken("¿", 0.0, 0.1), Spoken("Cómo", 0.2, 0.4), Spoken("?", 0.5, 0.5)])
def test_no_line_ends_with_an_opening_mark_or_begins_with_a_closing_one(
    words: list[Spoken],
) -> None:
    lines = [line.split() for cue, _ in told(words) for line in cue.lines]

    assert [text for line in lines for text in line] == [word.text for word in words]
    for line, following in itertools.pairwise(lines):
        assert not set(line[-1]) <= OPENING
        assert not set(following[0]) <= CLOSING


OPENING, CLOSING = set("¿¡(«"), set(".,?!…):%")


@given(sentences())
def test_a_cue_ends_at_a_sentences_end_when_it_had_time_and_always_at_a_pause(
    words: list[Spoken],
) -> None:
    for cue, spoken in told(words):
        for word, following in itertools.pairwise(spoken):
            if {*word.text, *following.text} <= OPENING | CLOSING:
                continue  # a mark alone has no sound, and so no pause
            if set(word.text) <= OPENING or set(following.text) <= CLOSING:
                continue
            assert following.start - word.end < 1.0
            ended = word.text.rstrip(")»").endswith((".", "?", "!", "…"))
            assert not ended or following.start - cue.start < 1.0


@given(sentences())
def test_a_line_breaks_at_punctuation_where_both_lines_have_room(words: list[Spoken]) -> None:
    for cue in captions.cues(words, duration_of(words)):
        if len(cue.lines) == 1:
            continue
        texts = " ".join(cue.lines).split(" ")
        breaks = [(" ".join(texts[:end]), " ".join(texts[end:])) for end in range(1, len(texts))]
        good = [first for first, second in breaks if ends_clause(first) and len(second) <= 42]
        if any(len(first) <= 42 for first in good):
            assert ends_clause(cue.lines[0])


def ends_clause(line: str) -> bool:
    return line.rstrip(")»").endswith((".", "?", "!", "…", ",", ":"))


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


def test_text_from_right_to_left_stays_in_the_order_in_which_it_is_said() -> None:
    text = "قال: مرحبا بكم، ثم שלום לכולם 123 (نعم)."

    cues = captions.cues(spaced(text), 60)

    assert " ".join(line for cue in cues for line in cue.lines) == text


def test_words_without_length_are_shown_all_the_same() -> None:
    words = [Spoken(f"word{index}", 3.0, 3.0) for index in range(40)]

    cues = captions.cues(words, 3.0)

    assert " ".join(line for cue in cues for line in cue.lines).split() == [
        word.text for word in words
    ]
    assert all(earlier.end <= later.start for earlier, later in itertools.pairwise(cues))
    assert all(cue.start < cue.end for cue in cues)


def test_numbers_and_spanish_punctuation_are_kept() -> None:
    cues = captions.cues(spaced("¿Cuánto es? ¡Son 1.234,50 €!"), 60)

    assert " ".join(line for cue in cues for line in cue.lines) == "¿Cuánto es? ¡Son 1.234,50 €!"
