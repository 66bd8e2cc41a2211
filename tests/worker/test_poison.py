"""Messages that no worker can read: they harm nobody, and end where operators find them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from scribe.errors import ShapeInvalid
from worker.assignment import Desk
from worker.deliveries import Queues
from worker.messages import parse

from tests.worker.support import chunk_task, message

if TYPE_CHECKING:
    from tests.worker.conftest import Platform

GOOD = message(chunk_task())
POISON = {
    "no text": " ",
    "no JSON": "chunk 7, please",
    "no object": "[1, 2, 3]",
    "half of a message": GOOD[: len(GOOD) // 2],
    "an unknown version": GOOD.replace('"version": 1', '"version": 99'),
    "an unknown kind": GOOD.replace('"transcribe"', '"translate"'),
    "a number without end": GOOD.replace('"index": 0', '"index": ' + "9" * 5000),
    "an infinite number": GOOD.replace('"index": 0', '"index": 1e999'),
    "no number": GOOD.replace('"index": 0', '"index": NaN'),
    "brackets without end": "[" * 100_000,
    "half of a character": GOOD.replace('"user_1"', r'"\ud83d"'),
    "a token that is none": GOOD.replace('"token-0"', "null"),
}


@pytest.mark.parametrize("body", POISON.values(), ids=POISON.keys())
def test_a_poison_message_is_no_chunk_message(body: str) -> None:
    with pytest.raises(ShapeInvalid) as raised:
        parse(body, "chunk-message")
    assert "token-0" not in str(raised.value)


def test_no_poison_message_stops_a_worker(platform: Platform) -> None:
    for body in POISON.values():
        platform.sqs.send_message(QueueUrl=platform.chunks_url, MessageBody=body)
    platform.send(chunk_task())
    platform.worker().run()
    assert platform.callbacks.succeeded.keys() == {"token-0"}
    assert platform.callbacks.failed == {}
    # They show again when their time is up, and are counted by their queue.
    assert (platform.waiting(), platform.in_flight()) == (0, len(POISON))


def test_a_number_that_no_chunk_has_is_answered_by_name(platform: Platform) -> None:
    task = chunk_task()
    platform.put_audio(task)
    task["end_sample"] = 10**30
    platform.sqs.send_message(QueueUrl=platform.chunks_url, MessageBody=message(task))
    platform.worker().run()
    assert platform.callbacks.failed == {"token-0": "ShapeInvalid"}


def test_a_poison_message_ends_in_the_dead_letter_queue(platform: Platform) -> None:
    receives = 3
    dead = platform.sqs.create_queue(QueueName="dead")["QueueUrl"]
    described = platform.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    policy = {
        "deadLetterTargetArn": described["Attributes"]["QueueArn"],
        "maxReceiveCount": receives,
    }
    platform.sqs.set_queue_attributes(
        QueueUrl=platform.chunks_url, Attributes={"RedrivePolicy": json.dumps(policy)}
    )
    platform.sqs.send_message(QueueUrl=platform.chunks_url, MessageBody="chunk 7, please")
    # With no time to lapse, a message that is left shows again at once.
    queues = Queues(platform.sqs, [platform.chunks_url], visibility_seconds=0)
    desk = Desk(queues, platform.callbacks, platform.storage)
    with ThreadPoolExecutor(1) as fetcher:
        for _ in range(receives + 1):
            assert desk.take(0, fetcher) is None
    assert platform.waiting() == 0
    (found,) = platform.sqs.receive_message(QueueUrl=dead)["Messages"]
    assert found["Body"] == "chunk 7, please"
