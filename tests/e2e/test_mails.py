"""Each owner gets one mail that tells the outcome, in both forms, and holds no secret."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from scribe import paragraphs

from commands.platform import RECIPIENT, SENDER
from tests.e2e.inbox import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Delivered

pytestmark = [pytest.mark.stack, pytest.mark.whisperx]


def test_every_job_is_told_by_one_mail_whose_id_its_row_keeps(delivered: Delivered) -> None:
    for job in delivered.jobs.values():
        (mail,) = delivered.inbox.mails(job)
        assert (mail["From"], mail["To"]) == (SENDER, RECIPIENT)
        assert job["notification"]["state"] == "SENT"
        assert job["notification"]["outcome"] == job["status"]
        assert str(job["notification"]["message_id"]) in mail["Message-ID"]


def test_both_forms_of_a_mail_begin_the_transcript(delivered: Delivered) -> None:
    job = delivered.jobs["english.mp3"]
    (mail,) = delivered.inbox.mails(job)
    text = paragraphs.without_legend(delivered.inbox.text(job, "txt"), "en")
    beginning = " ".join(text.split())[:100]
    assert mail["Subject"] == "Your transcript is ready: english.mp3"
    assert beginning in text_of(mail)
    assert beginning in text_of(mail, "html")
    assert '<html lang="en">' in text_of(mail, "html")


@pytest.mark.parametrize("fmt", ["txt", "srt", "vtt", "json"])
def test_the_links_of_a_mail_download_the_transcript(delivered: Delivered, fmt: str) -> None:
    job = delivered.jobs["english-then-spanish.m4a"]
    (mail,) = delivered.inbox.mails(job)
    (link,) = re.findall(rf"^http://\S+/transcript\.{fmt}\?\S+$", text_of(mail), re.MULTILINE)
    assert link.startswith(f"{delivered.inbox.platform.url}/")
    assert link.replace("&", "&amp;") in text_of(mail, "html")
    stored = delivered.inbox.stored(job, f"transcript.{fmt}")["Body"].read()
    with urllib.request.urlopen(link) as response:  # noqa: S310 - the local AWS's own address
        assert response.read() == stored


def test_task_tokens_are_seen_in_no_mail_and_in_no_log(delivered: Delivered) -> None:
    tokens = set(_tokens(delivered, delivered.jobs["long.opus"]["execution_arn"]))
    assert len(tokens) == 4, "one for the detection, one for each chunk"
    aws = delivered.inbox.platform.aws
    for path in [*aws.mailbox.glob("*.eml"), *aws.logs.glob("*.log")]:
        text = path.read_text(errors="replace")
        assert not [token for token in tokens if token in text], path.name


def _tokens(delivered: Delivered, execution_arn: str) -> Iterator[str]:
    client: Any = delivered.inbox.platform.aws.client("stepfunctions")
    history = client.get_paginator("get_execution_history").paginate(executionArn=execution_arn)
    for page in history:
        for event in page["events"]:
            parameters = event.get("taskScheduledEventDetails", {}).get("parameters", "{}")
            match json.loads(parameters):
                case {"MessageBody": {"task_token": token}}:
                    yield token
