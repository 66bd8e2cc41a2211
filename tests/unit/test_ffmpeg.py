"""What ffmpeg makes of recordings, good and bad, and what it may not do."""

from __future__ import annotations

import contextlib
import functools
import http.server
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws
from scribe.adapters import aws
from scribe.adapters.decoder import decode
from scribe.adapters.flac_encoder import FlacEncoder
from scribe.adapters.range_proxy import RangeProxy
from scribe.downmix import Downmix
from scribe.errors import AudioEmpty, AudioUnreadable, NoAudioTrack, PreparationInterrupted
from scribe.timeline import TimedBlock, on_the_clock

from tests.unit.audio_support import (
    BUCKET,
    FFMPEG,
    FFMPEGS,
    decoded,
    loudness,
    made_by_ffmpeg,
    noise,
    tone,
    uploaded,
    wav,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client
    from scribe.levels import Samples

    Listen = Callable[[bytes], Samples]

SILENT = -80
SINE = ("-f", "lavfi", "-i")


@pytest.fixture(name="s3", scope="module")
def _s3() -> Iterator[S3Client]:
    with mock_aws():
        client = aws.s3()
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture(params=FFMPEGS, ids=["system", "static"])
def listen(request: pytest.FixtureRequest, s3: S3Client) -> Listen:
    """Decodes a file to one channel, read from S3 through the loopback server."""

    def heard(file: bytes) -> Samples:
        downmix = Downmix()
        with RangeProxy(s3, uploaded(s3, file)) as proxy:
            return np.concatenate(
                [downmix.mono(block) for block in decode(request.param, proxy.url)]
            )

    return heard


def test_one_channel_at_16_khz_arrives_bit_for_bit(listen: Listen) -> None:
    samples = noise(2.345, -20)
    assert np.array_equal(listen(wav(samples)), samples)


def test_a_single_sample_is_a_recording(listen: Listen) -> None:
    assert listen(wav(np.array([7], dtype=np.int16))).tolist() == [7]


def test_other_rates_are_resampled_to_the_same_length(listen: Listen) -> None:
    file = wav(np.repeat(noise(3, -20), 3), rate=48_000)
    assert abs(len(listen(file)) - 3 * 16_000) <= 1


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_a_track_that_starts_late_begins_with_silence(
    listen: Listen, tmp_path: Path, container: str
) -> None:
    file = made_by_ffmpeg(
        tmp_path / f"late.{container}",
        *(*SINE, "testsrc=d=6:s=64x64:r=10", "-itsoffset", "2", *SINE, "sine=d=3"),
        *("-map", "0:v", "-map", "1:a", "-c:v", "mpeg4", "-c:a", "aac"),
    )
    silence, sound = loudness(listen(file), [0, 1.9, 4.9])
    assert silence < SILENT < -30 < sound


def test_a_gap_in_the_stream_is_silent_for_as_long(listen: Listen, tmp_path: Path) -> None:
    file = made_by_ffmpeg(
        tmp_path / "gap.mkv",
        *(*SINE, "sine=d=6", "-af", "aselect='not(between(t,2,4))'", "-c:a", "pcm_s16le"),
    )
    samples = listen(file)
    before, gap, after = loudness(samples, [0, 1.9, 4.0])[0], *loudness(samples, [2.1, 3.9, 5.9])
    assert gap < SILENT < -30 < min(before, after)
    assert len(samples) == pytest.approx(6 * 16_000, abs=800)


def test_a_format_that_changes_in_the_middle_leaves_the_clock_right(
    listen: Listen, tmp_path: Path
) -> None:
    parts = [
        made_by_ffmpeg(tmp_path / "a.mp3", *SINE, "sine=d=3:r=44100", "-ac", "2"),
        made_by_ffmpeg(tmp_path / "b.mp3", *SINE, "sine=d=3:r=22050", "-ac", "1"),
    ]
    for file in (parts[0] + parts[1], parts[1] + parts[0]):
        samples = listen(file)
        assert len(samples) == pytest.approx(6.1 * 16_000, abs=3200)
        assert min(loudness(samples, [0.1, 1, 2, 2.7])) > -30
        assert min(loudness(samples, [3.4, 4, 5, 5.9])) > -30


def test_of_two_audio_tracks_the_first_is_heard(listen: Listen, tmp_path: Path) -> None:
    file = made_by_ffmpeg(
        tmp_path / "two.mkv",
        *(*SINE, "sine=440:d=2:r=16000", *SINE, "anullsrc=r=16000:d=2"),
        *("-map", "0", "-map", "1", "-c:a", "pcm_s16le"),
    )
    assert loudness(listen(file), [0, 2])[0] > -30


def test_out_of_phase_stereo_is_heard(listen: Listen) -> None:
    sound = tone(2)
    assert loudness(listen(wav(np.column_stack([sound, -sound]))), [0.1, 2])[0] > -20


def test_of_a_truncated_mp3_is_heard_what_is_left(listen: Listen, tmp_path: Path) -> None:
    whole = made_by_ffmpeg(tmp_path / "whole.mp3", *SINE, "sine=d=6", "-b:a", "64k")
    assert len(listen(whole[: len(whole) // 2])) == pytest.approx(3 * 16_000, rel=0.05)


def test_broken_bytes_in_the_middle_cost_only_themselves(listen: Listen, tmp_path: Path) -> None:
    whole = made_by_ffmpeg(tmp_path / "whole.mp3", *SINE, "sine=d=6", "-b:a", "64k")
    middle = len(whole) // 2
    broken = whole[:middle] + bytes(3000) + whole[middle + 3000 :]
    assert loudness(listen(broken), [4.5, 5.5])[0] > -30


def test_the_programme_names_of_a_transport_stream_do_no_harm(
    listen: Listen, tmp_path: Path
) -> None:
    file = made_by_ffmpeg(tmp_path / "a.ts", *SINE, "sine=d=2", "-c:a", "mp2")
    assert loudness(listen(file), [0.2, 1.8])[0] > -30


def test_text_is_unreadable_and_operators_are_told_so_without_an_address(listen: Listen) -> None:
    with pytest.raises(AudioUnreadable, match=r"^(?!.*http://).*the recording"):
        listen(b"Dear all,\nplease find attached the minutes.\n" * 50)


def test_a_video_without_sound_has_no_audio_track(listen: Listen, tmp_path: Path) -> None:
    file = made_by_ffmpeg(tmp_path / "v.mp4", *SINE, "testsrc=d=1:s=64x64:r=10", "-c:v", "mpeg4")
    with pytest.raises(NoAudioTrack):
        listen(file)


def test_a_track_without_a_sample_is_empty(listen: Listen) -> None:
    with pytest.raises(AudioEmpty):
        listen(wav(np.empty(0, dtype=np.int16)))


class _Visited(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.visits.append(self.path)  # type: ignore[attr-defined]  # set by `visited`
        self.send_error(404)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def visited() -> Iterator[tuple[str, list[str]]]:
    """A server that nobody is to visit: its URL and the paths that were asked for."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Visited)
    visits: list[str] = []
    server.visits = visits  # type: ignore[attr-defined]  # read by `_Visited`
    thread = threading.Thread(target=functools.partial(server.serve_forever, 0.05))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/secret.wav", visits
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{url}'\n",
        "[playlist]\nFile1={url}\nNumberOfEntries=1\n",
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{url}</BaseURL></MPD>',
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    ],
    ids=["hls", "concat", "pls", "dash", "sdp"],
)
def test_a_file_that_points_elsewhere_is_refused_and_nothing_is_fetched(
    listen: Listen, playlist: str
) -> None:
    with visited() as (url, visits):
        with pytest.raises(AudioUnreadable):
            listen(playlist.replace("{url}", url).encode())
        assert visits == []


def test_a_program_that_is_killed_is_not_the_recordings_fault(tmp_path: Path) -> None:
    dying = tmp_path / "ffmpeg"
    dying.write_text("#!/bin/sh\nkill -9 $$\n")
    dying.chmod(0o755)
    with pytest.raises(PreparationInterrupted, match="signal 9"):
        list(decode(str(dying), "http://127.0.0.1:9/x"))


def test_the_environment_of_ffmpeg_holds_no_credentials(tmp_path: Path) -> None:
    telling = tmp_path / "ffmpeg"
    telling.write_text("#!/bin/sh\nenv >&2\nexit 1\n")
    telling.chmod(0o755)
    with pytest.raises(AudioUnreadable) as error:
        list(decode(str(telling), "http://127.0.0.1:9/x"))
    assert "PATH=" in str(error.value)
    assert "AWS" not in str(error.value)


class TestEncoder:
    @pytest.mark.parametrize("program", FFMPEGS, ids=["system", "static"])
    def test_samples_come_back_bit_for_bit(self, tmp_path: Path, program: str) -> None:
        samples = noise(3, -20)
        encoder = FlacEncoder(program, tmp_path / "a.flac")
        for part in np.array_split(samples, 7):
            encoder.write(part)
        encoder.finish()
        assert np.array_equal(decoded((tmp_path / "a.flac").read_bytes()), samples)

    def test_a_disk_that_cannot_be_written_interrupts_the_preparation(self, tmp_path: Path) -> None:
        encoder = FlacEncoder(FFMPEG, tmp_path / "no such folder" / "a.flac")
        with pytest.raises(PreparationInterrupted, match="No such file"):
            encoder.write(noise(60, -20))

    def test_an_encoder_can_be_given_up(self, tmp_path: Path) -> None:
        encoder = FlacEncoder(FFMPEG, tmp_path / "a.flac")
        encoder.write(noise(1, -20))
        encoder.abort()
        encoder.abort()


@given(
    st.lists(
        st.tuples(st.none() | st.integers(-50, 500), st.integers(1, 60)), min_size=1, max_size=10
    ),
    st.integers(1, 40),
)
def test_every_sample_is_given_out_at_its_time(
    parts: list[tuple[int | None, int]], block: int
) -> None:
    timed: list[TimedBlock] = []
    expected: list[int] = []
    value = 0
    for starts_at, length in parts:
        values = list(range(value + 1, value + 1 + length))
        value += length
        timed.append(TimedBlock(starts_at, np.array(values, dtype=np.int16).reshape(-1, 1)))
        if starts_at is not None:
            expected += [0] * (starts_at - len(expected))
            values = values[len(expected) - starts_at :]
        expected += values

    blocks = list(on_the_clock(timed, block))

    assert all(len(each) == block for each in blocks[:-1])
    given_out = [sample for each in blocks for sample in each[:, 0].tolist()]
    assert given_out == expected
