"""The two pictures of docs/quality.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.quality.confidence import bins
from bench.quality.pooling import noise_levels
from bench.quality.rendering.chart import Axis, Line, chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.quality.pooling import NoiseLevel
    from bench.quality.rendering.chart import Colour
    from bench.quality.results import Hearing, NoiseColour

_PERCENT: Final = tuple((share / 100, f"{share} %") for share in (0, 20, 40, 60, 80, 100))
_COLOURS: Final[dict[NoiseColour, Colour]] = {"white": "blue", "pink": "orange"}


def confidence(hearings: Sequence[Hearing]) -> str:
    """The share of wrong words by confidence."""
    found = bins(word for hearing in hearings for word in hearing.words)
    measured = Line(
        "measured",
        "blue",
        tuple((one.mean_confidence, one.share_wrong) for one in found),
        tuple(one.interval for one in found),
    )
    ideal = Line(
        "1 − confidence",
        "grey",
        ((0.0, 1.0), (1.0, 0.0)),
        dashed=True,
        marked=False,
    )
    return chart(
        "The share of wrong words falls as their confidence rises.",
        Axis(
            "mean confidence of the words in a bin",
            tuple((n / 5, f"{n / 5:.1f}") for n in range(6)),
        ),
        Axis("wrong words among them", _PERCENT),
        [ideal, measured],
    )


def noise(hearings: Sequence[Hearing]) -> str:
    """Word error rate and mean confidence by the level of noise."""
    levels = noise_levels(hearings)
    steps = list(dict.fromkeys(level.snr_db for level in levels))
    lines = [
        line
        for colour in _COLOURS
        for line in _lines(colour, [one for one in levels if one.colour in {None, colour}], steps)
    ]
    labels = ("clean" if snr is None else f"{snr:.0f} dB" for snr in steps)
    return chart(
        "With more noise the word error rate rises and the mean confidence falls.",
        Axis("speech above the noise", tuple((float(n), label) for n, label in enumerate(labels))),
        Axis("word error rate, mean confidence", _PERCENT),
        lines,
    )


def _lines(
    colour: NoiseColour, levels: Sequence[NoiseLevel], steps: Sequence[float | None]
) -> list[Line]:
    place = {snr: float(number) for number, snr in enumerate(steps)}
    rates = tuple((place[one.snr_db], min(1.0, one.errors.rate)) for one in levels)
    sure = tuple(
        (place[one.snr_db], one.mean_confidence)
        for one in levels
        if one.mean_confidence is not None
    )
    return [
        Line(f"word error rate, {colour}", _COLOURS[colour], rates),
        Line(f"mean confidence, {colour}", _COLOURS[colour], sure, dashed=True),
    ]
