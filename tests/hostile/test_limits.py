"""The limits on ffmpeg are held by the kernel, and what hits them is not called a success."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from scribe.adapters.decoder import decode
from scribe.adapters.ffmpeg import DECODER
from scribe.adapters.range_proxy import RangeProxy
from scribe.errors import AudioUnreadable, PreparationInterrupted

from tests.hostile import flac
from tests.hostile.boxes import compressed_index
from tests.unit.audio_support import FFMPEGS, tone, uploaded, wav

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from scribe.adapters.confinement import Confinement

    from tests.hostile.conftest import Platform

    Read = Callable[[str, bytes, Confinement], int]
    Stub = Callable[[str], str]


@pytest.fixture
def read(platform: Platform) -> Read:
    """Decodes a file within limits, and counts its samples."""

    def samples(ffmpeg: str, body: bytes, confinement: Confinement) -> int:
        with RangeProxy(platform.s3, uploaded(platform.s3, body)) as proxy:
            return sum(map(len, decode(ffmpeg, proxy.url, confinement)))

    return samples


@pytest.fixture
def stub(tmp_path: Path) -> Stub:
    """A program that does what a line of shell says in the place of ffmpeg."""

    def program(line: str) -> str:
        (tmp_path / "sound.wav").write_bytes(wav(tone(2)))
        path = tmp_path / "ffmpeg"
        path.write_text(f"#!/bin/sh\ncd {tmp_path}\n{line}\n")
        path.chmod(0o755)
        return str(path)

    return program


@pytest.mark.parametrize("program", FFMPEGS, ids=["system", "static"])
def test_a_file_that_takes_too_much_processor_time_is_refused_not_heard_in_part(
    program: str, read: Read
) -> None:
    day = flac.silence(24 * 3600)
    with pytest.raises(AudioUnreadable, match="more than 1 s of a processor"):
        read(program, day, replace(DECODER, processor_seconds=1))


@pytest.mark.parametrize("program", FFMPEGS, ids=["system", "static"])
def test_a_file_that_takes_too_much_memory_is_refused(program: str, read: Read) -> None:
    with pytest.raises(AudioUnreadable, match=f"more than {1 << 30} bytes"):
        read(program, compressed_index(1 << 30), DECODER)


def test_a_decoder_that_writes_a_file_is_ended(stub: Stub, tmp_path: Path) -> None:
    program = stub("sleep 0.3; exec dd if=sound.wav of=copy.wav status=none")
    with pytest.raises(AudioUnreadable, match="signal 25"):
        list(decode(program, "http://127.0.0.1:9/x"))
    assert (tmp_path / "copy.wav").stat().st_size == 0


def test_a_decoder_that_crashes_is_not_tried_again(stub: Stub) -> None:
    with pytest.raises(AudioUnreadable, match="signal 11"):
        list(decode(stub("cat sound.wav; kill -SEGV $$"), "http://127.0.0.1:9/x"))


def test_what_a_decoder_gave_out_before_it_was_told_to_end_is_not_the_recording(
    stub: Stub,
) -> None:
    with pytest.raises(PreparationInterrupted, match="told to end"):
        list(decode(stub("cat sound.wav; exit 255"), "http://127.0.0.1:9/x"))


def test_every_limit_is_set(stub: Stub) -> None:
    line = "sleep 0.3; for limit in v t f n c; do echo $limit $(ulimit -$limit) >&2; done; exit 1"
    with pytest.raises(AudioUnreadable) as told:
        list(decode(stub(line), "http://127.0.0.1:9/x"))
    for limit in (f"v {DECODER.memory_bytes >> 10}", "t 600", "f 0", "n 64", "c 0"):
        assert limit in str(told.value)
