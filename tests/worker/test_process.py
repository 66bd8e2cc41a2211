"""The real process, `python -m worker`, stopped, killed, and started for a single chunk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

import boto3
import pytest
from moto.server import ThreadedMotoServer
from scribe.adapters.storage import Storage
from scribe.storage import ObjectMissing

from tests.worker.agent import RecordingAgent
from tests.worker.faulty_s3 import FaultyS3
from tests.worker.support import WORK_BUCKET, chunk_task, eventually, message, silence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scribe.shapes import ChunkTask

SECONDS = 10.0


class Server:
    """One AWS for several worker processes."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        s3 = boto3.client("s3", endpoint_url=endpoint)
        s3.create_bucket(Bucket=WORK_BUCKET)
        self.storage = Storage(s3)
        self.sqs = boto3.client("sqs", endpoint_url=endpoint)
        self.url = self.sqs.create_queue(QueueName="chunks")["QueueUrl"]
        self.processes: list[subprocess.Popen[str]] = []

    def start(
        self, command: Sequence[str] = (sys.executable, "-m", "worker"), **environment: str
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            env={
                **os.environ,
                "AWS_ENDPOINT_URL": self.endpoint,
                "ENGINE": "fake",
                "POLL_SECONDS": "1",
                "VISIBILITY_SECONDS": "2",
                **environment,
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        return process

    def start_on_the_queue(
        self, *, seconds_per_chunk: float = 0.0, **environment: str
    ) -> subprocess.Popen[str]:
        return self.start(
            CHUNKS_QUEUE_URL=self.url,
            STOP_TIMEOUT_SECONDS="4",
            FAKE_SECONDS_PER_AUDIO_SECOND=str(seconds_per_chunk / SECONDS),
            **environment,
        )

    def send(self, task: ChunkTask) -> None:
        self.put_audio(task)
        self.sqs.send_message(QueueUrl=self.url, MessageBody=message(task))

    def put_audio(self, task: ChunkTask) -> None:
        self.storage.write_bytes(task["audio"], silence(SECONDS), content_type="audio/flac")

    def wait_until_taken(self) -> None:
        while self.count("ApproximateNumberOfMessagesNotVisible") == 0:
            time.sleep(0.05)

    def wait_for_result(self, task: ChunkTask) -> None:
        while True:
            try:
                self.storage.read_json(task["result"], "chunk-result")
            except ObjectMissing:
                time.sleep(0.1)
            else:
                return

    def count(self, name: str) -> int:
        answer = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])
        return int(answer["Attributes"][name])  # type: ignore[index]  # the name is one of theirs


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout
    assert "engine ready" in process.stdout.readline()


@pytest.fixture
def server() -> Iterator[Server]:
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    urllib.request.urlopen(f"{endpoint}/moto-api/reset", data=b"").close()  # noqa: S310  # our own server
    running = Server(endpoint)
    yield running
    for process in running.processes:
        process.kill()
        process.communicate()
    moto.stop()


def test_an_interrupted_worker_hands_its_chunk_back_unprotects_itself_and_ends(
    server: Server,
) -> None:
    with RecordingAgent().serve() as agent:
        server.send(chunk_task(seconds=SECONDS))
        process = server.start_on_the_queue(seconds_per_chunk=3600, ECS_AGENT_URI=agent.uri)
        assert eventually(lambda: agent.told == [True])
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert server.count("ApproximateNumberOfMessages") == 1
    assert "chunk handed back" in output
    assert agent.told == [True, False]


def test_a_worker_told_to_stop_while_it_fetches_does_not_wait_for_the_audio(
    server: Server,
) -> None:
    s3 = FaultyS3("stall")
    task = chunk_task(seconds=SECONDS)
    s3.objects[f"/{WORK_BUCKET}/{task['audio']['key']}"] = silence(SECONDS)
    server.send(task)
    process = server.start_on_the_queue(AWS_ENDPOINT_URL_S3=s3.endpoint)
    assert s3.stalled.wait(timeout=20)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=20)
    s3.stop()
    assert process.returncode == 0
    assert server.count("ApproximateNumberOfMessages") == 1
    assert "chunk handed back" in output


def test_a_worker_told_to_stop_while_idle_ends(server: Server) -> None:
    process = server.start_on_the_queue()
    wait_until_ready(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0


def test_a_killed_workers_chunk_is_finished_by_another_which_knows_of_the_first(
    server: Server,
) -> None:
    task = chunk_task(seconds=SECONDS)
    server.send(task)
    killed = server.start_on_the_queue(seconds_per_chunk=3600)
    server.wait_until_taken()
    killed.kill()
    other = server.start_on_the_queue()
    server.wait_for_result(task)
    other.send_signal(signal.SIGTERM)
    output, _ = other.communicate(timeout=20)
    lines = [json.loads(line) for line in output.splitlines()]
    (again,) = (line for line in lines if line["message"] == "chunk was received before")
    assert again["times"] == 2
    assert server.count("ApproximateNumberOfMessages") == 0
    assert server.count("ApproximateNumberOfMessagesNotVisible") == 0


def test_a_task_of_its_own_told_to_stop_fails_its_state_at_once(server: Server) -> None:
    task = chunk_task(seconds=SECONDS)
    server.put_audio(task)
    process = server.start(CHUNK_TASK=json.dumps(task), FAKE_SECONDS_PER_AUDIO_SECOND="360")
    wait_until_ready(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 1
    with pytest.raises(ObjectMissing):
        server.storage.read_json(task["outcome"], "chunk-outcome")


def test_a_worker_needs_no_disk(server: Server) -> None:
    task = chunk_task(seconds=SECONDS)
    server.put_audio(task)
    process = server.start(
        command=["sh", "-c", f"ulimit -f 0 && exec {sys.executable} -m worker"],
        CHUNK_TASK=json.dumps(task),
    )
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert server.storage.read_json(task["outcome"], "chunk-outcome")["status"] == "succeeded"


def test_a_task_of_its_own_stores_its_outcome_and_logs_neither_text_nor_token(
    server: Server,
) -> None:
    task = chunk_task(seconds=SECONDS)
    server.put_audio(task)
    # The fleet's task definition names its queue too: the one chunk goes first.
    process = server.start(CHUNK_TASK=json.dumps(task), CHUNKS_QUEUE_URL=server.url)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert server.storage.read_json(task["outcome"], "chunk-outcome")["word_count"] == 20
    lines = [json.loads(line) for line in output.splitlines()]
    done = next(line for line in lines if line["message"] == "chunk done")
    assert (done["job_id"], done["index"]) == (task["job_id"], 0)
    assert "word0" not in output


@pytest.mark.parametrize(("failure", "exit_code"), [("AudioUnreadable", 0), ("OutOfMemory", 1)])
def test_only_a_transient_error_fails_a_task_of_its_own(
    server: Server, failure: str, exit_code: int
) -> None:
    task = chunk_task(seconds=SECONDS)
    server.put_audio(task)
    process = server.start(CHUNK_TASK=json.dumps(task), FAKE_FAILURES=failure)
    process.communicate(timeout=60)
    assert process.returncode == exit_code


def test_a_worker_with_neither_queue_nor_task_says_what_is_missing(server: Server) -> None:
    process = server.start()
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "CHUNKS_QUEUE_URL" in output
