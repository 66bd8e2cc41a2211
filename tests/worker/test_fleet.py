"""A worker of the fleet: what becomes of a message, whatever happens to its chunk."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from scribe import schemas
from scribe.errors import StorageUnavailable
from worker.chunk import Audio
from worker.engine.fake import FakeEngine

from tests.worker.support import ScriptedEngine, chunk_task, eventually

if TYPE_CHECKING:
    from worker.engine.protocol import Progress

    from tests.worker.conftest import Platform


def test_a_chunk_is_transcribed_stored_answered_and_its_message_deleted(platform: Platform) -> None:
    task = chunk_task(3)
    platform.send(task)
    assert platform.worker().run()
    result = platform.storage.read_json(task["result"], "chunk-result")
    assert [word["word"] for word in result["segments"][0]["words"]][:2] == ["word0", "word1"]
    assert (result["index"], result["start_sample"]) == (3, task["start_sample"])
    outcome = platform.callbacks.succeeded["token-0"]
    schemas.validate("chunk-outcome", outcome)
    assert outcome["word_count"] == 20
    assert (platform.waiting(), platform.in_flight()) == (0, 0)


def test_a_chunk_whose_result_is_stored_is_answered_without_any_work(platform: Platform) -> None:
    engine = ScriptedEngine()
    for token in ("first", "second"):
        platform.send(chunk_task(), token)
        platform.worker(engine).run()
    assert len(engine.languages_asked) == 1
    assert platform.callbacks.succeeded["first"] == platform.callbacks.succeeded["second"]


def test_a_result_in_another_language_is_not_the_same_result(platform: Platform) -> None:
    engine = ScriptedEngine()
    for language in ("en", "es"):
        platform.send(chunk_task(language=language), language)
        platform.worker(engine).run()
    assert engine.languages_asked == ["en", "es"]
    assert platform.callbacks.succeeded["es"]["language"] == "es"


def test_a_chunk_that_nobody_waits_for_is_deleted_without_any_work(platform: Platform) -> None:
    engine = ScriptedEngine()
    platform.callbacks.dead = frozenset({"token-0"})
    platform.send(chunk_task())
    platform.worker(engine).run()
    assert engine.languages_asked == []
    assert (platform.waiting(), platform.in_flight()) == (0, 0)


def test_a_token_that_dies_during_the_work_leaves_the_result_and_no_message(
    platform: Platform,
) -> None:
    task = chunk_task()
    platform.callbacks.dead_at_the_answer = frozenset({"token-0"})
    platform.send(task)
    platform.worker().run()
    assert platform.storage.read_json(task["result"], "chunk-result")
    assert (platform.waiting(), platform.in_flight()) == (0, 0)


@pytest.mark.parametrize("name", ["LanguageUnsupported", "TranscriptionFailed", "OutOfMemory"])
def test_an_error_is_reported_by_its_name_and_the_message_is_deleted(
    platform: Platform, name: str
) -> None:
    platform.send(chunk_task())
    platform.worker(FakeEngine(failures=[name])).run()
    assert platform.callbacks.failed == {"token-0": name}
    assert (platform.waiting(), platform.in_flight()) == (0, 0)


def test_an_error_that_is_not_ours_becomes_transcription_failed(platform: Platform) -> None:
    def break_down(_: Progress) -> None:
        raise RuntimeError("no kernel image is available")

    platform.send(chunk_task())
    platform.worker(ScriptedEngine(break_down)).run()
    assert platform.callbacks.failed == {"token-0": "TranscriptionFailed"}


def test_an_answer_that_cannot_be_given_lets_the_message_show_again(platform: Platform) -> None:
    task = chunk_task()
    platform.callbacks.refusal = StorageUnavailable("throttled")
    platform.send(task)
    platform.worker().run()
    assert platform.in_flight() == 1
    assert platform.storage.read_json(task["result"], "chunk-result")


def test_audio_that_was_deleted_means_that_the_job_was(platform: Platform) -> None:
    task = chunk_task()
    platform.send(task)
    platform.storage.delete([task["audio"]])
    platform.worker().run()
    assert platform.callbacks.failed == {"token-0": "Superseded"}


def test_audio_of_another_length_than_its_task_says_is_refused(platform: Platform) -> None:
    task = chunk_task(seconds=5)
    task["end_sample"] += 1
    platform.put_audio(chunk_task(seconds=5))
    body = platform.storage.read_bytes(task["audio"])
    platform.send(task)
    platform.storage.write_bytes(task["audio"], body, content_type="audio/flac")
    platform.worker().run()
    assert platform.callbacks.failed == {"token-0": "ShapeInvalid"}


def test_a_message_that_is_no_chunk_message_is_left_for_the_dead_letters(
    platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    platform.sqs.send_message(
        QueueUrl=platform.chunks_url, MessageBody='{"task_token": "secret", "version": 1}'
    )
    platform.send(chunk_task())
    platform.worker().run()
    assert platform.callbacks.succeeded.keys() == {"token-0"}
    assert platform.in_flight() == 1
    assert "not a chunk message" in caplog.text
    assert "secret" not in caplog.text


def test_a_waiting_detection_goes_before_chunks(platform: Platform) -> None:
    detection = chunk_task(kind="detect", language=None)
    platform.send(chunk_task(), "chunk")
    platform.send(detection, "detection")
    platform.worker().run()
    assert platform.callbacks.succeeded.keys() == {"detection"}
    assert platform.callbacks.succeeded["detection"]["language"] == "en"
    assert platform.storage.read_json(detection["result"], "language-result")


def test_a_chunk_that_was_received_before_starts_with_half_the_batch(platform: Platform) -> None:
    engine = ScriptedEngine()
    platform.send(chunk_task())
    delivery = platform.desk().queues.receive(0)
    assert delivery
    platform.desk().queues.hand_back(delivery)
    platform.worker(engine).run()
    assert engine.batch_scales == [0.5]


def test_two_chunks_and_two_workers_means_both_busy(platform: Platform) -> None:
    both = threading.Barrier(2, timeout=20)

    def meet(progress: Progress) -> None:
        progress(0.5)
        both.wait()

    for index in range(2):
        platform.send(chunk_task(index), f"token-{index}")
    workers = [threading.Thread(target=platform.worker(ScriptedEngine(meet)).run) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert platform.callbacks.succeeded.keys() == {"token-0", "token-1"}


def test_the_next_chunk_is_taken_in_the_last_fifth_and_not_before(platform: Platform) -> None:
    seen: list[int] = []

    def look(progress: Progress) -> None:
        if seen:
            return
        progress(0.79)
        seen.append(platform.in_flight())
        progress(0.8)
        seen.append(2 if eventually(lambda: platform.in_flight() == 2) else 0)

    platform.send(chunk_task(0), "token-0")
    platform.send(chunk_task(1), "token-1")
    platform.worker(ScriptedEngine(look), platform.settings(chunks=2)).run()
    assert seen == [1, 2]
    assert platform.callbacks.succeeded.keys() == {"token-0", "token-1"}


def test_a_taken_chunk_brings_its_audio_with_it(platform: Platform) -> None:
    platform.send(chunk_task())
    with ThreadPoolExecutor(1) as fetcher:
        assignment = platform.desk().take(0, fetcher)
    assert assignment
    ready = assignment.ready.result()
    assert isinstance(ready, Audio)
    assert len(ready.samples) == 160_000
    assignment.let_go()


def test_a_worker_about_to_be_recycled_takes_no_further_chunk(platform: Platform) -> None:
    platform.send(chunk_task(0), "token-0")
    platform.send(chunk_task(1), "token-1")
    platform.worker(settings=platform.settings(chunks=1)).run()
    assert len(platform.callbacks.succeeded) == 1
    assert (platform.waiting(), platform.in_flight()) == (1, 0)


def test_a_damaged_engine_ends_the_worker_after_its_chunk(platform: Platform) -> None:
    def damage(_: Progress) -> None:
        engine.damaged = True

    engine = ScriptedEngine(damage)
    for index in range(2):
        platform.send(chunk_task(index), f"token-{index}")
    assert platform.worker(engine, platform.settings(chunks=100)).run()
    assert len(platform.callbacks.succeeded) == 1
    assert platform.waiting() == 1
