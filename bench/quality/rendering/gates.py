"""What the gates go by, in right texts and in wrong ones: where a threshold may lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.quality.rendering.tables import NOTHING, percent, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.quality.results import JudgedText

RIGHT, WRONG = 0.25, 0.5
"""The greatest share of wrong words in a right text, and the least in a wrong one."""
_WORSE_BELOW: Final[dict[str, Callable[[JudgedText], float]]] = {
    "mean log probability": lambda text: text.mean_log_probability,
    "words per second": lambda text: text.words_per_second,
}
_WORSE_ABOVE: Final[dict[str, Callable[[JudgedText], float]]] = {
    "no-speech probability": lambda text: text.no_speech_probability,
    "compression ratio": lambda text: text.compression_ratio,
}


def figures(texts: Sequence[JudgedText]) -> str:
    """Where the worst of the right texts and the best of the wrong ones lie."""
    right, wrong = _right(texts), _wrong(texts)
    rows = []
    for name, figure in (_WORSE_BELOW | _WORSE_ABOVE).items():
        downwards = name in _WORSE_ABOVE
        good = sorted(map(figure, right), reverse=downwards)
        bad = sorted(map(figure, wrong), reverse=not downwards)
        title = f"{name} ({'high' if downwards else 'low'} is bad)"
        places = ((good, 0.01), (good, 0.05), (good, 0.5), (bad, 0.5), (bad, 0.05))
        rows.append([title, *(_at(values, share) for values, share in places)])
    head = ["", "right: worst 1 %", "worst 5 %", "median", "wrong: median", "best 5 %"]
    return table(head, rows)


def refused(texts: Sequence[JudgedText]) -> str:
    """How many right and wrong texts the gates refuse as they are set."""
    return " ".join(
        f"Of {len(part)} {name} decodings the gates refused "
        f"{sum(bool(text.failures) for text in part)}"
        f" ({percent(sum(bool(text.failures) for text in part) / max(1, len(part)))})."
        for name, part in (("right", _right(texts)), ("wrong", _wrong(texts)))
    )


def _right(texts: Sequence[JudgedText]) -> list[JudgedText]:
    return [text for text in texts if text.words_per_second and text.share_wrong <= RIGHT]


def _wrong(texts: Sequence[JudgedText]) -> list[JudgedText]:
    return [text for text in texts if text.share_wrong >= WRONG]


def _at(values: Sequence[float], share: float) -> str:
    return f"{values[round(share * (len(values) - 1))]:.2f}" if values else NOTHING
