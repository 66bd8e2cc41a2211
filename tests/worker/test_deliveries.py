"""A message stays hidden exactly as long as somebody works on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from worker.deliveries import Queues

from tests.worker.support import chunk_task

if TYPE_CHECKING:
    from tests.worker.conftest import Platform


def test_a_message_stays_hidden_longer_than_its_visibility_while_it_is_held(
    platform: Platform,
) -> None:
    platform.send(chunk_task())
    queues = Queues(platform.sqs, [platform.chunks_url], visibility_seconds=1)
    delivery = queues.receive(0)
    assert delivery
    with queues.hidden(delivery):
        time.sleep(1.5)
        assert queues.receive(0) is None
    time.sleep(1.1)
    again = queues.receive(0)
    assert again
    assert again.receive_count == 2


def test_a_message_handed_back_is_there_for_others_at_once(platform: Platform) -> None:
    platform.send(chunk_task())
    queues = Queues(platform.sqs, [platform.chunks_url], visibility_seconds=30)
    delivery = queues.receive(0)
    assert delivery
    queues.hand_back(delivery)
    assert queues.receive(0)


def test_a_queue_that_does_not_answer_has_no_message(platform: Platform) -> None:
    nowhere = platform.chunks_url.replace("chunks", "nowhere")
    assert Queues(platform.sqs, [nowhere], visibility_seconds=30).receive(0) is None
