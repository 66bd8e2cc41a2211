"""Decodes the windows that failed a gate again, differently, and says what became of each.

A first try that passes every gate is the last one. Of the others, those that may only repeat
their prompt are decoded without it; what still fails is halved; and what still fails because
the decoder lost its way is sampled at rising temperatures. Where the model hears nobody, a
sampled text could only be invented.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol, cast

from worker import plain
from worker.verdicts import Heard, Missing, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scribe.shapes import Doubt, GapReason

    from worker.evidence import Evidence
    from worker.gates import Failure, Gates
    from worker.windows import Window

    Halve = Callable[[Window], tuple[Window, Window] | None]

TEMPERATURES: Final = (0.2, 0.4, 0.6, 0.8)
"""Whisper's own, without 1.0, at which it says almost anything."""

_NOT_HEARD: Final = frozenset({"no_speech", "phantom", "vocabulary_only"})
_PROMPTED: Final = frozenset({"vocabulary_only", "repetition"})
_DOUBTS: Final = frozenset({"low_probability", "token_limit"})
_HARMLESS: Final = frozenset({"sparse"})
"""Some people do speak that slowly: it is a reason to listen twice and nothing more."""


@dataclass(frozen=True)
class Way:
    """How to decode.

    Attributes:
        temperature: 0 for the likeliest text, else the one to sample at.
        uses_hot_words: whether the model is told the vocabulary.
    """

    temperature: float = 0.0
    uses_hot_words: bool = True


class Decoder(Protocol):
    """Decodes windows."""

    def decode(self, windows: Sequence[Window], way: Way) -> list[Evidence]:
        """The evidence for each window, in their order."""


@dataclass(frozen=True)
class _Try:
    """One decoding and what speaks against it, the gravest first."""

    evidence: Evidence
    failures: tuple[Failure, ...]

    def fails(self, failures: frozenset[str]) -> bool:
        return not failures.isdisjoint(self.failures)

    def fails_only(self, failures: frozenset[str]) -> bool:
        return failures.issuperset(self.failures)


@dataclass(frozen=True)
class _Piece:
    """A window or a half of one, with all that was tried on it.

    An invented phrase is suspected in the halves of a window that was one itself (it takes half
    the time, and nothing else changed), in a window whose neighbour says the same, and where
    nobody claims that there is speech.
    """

    window: Window
    uses_hot_words: bool
    is_suspected: bool = False
    tries: tuple[_Try, ...] = ()

    @property
    def first(self) -> _Try:
        return self.tries[0]

    @property
    def last(self) -> _Try:
        return self.tries[-1]


