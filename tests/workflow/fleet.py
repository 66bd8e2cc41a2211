"""Takes chunk messages from queues and answers their tokens as scripts say."""

from __future__ import annotations

import contextlib
import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.workflow.script import Script, Silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient
    from scribe.shapes import ChunkMessage

    from local.aws import LocalAws


class Fleet:
    """One worker for each queue.

    Args:
        scripts: by job id.
        aws: where the queues are.
    """

    def __init__(self, scripts: Mapping[str, Script], aws: LocalAws) -> None:
        self._scripts = scripts
        self._sqs: SQSClient = aws.client("sqs")
        self._states: SFNClient = aws.client("stepfunctions")
        self._over = threading.Event()

    @contextmanager
    def serve(self, queue_urls: Iterable[str]) -> Iterator[None]:
        """Answer until the block is left."""
        threads = [threading.Thread(target=self._take, args=(url,)) for url in queue_urls]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _take(self, url: str) -> None:
        while not self._over.is_set():
            answer = self._sqs.receive_message(
                QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            for message in answer.get("Messages", []):
                # Dead where another chunk of the same execution failed meanwhile.
                with contextlib.suppress(self._states.exceptions.TaskTimedOut):
                    self._work(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def _work(self, message: ChunkMessage) -> None:
        task, token = message["task"], message["task_token"]
        try:
            outcome = self._scripts[task["job_id"]].work(task, message)
        except Silent:
            return
        except Exception as error:  # noqa: BLE001 - whatever the script raises is reported by name
            name, cause = type(error).__name__, str(error)
            self._states.send_task_failure(taskToken=token, error=name, cause=cause)
        else:
            self._states.send_task_success(taskToken=token, output=json.dumps(outcome))
