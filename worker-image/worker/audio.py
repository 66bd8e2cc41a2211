"""Chunk audio as WhisperX wants it: FLAC bytes to 32-bit samples at 16 kHz."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import av
import numpy as np
from scribe.clock import SAMPLE_RATE
from scribe.errors import AudioUnreadable

if TYPE_CHECKING:
    from numpy.typing import NDArray


def decode_flac(body: bytes) -> NDArray[np.float32]:
    """Decode a mono FLAC file at 16 kHz to samples between -1 and 1.

    Raises:
        AudioUnreadable: the bytes are no FLAC file of that kind.
    """
    blocks: list[NDArray[np.int16]] = []
    try:
        # A closed list of one format: the decoder must never be talked into another.
        with av.open(io.BytesIO(body), mode="r", format="flac") as container:
            stream = container.streams.audio[0]
            if stream.rate != SAMPLE_RATE or stream.channels != 1:
                raise AudioUnreadable(f"{stream.rate} Hz, {stream.channels} channels")
            resampler = av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
            for frame in container.decode(stream):
                blocks.extend(
                    block.to_ndarray().reshape(-1).astype(np.int16, copy=False)
                    for block in resampler.resample(frame)
                )
    except (av.FFmpegError, IndexError) as error:
        raise AudioUnreadable(f"no FLAC file: {error}") from error
    if not blocks:
        return np.zeros(0, dtype=np.float32)
    samples: NDArray[np.float32] = np.concatenate(blocks).astype(np.float32) / 32768.0
    return samples