class SecondTries:
    """Hears the windows of one chunk.

    Args:
        decoder: what decodes them.
        gates: what a text must pass.
        hot_words: the terms that the decoder is told.
        halve: cuts a window in two; None for one that is too short.
    """

    def __init__(
        self, decoder: Decoder, gates: Gates, hot_words: Sequence[str], halve: Halve
    ) -> None:
        self._decoder = decoder
        self._gates = gates
        self._hot_words = hot_words
        self._halve = halve

    def hear(self, windows: Sequence[Window], unclaimed: Sequence[Window] = ()) -> list[Verdict]:
        """Decode windows until they pass, or until everything was tried.

        Args:
            windows: of speech.
            unclaimed: that may be speech, or nothing; they are tried once.

        Returns:
            One verdict for each window of speech, two for one that was halved, and one for each
            of the unclaimed that passed at once; by their time.
        """
        pieces = self._suspected(self._first(windows))
        pieces = self._again(pieces, _without_hot_words)
        pieces = self._again(pieces, self._in_halves)
        for temperature in TEMPERATURES:
            pieces = self._again(pieces, _to_be_sampled, temperature)
        others = [p for p in self._first(unclaimed, is_suspected=True) if not p.last.failures]
        verdicts = [self._verdict(piece) for piece in [*pieces, *others]]
        return sorted(verdicts, key=lambda verdict: verdict.window.start)

    def _first(self, windows: Sequence[Window], *, is_suspected: bool = False) -> list[_Piece]:
        uses_hot_words = bool(self._hot_words)
        pieces = [_Piece(window, uses_hot_words, is_suspected) for window in windows]
        return self._decoded(pieces, temperature=0.0)

    def _suspected(self, pieces: Sequence[_Piece]) -> list[_Piece]:
        """The pieces, judged again where a neighbour says the same invented phrase."""
        said = [plain.words(piece.last.evidence.text) for piece in pieces]
        return [
            self._tried(replace(piece, is_suspected=True, tries=()), piece.last.evidence)
            if said[place] in (said[place - 1 : place] + said[place + 1 : place + 2])
            else piece
            for place, piece in enumerate(pieces)
        ]

    def _again(
        self,
        pieces: Sequence[_Piece],
        differently: Callable[[_Piece], Sequence[_Piece]],
        temperature: float = 0.0,
    ) -> list[_Piece]:
        """Put what `differently` makes of a failed piece in its place; nothing leaves it."""
        attempts = [differently(piece) if piece.last.failures else () for piece in pieces]
        decoded = iter(self._decoded([part for parts in attempts for part in parts], temperature))
        following: list[_Piece] = []
        for piece, attempt in zip(pieces, attempts, strict=True):
            parts = [next(decoded) for _ in attempt]
            following.extend(parts if _is_better(parts, piece) else [piece])
        return following

    def _decoded(self, pieces: Sequence[_Piece], temperature: float) -> list[_Piece]:
        """The pieces with one more try; those with hot words and those without apart."""
        tried: dict[int, _Piece] = {}
        for uses_hot_words in (True, False):
            chosen = [i for i, p in enumerate(pieces) if p.uses_hot_words is uses_hot_words]
            if not chosen:
                continue
            way = Way(temperature, uses_hot_words)
            found = self._decoder.decode([pieces[index].window for index in chosen], way)
            for index, evidence in zip(chosen, found, strict=True):
                tried[index] = self._tried(pieces[index], evidence)
        return [tried[index] for index in range(len(pieces))]

    def _tried(self, piece: _Piece, evidence: Evidence) -> _Piece:
        failures = self._gates.failures(
            evidence,
            piece.window.speech_seconds,
            self._hot_words if piece.uses_hot_words else (),
            is_suspected=piece.is_suspected,
        )
        return replace(piece, tries=(*piece.tries, _Try(evidence, failures)))

    def _in_halves(self, piece: _Piece) -> list[_Piece]:
        if piece.first.fails(frozenset({"vocabulary_only"})) and piece.last.fails(_NOT_HEARD):
            return []  # with the vocabulary and without it, there is nobody to hear
        window = replace(piece.window, language=piece.last.evidence.language)
        is_suspected = piece.last.fails(frozenset({"phantom"}))
        halves = self._halve(window) or ()
        return [_Piece(half, piece.uses_hot_words, is_suspected) for half in halves]

    def _verdict(self, piece: _Piece) -> Verdict:
        if piece.last.fails_only(_HARMLESS):
            return Heard(piece.window, piece.last.evidence)
        sound = [
            attempt
            for attempt in piece.tries
            if attempt.fails_only(_DOUBTS | _HARMLESS)
            and not self._gates.is_hopeless(attempt.evidence)
        ]
        if not sound:
            return Missing(piece.window, _reason(piece.first))
        best = max(sound, key=lambda attempt: attempt.evidence.mean_log_probability)
        doubts = cast("tuple[Doubt, ...]", tuple(f for f in best.failures if f in _DOUBTS))
        return Heard(piece.window, best.evidence, doubts)


def _without_hot_words(piece: _Piece) -> list[_Piece]:
    if piece.uses_hot_words and piece.last.fails(_PROMPTED):
        return [replace(piece, uses_hot_words=False)]
    return []


def _to_be_sampled(piece: _Piece) -> list[_Piece]:
    if piece.last.fails(_NOT_HEARD) or piece.last.fails_only(_HARMLESS):
        return []
    return [piece]


def _is_better(parts: Sequence[_Piece], whole: _Piece) -> bool:
    """Whether second tries take a piece's place; a slow text only gives way to more words."""
    if not whole.last.fails_only(_HARMLESS):
        return bool(parts)
    words = [len(plain.words(p.last.evidence.text)) for p in parts if p.last.fails_only(_HARMLESS)]
    return sum(words) > len(plain.words(whole.last.evidence.text))


def _reason(attempt: _Try) -> GapReason:
    """Why a text is not kept; one that was cut off and hopeless, too, was too unlikely."""
    gravest = attempt.failures[0]
    return "low_probability" if gravest in _DOUBTS else cast("GapReason", gravest)
