"""What no log may hold: tokens, addresses, what was said, and links that need no session."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.stub import Stubber
from moto import mock_aws
from scribe import keys
from scribe.adapters import aws

from functions import runtime
from functions.authorizer import handler as authorizer
from functions.dead_letters import handler as dead_letters
from functions.notify import handler as notify
from functions.start_transcription import handler as start_transcription
from local.session_issuer import SessionIssuer
from tests.unit import edge_support
from tests.unit.api_support import ANA, NEW_JOB, Api
from tests.unit.api_support import api as api  # noqa: PLC0414  # a fixture
from tests.unit.jobs_support import JOB, TABLE, USER
from tests.unit.lambda_support import Context, batch
from tests.unit.notify_support import BUCKET, SENDER, Platform, status_event
from tests.unit.test_dead_letters import MESSAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SAID: Final = "nobody-may-read-this"
ADDRESS: Final = "a-private-address@example.com"
TOKEN: Final = "AAAAKgAAAAIAAAAAAAAAAbyToken"

_FORBIDDEN: Final = re.compile(
    rf"{SAID}|{re.escape(ADDRESS)}|{TOKEN}|eyJ[\w-]+\.eyJ|X-Amz-Signature|[?&]Signature=|PRIVATE"
)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that the functions and their libraries log, as it would be written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(runtime.logger.registered_formatter)
    loggers = [logging.getLogger(), logging.getLogger(runtime.logger.name)]
    for logger in loggers:
        logger.addHandler(handler)
    yield stream
    for logger in loggers:
        logger.removeHandler(handler)


def require_clean(log: io.StringIO) -> None:
    """Each line is a JSON document of its own, and none holds what is forbidden."""
    lines = log.getvalue().splitlines()
    assert lines, "nothing was logged, so that nothing was shown"
    for line in lines:
        assert isinstance(json.loads(line), dict)
        assert not _FORBIDDEN.search(line), line


def test_requests_to_the_api(api: Api, log: io.StringIO) -> None:
    edge_support.store_signing_key()
    private = {"vocabulary": SAID, "metadata": {SAID: SAID}, "file_name": f"{SAID}\r\n{{}}.mp3"}
    job = api.create({**NEW_JOB, **private})
    path = f"/jobs/{job['job_id']}"
    api.call("POST", f"{path}/feedback", {"rating": 5, "comment": SAID})
    api.call("POST", f"{path}/feedback", {"rating": SAID, SAID: SAID})
    api.call("POST", "/jobs", raw=f'{{"{SAID}'.encode())
    api.call("GET", f"/jobs?q={SAID}&{SAID}=1")
    api.call("POST", f"{path}/retry")
    api.call("DELETE", path)
    require_clean(log)


def test_a_request_that_breaks(api: Api, log: io.StringIO) -> None:
    job = api.create({**NEW_JOB, "vocabulary": SAID})
    api.s3.delete_bucket(Bucket="work")
    aws.dynamodb().update_item(
        TableName=TABLE,
        Key={"user_id": {"S": ANA}, "job_id": {"S": job["job_id"]}},
        UpdateExpression="REMOVE file_name",
    )
    assert api.call("GET", f"/jobs/{job['job_id']}").status == 500
    assert api.call("DELETE", f"/jobs/{job['job_id']}").status == 503
    require_clean(log)


@pytest.fixture
def telling(monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """A job whose transcript is private, and the function that tells its owner."""
    for name, value in {
        "JOBS_TABLE": TABLE,
        "TRANSCRIPTS_BUCKET": BUCKET,
        "SENDER_ADDRESS": SENDER,
        "DEFAULT_RECIPIENT": ADDRESS,
        "EMAIL_CONFIGURATION_SET": "dev",
        "EVENT_SOURCE": "transcription.dev",
        "EDGE_ADDRESS": edge_support.ADDRESS,
        "EDGE_SIGNING_KEY": edge_support.SIGNING_KEY,
        "LINK_LIFETIME_SECONDS": str(edge_support.DAY),
        "LEASE_SECONDS": "120",
    }.items():
        monkeypatch.setenv(name, value)
    notify._notifier.cache_clear()
    with mock_aws():
        platform = Platform()
        execution = platform.start(email=ADDRESS)
        platform.succeed(execution)
        platform.s3.put_object(
            Bucket=BUCKET, Key=keys.transcript(USER, JOB, "txt"), Body=SAID.encode()
        )
        yield platform
    notify._notifier.cache_clear()


@pytest.mark.parametrize(
    "hinder", [lambda _: None, Platform.refuse_sender], ids=["told", "refused"]
)
def test_mails(telling: Platform, log: io.StringIO, hinder: Callable[[Platform], None]) -> None:
    hinder(telling)
    execution = telling.jobs.get(USER, JOB)["execution_arn"]  # type: ignore[index]  # it is there
    event = batch(status_event(execution, "SUCCEEDED"), {"input": SAID}, f'"{ADDRESS}')
    notify.handler(event, Context())
    notify.handler(batch(status_event(execution, "SUCCEEDED")), Context())
    require_clean(log)


@pytest.mark.parametrize("answer", ["TaskTimedOut", "InvalidToken", "ServiceUnavailable"])
def test_dead_letters(log: io.StringIO, answer: str) -> None:
    dead_letters._callbacks.cache_clear()
    message: dict[str, Any] = {**MESSAGE, "task_token": TOKEN}
    event = batch(message, {**message, "task": {"vocabulary": SAID}}, f'{{"task_token": "{TOKEN}"')
    with Stubber(dead_letters._callbacks()._client) as stubber:
        stubber.add_client_error("send_task_failure", answer)
        dead_letters.handler(event, Context())
    dead_letters._callbacks.cache_clear()
    require_clean(log)


def test_notifications_of_uploads(log: io.StringIO) -> None:
    event = batch({"Records": [{"s3": SAID}]}, {SAID: ADDRESS}, f'{{"Records": ["{SAID}')
    start_transcription.handler(event, Context())
    require_clean(log)


def test_sessions(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "s" * 32
    with SessionIssuer(authorized_party="http://127.0.0.1:1") as issuer, mock_aws():
        for name, value in {
            "STAGE": "local",
            "SESSION_ISSUER": issuer.url,
            "AUTHORIZED_PARTIES": "http://127.0.0.1:2",
            "AUTHORIZED_PARTY_REQUIRED": "true",
            "ORIGIN_SECRET": "origin",
        }.items():
            monkeypatch.setenv(name, value)
        aws.secrets_manager().create_secret(
            Name="origin", SecretString=json.dumps({"current": secret})
        )
        authorizer._doorkeeper.cache_clear()
        token = issuer.token("user_1", ADDRESS)["token"]
        for authorization in (f"Bearer {token}", f"Bearer {token}x", f"Basic {SAID}"):
            headers = {"authorization": authorization, "x-origin-secret": secret}
            assert not authorizer.handler({"headers": headers}, Context())["isAuthorized"]
    authorizer._doorkeeper.cache_clear()
    require_clean(log)
    assert secret not in log.getvalue()


def test_what_is_forbidden_would_be_noticed(log: io.StringIO) -> None:
    runtime.logger.warning("sent to %s", ADDRESS)
    with pytest.raises(AssertionError):
        require_clean(log)
