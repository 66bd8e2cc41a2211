"""Measures AssembleTranscript on 24 hours of speech: time and peak memory.

144 chunks with 200,000 words lie on disk, in the place of S3, and are read, joined and
written by the very code of the function, in a process that has done nothing else.

    python -m bench.assemble_transcript
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from scribe import schemas
from scribe.assembly import assemble
from scribe.storage import ObjectMissing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scribe.shapes import AssemblyRequest, ObjectReference, Segment, Word

CHUNKS: Final = 144
WORDS: Final = 200_000
CHUNK_SECONDS: Final = 600
OVERLAP_SECONDS: Final = 5
_PREFIX: Final = "user/01JD0000000000000000000000/"


class FolderStorage:
    """Objects as files of one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, reference: ObjectReference) -> Path:
        return self._folder / reference["bucket"] / reference["key"].replace("/", "~")

    def read_json(self, reference: ObjectReference, schema: str) -> Any:  # noqa: ANN401  # the schema is the type
        """Read and check a document."""
        path = self._path(reference)
        if not path.exists():
            raise ObjectMissing(reference["key"])
        document = json.loads(path.read_bytes())
        schemas.validate(schema, document)
        return document

    def write_json(
        self,
        reference: ObjectReference,
        schema: str,
        document: Mapping[str, Any],
        *,
        content_disposition: str | None = None,
    ) -> None:
        """Check and write a document."""
        schemas.validate(schema, document)
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        self.write_bytes(
            reference,
            body,
            content_type="application/json",
            content_disposition=content_disposition,
        )

    def write_bytes(
        self,
        reference: ObjectReference,
        body: bytes,
        *,
        content_type: str,  # noqa: ARG002  # a file has none
        content_disposition: str | None = None,  # noqa: ARG002  # a file has none
    ) -> None:
        """Write a file."""
        path = self._path(reference)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    def delete(self, references: list[ObjectReference]) -> None:
        """Delete files."""
        for reference in references:
            self._path(reference).unlink(missing_ok=True)


def write_results(folder: Path) -> AssemblyRequest:
    """Write a day's chunk results into the folder; the request that names them."""
    storage, choose = FolderStorage(folder), random.Random(1)  # noqa: S311  # words, not secrets
    duration = CHUNKS * CHUNK_SECONDS
    step = duration / WORDS
    spoken = [f"{choose.choice(_VOCABULARY)}{choose.choice(_ENDS)}" for _ in range(WORDS)]
    results: list[ObjectReference] = []
    for index in range(CHUNKS):
        start = max(index * CHUNK_SECONDS - OVERLAP_SECONDS, 0)
        end = min((index + 1) * CHUNK_SECONDS + OVERLAP_SECONDS, duration)
        words = [
            _word(spoken[place], place * step - start, step, choose)
            for place in range(round(start / step), min(round(end / step), WORDS))
        ]
        reference: ObjectReference = {"bucket": "work", "key": f"{_PREFIX}results/{index:04d}.json"}
        storage.write_json(reference, "chunk-result", _result(index, start, end, words))
        results.append(reference)
    return {
        "version": 1,
        "user_id": "user",
        "job_id": "01JD0000000000000000000000",
        "attempt": 1,
        "execution_arn": "arn:aws:states:us-east-1:123456789012:execution:transcription:bench",
        "file_name": "A day of speech.mp3",
        "language": "en",
        "language_probability": 0.99,
        "duration_seconds": duration,
        "sample_count": duration * 16_000,
        "preparation_seconds": 100.0,
        "results": results,
        "chunk_audio": [],
    }


_VOCABULARY: Final = ("so", "the", "recording", "continues", "with", "another", "sentence")
_ENDS: Final = ("", "", "", "", "", "", ",", ".")


def _word(text: str, start: float, length: float, choose: random.Random) -> Word:
    at = max(start + choose.uniform(0, 0.05), 0.0)
    return {
        "word": text,
        "start": round(at, 3),
        "end": round(at + length * 0.8, 3),
        "confidence": round(choose.uniform(0.5, 1), 4),
        "timing": "aligned",
    }


def _result(index: int, start: int, end: int, words: list[Word]) -> dict[str, Any]:
    return {
        "version": 1,
        "index": index,
        "start_sample": start * 16_000,
        "end_sample": end * 16_000,
        "requested_language": "en",
        "language": "en",
        "language_probability": 0.99,
        "vocabulary": {"text": "", "token_count": 0, "dropped": []},
        "segments": [_segment(words[first : first + 12]) for first in range(0, len(words), 12)],
        "gaps": [],
        "speech_seconds": float(end - start),
        "model": {"name": "bench", "compute_type": "none", "version": "1"},
        "step_seconds": {"transcribe": 10.0},
    }


def _segment(words: list[Word]) -> Segment:
    return {
        "start": words[0]["start"],
        "end": words[-1]["end"],
        "language": "en",
        "speaker": None,
        "text": " ".join(word["word"] for word in words),
        "confidence": 0.75,
        "doubtful": False,
        "doubts": [],
        "words": words,
    }


def _measure(folder: Path) -> None:
    """The child process: assemble what lies in the folder and print the figures."""
    request = json.loads((folder / "request.json").read_bytes())
    started, busy = time.perf_counter(), time.process_time()
    assembly = assemble(
        request,
        FolderStorage(folder),
        transcripts_bucket="transcripts",
        worker_price_usd_per_hour=0.4,
    )
    seconds, busy = time.perf_counter() - started, time.process_time() - busy
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{assembly['word_count']} words, {CHUNKS} chunks: {seconds:.2f} s "
        f"({busy:.2f} s of processor time), {megabytes:.0f} MB at most"
    )


def main() -> None:
    """Make the results, then measure in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        request = write_results(folder)
        (folder / "request.json").write_text(json.dumps(request), "utf-8")
        subprocess.run([sys.executable, "-m", "bench.assemble_transcript", str(folder)], check=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _measure(Path(sys.argv[1]))
    else:
        main()
