"""AssembleTranscript from its event to the objects in S3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from moto import mock_aws
from scribe import schemas
from scribe.errors import ShapeInvalid, StorageUnavailable

from functions.assemble_transcript import handler as entry
from tests.support import documents, results

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client
    from scribe.shapes import AssemblyRequest, ChunkResult, Gap, Language

WORK, TRANSCRIPTS = "work", "transcripts"


class _Context(LambdaContext):
    def __init__(self) -> None:
        self._aws_request_id = "request"
        self._function_name = "assembleTranscript"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Client]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "WORK_BUCKET": WORK,
        "TRANSCRIPTS_BUCKET": TRANSCRIPTS,
        "WORKER_PRICE_USD_PER_HOUR": "0.72",
    }.items():
        monkeypatch.setenv(name, value)
    entry._parts.cache_clear()
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=WORK)
        client.create_bucket(Bucket=TRANSCRIPTS)
        yield client
    entry._parts.cache_clear()


def two_chunks() -> list[ChunkResult]:
    hello = results.segment(results.spaced("Hello, this is the first part."))
    good = results.segment(results.spaced("And this is the second part."))
    return [results.result(0, 0, 60, [hello]), results.result(1, 60, 100.5, [good])]


def stored(
    s3: S3Client,
    chunks: list[ChunkResult],
    *,
    file_name: str = "Interview.mp3",
    language: Language | None = "en",
) -> AssemblyRequest:
    """Put the chunks' results and audio into the work bucket; the request that names them."""
    request = results.request(100.5, len(chunks), file_name=file_name, language=language)
    for reference, chunk in zip(request["results"], chunks, strict=True):
        s3.put_object(Bucket=WORK, Key=reference["key"], Body=json.dumps(chunk).encode())
    for reference in request["chunk_audio"]:
        s3.put_object(Bucket=WORK, Key=reference["key"], Body=b"fLaC")
    return request


def run(request: AssemblyRequest) -> dict[str, Any]:
    answer: dict[str, Any] = dict(entry.handler(dict(request), _Context()))
    schemas.validate("assembly", answer)
    return answer


def read(s3: S3Client, reference: dict[str, str]) -> str:
    body = s3.get_object(Bucket=reference["bucket"], Key=reference["key"])["Body"]
    return body.read().decode()


def test_it_stores_the_transcript_in_four_formats_and_returns_figures(s3: S3Client) -> None:
    answer = run(stored(s3, two_chunks()))

    assert answer["word_count"] == 12
    assert answer["duration_seconds"] == 100.5
    assert answer["gap_count"] == 0
    assert answer["cost_usd"] == pytest.approx(5 / 3600 * 0.72)
    assert "Hello" not in json.dumps(answer), "the workflow's history carries no text"
    document = json.loads(read(s3, answer["transcript"]["json"]))
    documents.check(document)
    assert document["text"] == "Hello, this is the first part. And this is the second part."
    assert document["segments"][1]["start"] == 60.0
    assert document["processing"]["step_seconds"] == {
        "preparation": 1.5,
        "transcribe": 4.0,
        "align": 1.0,
    }
    assert read(s3, answer["transcript"]["txt"]) == (
        "Hello, this is the first part.\n\nAnd this is the second part.\n"
    )
    assert "00:01:00,000 --> 00:01:02,900" in read(s3, answer["transcript"]["srt"])
    assert read(s3, answer["transcript"]["vtt"]).startswith("WEBVTT\n\n00:00:00.000 --> ")


def test_a_browser_saves_each_format_under_the_name_of_the_users_file(s3: S3Client) -> None:
    answer = run(stored(s3, two_chunks(), file_name="Mañana «1».mp3"))

    for fmt, content_type in {
        "json": "application/json",
        "txt": "text/plain; charset=utf-8",
        "srt": "application/x-subrip; charset=utf-8",
        "vtt": "text/vtt; charset=utf-8",
    }.items():
        head = s3.head_object(Bucket=TRANSCRIPTS, Key=answer["transcript"][fmt]["key"])
        assert head["ContentType"] == content_type
        assert head["ContentDisposition"] == (
            f'attachment; filename="Manana _1_.{fmt}"; '
            f"filename*=UTF-8''Ma%C3%B1ana%20%C2%AB1%C2%BB.{fmt}"
        )


