"""Prepares a recording: one pass from S3 through ffmpeg to chunks, probe and peaks in S3.

Memory and disk do not grow with the recording's length. The step may run again: the same
recording gives the same cuts, the same keys and the same samples.
"""

from __future__ import annotations

import functools
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scribe import clock, keys
from scribe.adapters.decoder import decode
from scribe.adapters.flac_uploads import FlacUploads
from scribe.adapters.pauses import find_pauses
from scribe.adapters.range_proxy import RangeProxy
from scribe.adapters.storage import Storage
from scribe.chunker import Chunker
from scribe.cuts import CutRules
from scribe.downmix import Downmix
from scribe.errors import AudioEmpty, AudioTooLarge, AudioTooLong, PermanentError
from scribe.levels import NoiseFloor, frame_levels
from scribe.peaks import PeakCollector
from scribe.preparation import Prepared, needs_probe, preparation
from scribe.probe import ProbeCollector, ProbeRules

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from mypy_boto3_s3 import S3Client

    from scribe.adapters.jobs_table import JobsTable
    from scribe.adapters.usage_table import UsageTable
    from scribe.chunker import Piece
    from scribe.cuts import Chunk
    from scribe.shapes import Preparation, PreparationRequest, Source
    from scribe.timeline import Block


@dataclass(frozen=True)
class Limits:
    """The longest and the largest recording that is accepted."""

    seconds: int
    bytes: int


@dataclass(frozen=True)
class AudioPreparer:
    """Everything that preparing a recording needs.

    Attributes:
        s3: reads the recording and writes chunks.
        jobs: the Jobs table, which knows whose turn it is.
        usage: where the user's audio of the day is counted.
        ffmpeg_path: the decoder and encoder.
        work_bucket: for chunks and the probe.
        transcripts_bucket: for the peaks.
        limits: what is refused.
        cut_rules: where chunks may end.
        probe_rules: how much is listened to for the language.
    """

    s3: S3Client
    jobs: JobsTable
    usage: UsageTable
    ffmpeg_path: str
    work_bucket: str
    transcripts_bucket: str
    limits: Limits
    cut_rules: CutRules = field(default_factory=CutRules)
    probe_rules: ProbeRules = field(default_factory=ProbeRules)

    def prepare(self, request: PreparationRequest) -> Preparation:
        """Prepare a recording for its transcription.

        Raises:
            Superseded: another execution owns the job, or it was deleted.
            AudioEmpty, AudioMissing, AudioUnreadable, NoAudioTrack, AudioTooLong,
                AudioTooLarge: the user must choose another recording.
            PreparationInterrupted, StorageUnavailable: the same may succeed later.
        """
        began = time.monotonic()
        job = (request["user_id"], request["job_id"])
        arn = request["execution_arn"]
        row = self.jobs.mark_processing(*job, execution_arn=arn)
        self._check_size(request["source"])
        with FlacUploads(self.s3, self.ffmpeg_path) as uploads:
            chunks, probe_sample_count = self._split(request, uploads)
        self.jobs.record_chunk_count(*job, execution_arn=arn, chunk_count=len(chunks))
        # Once for a job, not for each of its attempts, nor for a redrive of the first.
        if row["attempt"] == 1 and "chunk_count" not in row:
            self.usage.add_seconds(request["user_id"], clock.seconds(chunks[-1].end))
        return preparation(
            request,
            Prepared(chunks, probe_sample_count, seconds=time.monotonic() - began),
            self.work_bucket,
        )

    def _check_size(self, source: Source) -> None:
        if source["size_bytes"] == 0:
            raise AudioEmpty("the file has no bytes")
        if source["size_bytes"] > self.limits.bytes:
            raise AudioTooLarge(
                f"the file has {source['size_bytes']} bytes, more than {self.limits.bytes}"
            )

    def _split(
        self, request: PreparationRequest, uploads: FlacUploads
    ) -> tuple[list[Chunk], int | None]:
        """Read the recording once; return its chunks and the probe's length in samples."""
        job = (request["user_id"], request["job_id"])
        shortest = self.cut_rules.shortest_pause_seconds
        chunker = Chunker(self.cut_rules, functools.partial(find_pauses, shortest_seconds=shortest))
        probe = ProbeCollector(self.probe_rules)
        downmix, floor, peaks = Downmix(), NoiseFloor(), PeakCollector()
        chunks: list[Chunk] = []
        with closing(self._blocks(request["source"])) as blocks:
            for block in blocks:
                samples = downmix.mono(block)
                levels = frame_levels(samples)
                floor.add(levels)
                peaks.add(samples)
                probe.add(samples, levels, floor.dbfs)
                chunks += self._write(chunker.feed(samples, floor.dbfs), job, uploads)
        chunks += self._write(chunker.finish(floor.dbfs), job, uploads)
        Storage(self.s3).write_json(
            {"bucket": self.transcripts_bucket, "key": keys.peaks(*job)}, "peaks", peaks.document()
        )
        if not needs_probe(request, len(chunks)):
            return chunks, None
        probe_samples = probe.samples()
        uploads.write(probe_samples)
        uploads.store({"bucket": self.work_bucket, "key": keys.probe_audio(*job)})
        return chunks, len(probe_samples)

    def _write(
        self, pieces: Iterable[Piece], job: tuple[str, str], uploads: FlacUploads
    ) -> Iterator[Chunk]:
        for piece in pieces:
            uploads.write(piece.samples)
            if piece.ended is not None:
                key = keys.chunk_audio(*job, piece.index)
                uploads.store({"bucket": self.work_bucket, "key": key})
                yield piece.ended

    def _blocks(self, source: Source) -> Generator[Block]:
        """Decode the recording; what S3 failed to give is not blamed on the file."""
        sample_count = 0
        with RangeProxy(self.s3, source) as proxy:
            try:
                with closing(decode(self.ffmpeg_path, proxy.url)) as blocks:
                    for block in blocks:
                        sample_count += len(block)
                        self._check_length(sample_count)
                        yield block
            except PermanentError as error:
                if proxy.failure is not None:
                    raise proxy.failure from error
                raise
            if proxy.failure is not None:
                raise proxy.failure

    def _check_length(self, sample_count: int) -> None:
        if sample_count > self.limits.seconds * clock.SAMPLE_RATE:
            raise AudioTooLong(f"the audio is longer than {self.limits.seconds} s")
