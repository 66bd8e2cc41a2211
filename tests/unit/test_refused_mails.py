"""A mail that SES refuses: its message comes again, ends as a dead letter, and can be replayed."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws
from scribe.adapters import aws
from scribe.adapters.mailer import Mailer

from functions import runtime
from functions.notify.notifier import NothingToTell
from tests.unit.lambda_support import Context, batch, kept
from tests.unit.notify_support import SENDER, Platform, status_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from functions.notify.notifier import Notifier

MOST_RECEIVES = 4
"""In the place of a hundred."""
HIDDEN_SECONDS = 360
"""As the stack's queue hides a message that was received."""

REFUSALS = {
    "throttled": "TooManyRequestsException",
    "suspended": "AccountSuspendedException",
    "in the sandbox": "MessageRejected",
    "sender not verified": "MailFromDomainNotVerifiedException",
}


class Queues:
    """The notifications queue and its dead letters, in moto; time passes between receives."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._sqs = aws.sqs()
        self.dead_letters = self._sqs.create_queue(QueueName="dead-letters")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(
            QueueUrl=self.dead_letters, AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
        redrive = {"deadLetterTargetArn": arn, "maxReceiveCount": MOST_RECEIVES}
        self.notifications = self._sqs.create_queue(
            QueueName="notifications",
            Attributes={"VisibilityTimeout": "0", "RedrivePolicy": json.dumps(redrive)},
        )["QueueUrl"]

    def send(self, event: object) -> None:
        """Bring a message as the rule on ended executions does."""
        self._sqs.send_message(QueueUrl=self.notifications, MessageBody=json.dumps(event))

    def work_off(self, tell: Callable[[Any], None]) -> int:
        """Do as Lambda does until the queue is empty; returns how often a message was taken."""

        def quietly(event: Any) -> None:  # noqa: ANN401 - a message of any shape
            with contextlib.suppress(NothingToTell):  # as the handler does
                tell(event)

        taken = 0
        while messages := self._sqs.receive_message(QueueUrl=self.notifications).get("Messages"):
            taken += 1
            (message,) = messages
            event = batch(message["Body"])
            if not kept(runtime.handle_messages(event, Context(), quietly)):
                self._sqs.delete_message(
                    QueueUrl=self.notifications, ReceiptHandle=message["ReceiptHandle"]
                )
            self._platform.clock.advance(HIDDEN_SECONDS)
        return taken

    def move_back(self) -> int:
        """Do as `aws sqs start-message-move-task` does; returns how many messages it moved."""
        moved = 0
        while messages := self._sqs.receive_message(QueueUrl=self.dead_letters).get("Messages"):
            for message in messages:
                self._sqs.send_message(QueueUrl=self.notifications, MessageBody=message["Body"])
                self._sqs.delete_message(
                    QueueUrl=self.dead_letters, ReceiptHandle=message["ReceiptHandle"]
                )
                moved += 1
        return moved


@pytest.fixture
def platform() -> Iterator[Platform]:
    with mock_aws():
        yield Platform()


@pytest.fixture
def queues(platform: Platform) -> Queues:
    return Queues(platform)


@pytest.fixture(params=REFUSALS.values(), ids=tuple(REFUSALS))
def refused(request: pytest.FixtureRequest, platform: Platform) -> Iterator[Notifier]:
    """A notifier whose mails SES refuses, as often as they are sent."""
    client = boto3.Session().client("sesv2")  # its own: the platform's goes on taking mails
    with Stubber(client) as stubber:
        for _ in range(2 * MOST_RECEIVES):
            stubber.add_client_error("send_email", request.param, "to ana@example.com: no")
        mailer = Mailer(client, sender=SENDER, configuration_set="dev")
        yield replace(platform.notifier, mailer=mailer)


def test_a_refused_mail_comes_again_and_is_a_dead_letter_in_the_end(
    platform: Platform, queues: Queues, refused: Notifier
) -> None:
    execution = platform.start()
    platform.succeed(execution)
    queues.send(status_event(execution, "SUCCEEDED"))
    assert queues.work_off(refused.tell) == MOST_RECEIVES
    assert queues.move_back() == 1


def test_a_mail_that_ses_takes_at_last_is_sent_once_and_is_no_dead_letter(
    platform: Platform, queues: Queues, refused: Notifier
) -> None:
    execution = platform.start()
    platform.succeed(execution)
    queues.send(status_event(execution, "SUCCEEDED"))
    turns = iter([refused, refused, platform.notifier])
    assert queues.work_off(lambda event: next(turns).tell(event)) == 3
    assert len(platform.mails()) == 1
    assert queues.move_back() == 0


def test_a_replayed_dead_letter_tells_the_owner_once(
    platform: Platform, queues: Queues, refused: Notifier
) -> None:
    execution = platform.start()
    platform.end(execution, "FAILED", "WorkerLost")
    # AWS may deliver its event twice, and each is a message that fails.
    for _ in range(2):
        queues.send(status_event(execution, "FAILED"))
    assert queues.work_off(refused.tell) == 2 * MOST_RECEIVES
    assert platform.mails() == []
    assert queues.move_back() == 2
    assert queues.work_off(platform.notifier.tell) == 2
    assert len(platform.mails()) == 1
    assert queues.move_back() == 0


def test_what_operators_read_of_a_refusal_names_it_without_the_address(
    platform: Platform,
    queues: Queues,
    refused: Notifier,
    caplog: pytest.LogCaptureFixture,
) -> None:
    execution = platform.start()
    platform.succeed(execution)
    queues.send(status_event(execution, "SUCCEEDED"))
    queues.work_off(refused.tell)
    log = caplog.text
    assert "MailRefused" in log
    assert "ana@example.com" not in log
