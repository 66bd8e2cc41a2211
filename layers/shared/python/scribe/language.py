"""Which language is spoken, out of what a model hears in several windows; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scribe.errors import LanguageUnsupported

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scribe.shapes import Language

_LEAST_MASS: Final = 0.5
"""What the configured languages must have together; less means that another one is spoken."""
_CONFIDENT: Final = 0.8
"""From here on a single window may overrule the language of the file."""


@dataclass(frozen=True)
class Heard:
    """The language of a recording.

    Attributes:
        language: one of the configured languages.
        probability: its average over the windows; None when there was no speech to hear it in.
        probabilities: the average of every language that was heard.
    """

    language: Language
    probability: float | None
    probabilities: Mapping[str, float]


def choose(windows: Sequence[Mapping[str, float]], configured: Sequence[Language]) -> Heard:
    """Average what each window says and take the likeliest configured language.

    Without a window, and in a tie, the language that is configured first is taken.

    Args:
        windows: language code to probability, one mapping for each window of speech.
        configured: the languages that the platform transcribes, at least one.

    Raises:
        LanguageUnsupported: names the language that was heard instead.
    """
    if not windows:
        return Heard(configured[0], None, {})
    codes = sorted({code for window in windows for code in window})
    average = {
        code: min(1.0, sum(window.get(code, 0.0) for window in windows) / len(windows))
        for code in codes
    }
    mass = sum(average.get(code, 0.0) for code in configured)
    if mass < _LEAST_MASS:
        other = max(average, key=average.__getitem__, default="nothing known")
        raise LanguageUnsupported(
            f"heard {other} with probability {average.get(other, 0.0):.2f}; "
            f"{' and '.join(configured)} have {mass:.2f} together"
        )
    best = max(configured, key=lambda code: average.get(code, 0.0))
    return Heard(best, average.get(best, 0.0), average)


def of_window(
    window: Mapping[str, float], spoken: Language, configured: Sequence[Language]
) -> Language:
    """The language to decode one window in: the file's, unless another is heard clearly.

    People switch in mid-recording, and a wrong language makes Whisper translate.
    """
    best = max(configured, key=lambda code: window.get(code, 0.0))
    return best if window.get(best, 0.0) >= _CONFIDENT else spoken
