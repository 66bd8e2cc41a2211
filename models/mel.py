"""The features that Whisper hears, before they are scaled: log10 of mel power, 100 a second."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

FRAMES_PER_SECOND: Final = 100
BANDS: Final = 80
SILENCE: Final = -10.0
"""What no sound gives."""
_RANGE: Final = 8.0
"""Whatever lies further below the loudest band of a window counts as this far below."""


def log_mel(samples: NDArray[np.float32]) -> Tensor:
    """Compute the features of 16 kHz samples: frames, 80."""
    spectrum = torch.stft(
        torch.from_numpy(samples), 400, 160, window=torch.hann_window(400), return_complex=True
    )
    power = spectrum[:, :-1].abs() ** 2
    return (_filters() @ power).clamp(min=10**SILENCE).log10().T.contiguous()


def scaled(mel: Tensor) -> tuple[Tensor, Tensor]:
    """Scale windows (batch, frames, 80) as Whisper does.

    Returns:
        The windows, and what digital silence is in each of them.
    """
    floor = (mel.amax(dim=(1, 2), keepdim=True) - _RANGE).clamp(min=SILENCE)
    return (torch.maximum(mel, floor) + 4) / 4, (floor.flatten() + 4) / 4


def centres() -> Tensor:
    """Give the frequency to which each band listens most, in Hz."""
    bins = _filters().argmax(dim=1)
    return bins * (8_000 / (_filters().shape[1] - 1))


@cache
def _filters() -> Tensor:
    """Read the filters WhisperX listens with, from its package."""
    path = files("whisperx") / "assets" / "mel_filters.npz"
    with path.open("rb") as file, np.load(file) as filters:
        return torch.from_numpy(filters["mel_80"])