def test_the_chunks_audio_is_deleted_and_their_results_stay(s3: S3Client) -> None:
    request = stored(s3, two_chunks())

    run(request)

    left = [entry["Key"] for entry in s3.list_objects_v2(Bucket=WORK)["Contents"]]
    assert left == [reference["key"] for reference in request["results"]]


def test_a_second_run_gives_the_same_answer_and_the_same_objects(s3: S3Client) -> None:
    request = stored(s3, two_chunks())
    first = run(request)
    bodies = {fmt: read(s3, reference) for fmt, reference in first["transcript"].items()}

    second = run(request)

    assert second == first
    assert bodies == {fmt: read(s3, reference) for fmt, reference in second["transcript"].items()}


def test_a_stretch_that_no_chunk_covers_is_named_as_a_gap(s3: S3Client) -> None:
    chunks = two_chunks()
    chunks[1]["start_sample"] = 70 * 16_000

    answer = run(stored(s3, chunks))

    document = json.loads(read(s3, answer["transcript"]["json"]))
    assert document["gaps"] == [{"start": 60.0, "end": 70.0, "reason": "missing_chunk"}]
    assert (answer["gap_count"], answer["gap_seconds"]) == (1, 10.0)
    assert "[00:01:00–00:01:10: not transcribed, this part was not processed]" in read(
        s3, answer["transcript"]["txt"]
    )


def test_a_result_that_is_absent_is_tried_again_and_nothing_is_deleted(s3: S3Client) -> None:
    request = stored(s3, two_chunks())
    s3.delete_object(Bucket=WORK, Key=request["results"][1]["key"])

    with pytest.raises(StorageUnavailable, match=r"results/0001\.json is not there"):
        run(request)

    assert "Contents" not in s3.list_objects_v2(Bucket=TRANSCRIPTS)
    s3.head_object(Bucket=WORK, Key=request["chunk_audio"][0]["key"])


def test_results_in_the_wrong_order_are_refused(s3: S3Client) -> None:
    with pytest.raises(ShapeInvalid, match="result 0 is of chunk 1"):
        run(stored(s3, two_chunks()[::-1]))


def test_results_that_lie_behind_the_files_end_are_refused(s3: S3Client) -> None:
    chunks = two_chunks()
    chunks[1]["end_sample"] += 16_000

    with pytest.raises(ShapeInvalid, match="outside the file"):
        run(stored(s3, chunks))


def test_results_that_do_not_follow_each_other_are_refused(s3: S3Client) -> None:
    chunks = two_chunks()
    chunks[1]["start_sample"] = 0

    with pytest.raises(ShapeInvalid, match="does not follow"):
        run(stored(s3, chunks))


def test_silence_is_completed_empty_and_says_so(s3: S3Client) -> None:
    answer = run(stored(s3, [results.result(0, 0, 100.5, language="es")], language=None))

    assert answer["no_speech"] is True
    assert answer["language"] == "es"
    assert answer["confidence"] is None
    assert read(s3, answer["transcript"]["txt"]) == (
        "[No se ha encontrado voz en esta grabación.]\n"
    )


def test_captions_of_silence_say_so_because_players_refuse_an_empty_file(s3: S3Client) -> None:
    answer = run(stored(s3, [results.result(0, 0, 100.5, language="es")], language=None))

    said = "[No se ha encontrado\nvoz en esta grabación.]"
    assert read(s3, answer["transcript"]["srt"]) == f"1\n00:00:00,000 --> 00:00:05,000\n{said}\n\n"
    assert read(s3, answer["transcript"]["vtt"]) == (
        f"WEBVTT\n\n00:00:00.000 --> 00:00:05.000\n{said}\n\n"
    )


def test_captions_of_a_recording_that_is_lost_as_a_whole_do_not_call_it_silent(
    s3: S3Client,
) -> None:
    lost: Gap = {"start": 0.0, "end": 100.5, "reason": "repetition"}

    answer = run(stored(s3, [results.result(0, 0, 100.5, gaps=[lost])]))

    assert answer["no_speech"] is False
    assert "[Nothing in this recording\ncould be transcribed.]" in read(
        s3, answer["transcript"]["srt"]
    )


def test_a_malformed_request_is_refused_by_name(s3: S3Client) -> None:
    request = stored(s3, two_chunks())
    request["attempt"] = 0

    with pytest.raises(ShapeInvalid, match="assembly-request"):
        run(request)
