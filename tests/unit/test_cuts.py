"""Where recordings are cut: laws for any length, and the choice of a pause."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scribe import clock, cuts
from scribe.adapters.pauses import find_pauses
from scribe.chunker import Chunker, Piece
from scribe.cuts import Chunk, Cut, CutRules, Stretch
from scribe.levels import NoiseFloor, Samples, frame_levels

from tests.unit.audio_support import noise, tone

DESIGN = CutRules()
SMALL = CutRules(
    chunk_seconds=6,
    search_seconds=1,
    overlap_seconds=0.5,
    shortest_tail_seconds=1.5,
    slack_seconds=4,
)


def seconds(*times: float) -> Stretch:
    start, end = times
    return Stretch(clock.samples(start), clock.samples(end))


def frames(window: Stretch, quiet_at: int) -> list[tuple[Stretch, float]]:
    return [
        (Stretch(start, start + 320), -60.0 if start <= quiet_at < start + 320 else -20.0)
        for start in range(window.start, window.end, 320)
    ]


def pieces_of(samples: Samples, rules: CutRules, *, block: int = 16_000) -> list[Piece]:
    chunker, floor = Chunker(rules, find_pauses), NoiseFloor()
    pieces: list[Piece] = []
    for start in range(0, len(samples), block):
        part = samples[start : start + block]
        floor.add(frame_levels(part))
        pieces += chunker.feed(part, floor.dbfs)
    return pieces + list(chunker.finish(floor.dbfs))


def chunks_of(pieces: list[Piece]) -> list[Chunk]:
    return [piece.ended for piece in pieces if piece.ended]


MARK = DESIGN.mark(0)


class TestChoice:
    def test_a_cut_lies_in_the_middle_of_a_short_pause_and_the_chunks_touch(self) -> None:
        cut = cuts.choose(DESIGN, MARK, [seconds(590.0, 590.4)], [])
        assert cut == Cut(clock.samples(590.2), clock.samples(590.2))

    def test_the_longer_of_two_short_pauses_wins_although_it_is_further_from_the_mark(self) -> None:
        cut = cuts.choose(DESIGN, MARK, [seconds(580, 580.8), seconds(600, 600.4)], [])
        assert cut.end == clock.samples(580.4)

    def test_of_two_ample_pauses_the_nearer_one_wins_although_the_other_is_longer(self) -> None:
        cut = cuts.choose(DESIGN, MARK, [seconds(571, 580), seconds(610, 611.5)], [])
        assert cut.end == clock.samples(610.5)

    def test_within_a_long_pause_the_cut_lies_at_the_mark(self) -> None:
        assert cuts.choose(DESIGN, MARK, [seconds(575, 620)], []).end == MARK

    def test_a_stretch_shorter_than_a_pause_is_none(self) -> None:
        window = cuts.search_window(DESIGN, MARK)
        cut = cuts.choose(
            DESIGN, MARK, [seconds(599, 599.2)], frames(window, quiet_at=clock.samples(612.01))
        )
        assert cut.next_start < cut.end

    def test_without_a_pause_chunks_overlap_by_five_seconds_around_the_quietest_frame(self) -> None:
        window = cuts.search_window(DESIGN, MARK)
        cut = cuts.choose(DESIGN, MARK, [], frames(window, quiet_at=clock.samples(612.01)))
        assert cut == Cut(end=clock.samples(617.01), next_start=clock.samples(607.01))

    def test_among_equally_loud_frames_the_one_nearest_the_mark_is_cut(self) -> None:
        cut = cuts.choose(DESIGN, MARK, [], frames(cuts.search_window(DESIGN, MARK), quiet_at=-1))
        assert abs((cut.end + cut.next_start) // 2 - MARK) <= 320


class TestEnd:
    def test_a_recording_that_leaves_no_tail_of_a_minute_is_one_chunk(self) -> None:
        total = clock.samples(600 + 30 + 60)
        assert cuts.last_window(DESIGN, 0, MARK, total - 1) is None
        assert cuts.last_window(DESIGN, 0, MARK, total) == cuts.search_window(DESIGN, MARK)

    def test_a_tail_under_a_minute_joins_the_chunk_before_it(self) -> None:
        start, mark = clock.samples(600), DESIGN.mark(1)
        assert cuts.last_window(DESIGN, start, mark, mark + clock.samples(85)) is None

    def test_where_joining_would_be_too_long_the_cut_comes_early_enough_for_the_tail(self) -> None:
        start, mark = clock.samples(565), DESIGN.mark(1)
        total = mark + clock.samples(80)
        window = cuts.last_window(DESIGN, start, mark, total)
        assert window == Stretch(mark - clock.samples(30), mark + clock.samples(20))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"chunk_seconds": 70}, "would meet"),
        ({"overlap_seconds": 31, "shortest_tail_seconds": 30}, "past the end"),
        ({"slack_seconds": 94}, "slack"),
    ],
)
def test_rules_that_cannot_be_kept_are_refused(wrong: dict[str, float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        CutRules(**wrong)


@st.composite
def recordings(draw: st.DrawFn) -> Samples:
    """Stretches of silence, hiss, tone and speech-like bursts, of any length."""
    parts = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["silence", "hiss", "tone", "bursts"]),
                st.integers(min_value=1, max_value=120_000),
            ),
            min_size=1,
            max_size=8,
        )
    )
    made = []
    for number, (kind, length) in enumerate(parts):
        duration = length / clock.SAMPLE_RATE
        if kind == "silence":
            made.append(np.zeros(length, dtype=np.int16))
        elif kind == "tone":
            made.append(tone(duration))
        else:
            part = noise(duration, -20 if kind == "bursts" else -50, seed=number)
            if kind == "bursts":
                part = part * (np.arange(length) // 4000 % 3 > 0)
            made.append(part.astype(np.int16))
    return np.concatenate(made)


@settings(max_examples=60)
@given(recordings(), st.sampled_from([1_000, 16_000, 100_000]))
def test_chunks_cover_any_recording_without_a_hole_and_keep_their_bounds(
    samples: Samples, block: int
) -> None:
    pieces = pieces_of(samples, SMALL, block=block)
    chunks = chunks_of(pieces)

    assert chunks[0].start == 0
    assert chunks[-1].end == len(samples)
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    for before, after in itertools.pairwise(chunks):
        overlap = before.end - after.start
        assert overlap in (0, 2 * clock.samples(SMALL.overlap_seconds))
        assert before.start < after.start
        assert before.end < after.end
    for chunk in chunks:
        assert chunk.end - chunk.start <= SMALL.longest_chunk
    if len(chunks) > 1:
        tail = chunks[-1].end - chunks[-1].start
        assert tail >= clock.samples(SMALL.shortest_tail_seconds)
    for chunk in chunks:
        given_out = np.concatenate([p.samples for p in pieces if p.index == chunk.index])
        assert np.array_equal(given_out, samples[chunk.start : chunk.end])


def test_speech_over_music_is_cut_at_its_relative_pause() -> None:
    music = tone(13, amplitude=1000, hertz=220).astype(np.int32)
    speech = noise(13, -14, seed=1).astype(np.int32)
    speech[: 16_000 * 3 // 2] = 0  # the music begins alone
    pause = slice(clock.samples(6.35), clock.samples(6.85))
    speech[pause] = 0
    mixed = np.clip(music + speech, -32768, 32767).astype(np.int16)

    first, second = chunks_of(pieces_of(mixed, SMALL))

    assert first.end == second.start
    assert pause.start < first.end < pause.stop


def test_steady_noise_is_its_own_floor_and_can_be_cut_anywhere() -> None:
    first, second, *_ = chunks_of(pieces_of(noise(13, -20), SMALL))
    assert first.end == second.start


def test_speech_without_a_pause_is_cut_with_an_overlap() -> None:
    samples = np.concatenate([noise(2, -60), noise(11, -20)])
    first, second, *_ = chunks_of(pieces_of(samples, SMALL))
    assert first.end - second.start == 2 * clock.samples(SMALL.overlap_seconds)


def test_no_more_is_held_than_lies_around_one_cut() -> None:
    chunker, floor = Chunker(SMALL, find_pauses), NoiseFloor()
    held = 0
    for start in range(60):
        part = noise(1, -30, seed=start)
        floor.add(frame_levels(part))
        held += len(part)
        for piece in chunker.feed(part, floor.dbfs):
            held -= len(piece.samples)
        assert (
            held
            <= SMALL.decidable(SMALL.mark(0)) - SMALL.earliest_start(SMALL.mark(0)) + 2 * 16_000
        )
