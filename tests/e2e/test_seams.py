"""The long sample is cut twice: no word is lost or doubled where its parts are joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.measures import word_error_rate
from models.sentences import words as normalised
from samples import sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scribe.shapes import Seam, Transcript

    from tests.e2e.conftest import Delivered

pytestmark = [pytest.mark.stack, pytest.mark.whisperx]

LONG = sample("long")
PAUSE, CONTINUOUS = LONG.cut_critical
SECONDS_AROUND = 15.0
LARGEST_ERROR_RATE = 0.25
"""Of some eighty words, of which the fixture mishears more in noise. An overlap that is lost or
said twice is a third of them."""
SLACK_SECONDS = 1.0


@pytest.fixture
def transcript(delivered: Delivered) -> Transcript:
    return delivered.inbox.transcript(delivered.jobs["long.opus"])


@pytest.fixture(params=[0, 1], ids=["in the pause", "in continuous speech"])
def seam(transcript: Transcript, request: pytest.FixtureRequest) -> Seam:
    index: int = request.param
    return transcript["seams"][index]


def test_the_cuts_lie_in_the_pause_and_in_the_noise_where_only_an_overlap_helps(
    transcript: Transcript,
) -> None:
    clean, repaired = transcript["seams"]
    assert (clean["status"], repaired["status"]) == ("clean", "repaired")
    assert clean["start"] == clean["end"] == pytest.approx(PAUSE.at_seconds, abs=0.8)
    assert repaired["end"] - repaired["start"] == pytest.approx(10, abs=0.1)
    assert abs((repaired["start"] + repaired["end"]) / 2 - CONTINUOUS.at_seconds) <= 30
    assert transcript["gaps"] == []


def test_around_a_seam_the_words_are_those_that_were_said(
    transcript: Transcript, seam: Seam
) -> None:
    said = " ".join(word for word, _, _ in _said(seam))
    assert word_error_rate(said, " ".join(_heard_words(transcript, seam))) <= LARGEST_ERROR_RATE


def test_around_a_seam_something_is_heard_whenever_somebody_speaks_and_only_then(
    transcript: Transcript, seam: Seam
) -> None:
    said, heard = _said(seam), _heard(transcript, seam)
    assert _uncovered(said, heard) == [], "lost"
    assert _uncovered(heard, said) == [], "invented"


def test_around_a_seam_nothing_is_said_twice_in_a_row(transcript: Transcript, seam: Seam) -> None:
    assert _repetitions(_heard_words(transcript, seam)) <= _repetitions(
        normalised(" ".join(word for word, _, _ in _said(seam)))
    )


Timed = tuple[str, float, float]


def _said(seam: Seam) -> list[Timed]:
    return _around(seam, [(word.word, word.start, word.end) for word in LONG.words])


def _heard(transcript: Transcript, seam: Seam) -> list[Timed]:
    spoken = [word for segment in transcript["segments"] for word in segment["words"]]
    return _around(seam, [(word["word"], word["start"], word["end"]) for word in spoken])


def _heard_words(transcript: Transcript, seam: Seam) -> list[str]:
    return normalised(" ".join(word for word, _, _ in _heard(transcript, seam)))


def _around(seam: Seam, spoken: Sequence[Timed]) -> list[Timed]:
    first, last = seam["start"] - SECONDS_AROUND, seam["end"] + SECONDS_AROUND
    return [word for word in spoken if first <= (word[1] + word[2]) / 2 < last]


def _uncovered(spoken: Sequence[Timed], others: Sequence[Timed]) -> list[Timed]:
    """Words at whose time, but for a some slack, the others have none."""
    inner = spoken[2:-2]  # at the borders, the other's word may lie just outside
    return [
        (word, start, end)
        for word, start, end in inner
        if not any(
            other_start - SLACK_SECONDS <= (start + end) / 2 <= other_end + SLACK_SECONDS
            for _, other_start, other_end in others
        )
    ]


def _repetitions(spoken: Sequence[str]) -> set[tuple[str, ...]]:
    """Sequences of three words or more that come twice, one directly after the other."""
    return {
        tuple(spoken[first : first + length])
        for length in range(3, len(spoken) // 2 + 1)
        for first in range(len(spoken) - 2 * length + 1)
        if list(spoken[first : first + length]) == list(spoken[first + length : first + 2 * length])
    }
