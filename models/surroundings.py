"""What happens to speech before a model hears it: noise, background sounds, rooms and lines.

All of it works on mel features (`models.mel`): ten times faster than on samples, and enough for
a model that hears nothing else.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from models import mel as features
from models.sounds import KINDS, sound
from models.speech import SAMPLE_RATE

if TYPE_CHECKING:
    from torch import Tensor

_HISS_SECONDS: Final = 60
_SOUND_SECONDS: Final = 12
_SOUNDS_OF_A_KIND: Final = 10
_TEN: Final = math.log(10)
_ROOM: Final = ((0.2, 9.0, 9.0), (0.5, 4.5, 8.0), (0.3, 2.5, 4.5))
_LINE: Final = ((0.5, 9.0, 9.0), (0.35, 4.5, 8.0), (0.15, 3.0, 4.5))
"""Shares of the windows, and between how many bels (10 dB) the noise in a band lies below the
loudest band of the speech: 2.5 is speech some 10 dB above its noise, and at 9 there is none."""
_ROUNDING: Final = -9.7
"""The level of 16-bit rounding noise."""


class Surroundings:
    """Draws noises and channels, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._chance = torch.Generator().manual_seed(seed)
        white = np.random.default_rng(seed).standard_normal(_HISS_SECONDS * SAMPLE_RATE, np.float32)
        hiss = features.log_mel(white)
        self._hiss = (hiss - hiss.mean(dim=0)).half()
        self._sounds = [
            features.log_mel(sound(kind, _SOUND_SECONDS, seed + number)).half()
            for kind in KINDS
            for number in range(_SOUNDS_OF_A_KIND)
        ]
        self._centres = features.centres()

    def wordless(self, frames: int) -> Tensor:
        """Draw a stretch of a sound without words."""
        chosen = self._sounds[int(torch.randint(len(self._sounds), (), generator=self._chance))]
        return self._stretch(chosen, frames)

    def degrade(self, mel: Tensor) -> Tensor:
        """Send each window (batch, frames, 80) through a room and a line of its own."""
        batch = len(mel)
        loudest = mel.amax(dim=(1, 2), keepdim=True).clamp(min=-3)
        room = loudest - self._distance(batch, *_ROOM)
        mel = _sum(mel, room + self._colour(batch, 0.35) + self._noise(mel))
        mel = _sum(mel, self._background(mel, loudest))
        mel = mel + self._colour(batch, 0.3) * self._some(batch, 0.7)
        band = self._band(batch)
        mel = mel + band
        line = loudest - self._distance(batch, *_LINE)
        mel = _sum(mel, line + band + self._noise(mel))
        mel = self._coarsened(mel, band)
        mel = mel + self._normal((batch, 1, 1)) * 0.5 - 0.2
        return _sum(mel, _ROUNDING + self._noise(mel) - 9 * self._some(batch, 0.4))

    def _background(self, mel: Tensor, loudest: Tensor) -> Tensor:
        """Quiet sounds behind one window in seven."""
        batch, frames, _ = mel.shape
        sounds = torch.full_like(mel, -20)
        for row in torch.nonzero(self._some(batch, 0.15).flatten()).flatten().tolist():
            heard = self.wordless(frames)
            below = loudest[row] - self._uniform((), 2.5, 5.0)
            sounds[row] = heard - heard.amax().clamp(min=-3) + below
        return sounds

    def _band(self, batch: int) -> Tensor:
        """Draw what a narrow line lets through: half of them lose high tones, some low ones."""
        octaves_above = torch.log2(self._centres.clamp(min=30) / 1_000)
        telephone = self._some(batch, 0.5)
        highest = telephone * self._uniform((batch, 1, 1), 3_200, 4_000)
        highest = highest + (1 - telephone) * self._uniform((batch, 1, 1), 3_500, 7_800)
        above = (octaves_above - torch.log2(highest / 1_000)).clamp(min=0)
        lowest = self._uniform((batch, 1, 1), 80, 400)
        below = (torch.log2(lowest / 1_000) - octaves_above).clamp(min=0)
        steep = above * self._uniform((batch, 1, 1), 3, 60) * self._some(batch, 0.5)
        gentle = below * self._uniform((batch, 1, 1), 0.6, 3) * self._some(batch, 0.4)
        return -(steep + gentle).clamp(max=9)

    def _coarsened(self, mel: Tensor, band: Tensor) -> Tensor:
        """Coarse steps (mu-law: noise that follows the speech) and holes (MP3) in some windows."""
        batch = len(mel)
        loudest = mel.amax(dim=2, keepdim=True)
        steps = loudest - self._uniform((batch, 1, 1), 2.6, 4.2) + band + self._noise(mel)
        mel = _sum(mel, steps - 20 * self._some(batch, 0.75))
        holes = mel < loudest - self._uniform((batch, 1, 1), 3.0, 5.5)
        return mel - holes * self._uniform((batch, 1, 1), 0.5, 3) * self._some(batch, 0.2)

    def _colour(self, batch: int, strength: float) -> Tensor:
        """Draw a smooth curve over the bands for each window, and a slope."""
        knots = self._normal((batch, 1, 7)) * strength
        curve = torch.nn.functional.interpolate(
            knots, features.BANDS, mode="linear", align_corners=True
        )
        slope = torch.linspace(0.5, -0.5, features.BANDS)
        return curve + slope * self._normal((batch, 1, 1)) * 3 * strength

    def _noise(self, mel: Tensor) -> Tensor:
        """Draw white noise around a level of 0."""
        batch, frames, _ = mel.shape
        return torch.stack([self._stretch(self._hiss, frames) for _ in range(batch)])

    def _stretch(self, track: Tensor, frames: int) -> Tensor:
        """Cut a piece out of a track, which goes around and around."""
        first = int(torch.randint(len(track), (), generator=self._chance))
        return track[(first + torch.arange(frames)) % len(track)].float()

    def _distance(self, batch: int, *choices: tuple[float, float, float]) -> Tensor:
        """Draw a distance between the least and the greatest of a choice with a given share."""
        least = torch.tensor([choice[1] for choice in choices])
        greatest = torch.tensor([choice[2] for choice in choices])
        shares = torch.tensor([choice[0] for choice in choices])
        drawn = torch.multinomial(shares, batch, replacement=True, generator=self._chance)
        within = torch.rand(batch, generator=self._chance)
        distance = least[drawn] + within * (greatest - least)[drawn]
        return distance.view(-1, 1, 1)

    def _some(self, batch: int, share: float) -> Tensor:
        """Draw 1 for this share of the windows and 0 for the others."""
        return (torch.rand((batch, 1, 1), generator=self._chance) < share).float()

    def _uniform(self, size: tuple[int, ...], least: float, greatest: float) -> Tensor:
        return least + (greatest - least) * torch.rand(size, generator=self._chance)

    def _normal(self, size: tuple[int, ...]) -> Tensor:
        return torch.randn(size, generator=self._chance)


def _sum(one: Tensor, other: Tensor) -> Tensor:
    """Add the powers of two sounds."""
    return torch.logaddexp(one * _TEN, other * _TEN) / _TEN
