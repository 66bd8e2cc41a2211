"""Puts decoded blocks in their place on the recording's clock; uses numpy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Block: TypeAlias = NDArray[np.int16]
"""Samples at 16 kHz, of shape (samples, 1 or 2)."""


@dataclass(frozen=True)
class TimedBlock:
    """A block as the decoder gave it out.

    Attributes:
        starts_at: where its first sample belongs, if the decoder began anew with it; None
            where it follows the block before it.
        samples: the block.
    """

    starts_at: int | None
    samples: Block


def on_the_clock(timed: Iterable[TimedBlock], block_samples: int) -> Iterator[Block]:
    """Give out blocks of equal length in which every sample is at its time.

    Args:
        timed: what was decoded. Silence goes before a block that starts late; of one that
            starts too early the part is dropped whose time has passed.
        block_samples: the length of the blocks given out; the last one may be shorter.
    """
    held: list[Block] = []
    length = 0
    for samples in _contiguous(timed, block_samples):
        held.append(samples)
        length += len(samples)
        while length >= block_samples:
            joined = np.concatenate(held)
            yield joined[:block_samples]
            held = [joined[block_samples:]]
            length -= block_samples
    if length:
        yield np.concatenate(held)


def _contiguous(timed: Iterable[TimedBlock], most_silence: int) -> Iterator[Block]:
    position = 0
    for block in timed:
        samples = block.samples
        if block.starts_at is not None:
            while position < block.starts_at:
                missing = min(block.starts_at - position, most_silence)
                yield np.zeros((missing, samples.shape[1]), dtype=np.int16)
                position += missing
            samples = samples[position - block.starts_at :]
        yield samples
        position += len(samples)
