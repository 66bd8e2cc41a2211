"""From two channels to one without losing out-of-phase sound; uses numpy.

A recording whose channels carry the same sound with opposite signs is silent in an
ordinary mix. There, for that second, the louder channel is taken instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from scribe.clock import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from scribe.levels import Samples
    from scribe.timeline import Block

Gains: TypeAlias = tuple[float, float]

_MIX: Final[Gains] = (0.5, 0.5)
_LEFT: Final[Gains] = (1.0, 0.0)
_RIGHT: Final[Gains] = (0.0, 1.0)

_CANCELLED: Final = 10 ** (-12 / 10)
"""A mix 12 dB below the louder channel has lost sound; a sound on one side alone loses 6."""

_CLEARLY_LOUDER: Final = 10 ** (6 / 10)
"""Between two channels of about the same power there is no switching to and fro."""

_FADE: Final = np.linspace(0, 1, SAMPLE_RATE // 50, endpoint=False, dtype=np.float32)


class Downmix:
    """Mixes block after block; a change of gains is faded over 20 ms, so that none clicks."""

    def __init__(self) -> None:
        self._gains = _MIX

    def mono(self, block: Block) -> Samples:
        """Mix one block, about a second, of shape (samples, 1 or 2)."""
        if block.shape[1] == 1:
            return block[:, 0]
        left, right = block.astype(np.float32).T
        before, self._gains = self._gains, self._choose(left, right)
        mixed = left * self._gains[0] + right * self._gains[1]
        if before != self._gains:
            fade = _FADE[: len(mixed)]
            old = (left * before[0] + right * before[1])[: len(fade)]
            mixed[: len(fade)] = old * (1 - fade) + mixed[: len(fade)] * fade
        samples: Samples = np.rint(mixed).astype(np.int16)
        return samples

    def _choose(self, left: NDArray[np.float32], right: NDArray[np.float32]) -> Gains:
        powers = {_LEFT: float(np.dot(left, left)), _RIGHT: float(np.dot(right, right))}
        louder = max(powers, key=lambda gains: powers[gains])
        if powers[louder] == 0:
            return self._gains
        mix = (left + right) / 2
        if float(np.dot(mix, mix)) >= powers[louder] * _CANCELLED:
            return _MIX
        kept = powers.get(self._gains)
        return self._gains if kept and kept * _CLEARLY_LOUDER > powers[louder] else louder
