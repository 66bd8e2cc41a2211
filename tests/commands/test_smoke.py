"""`npm run smoke` against an API with scripted answers: it passes, or says where it stopped."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from commands.api_client import ApiClient
from commands.smoke import __main__ as command
from commands.smoke.trial import Report, Trial, TrialFailed
from samples import sample
from tests.commands.api_server import ApiServer, Reply, running_api

if TYPE_CHECKING:
    from collections.abc import Iterator

ENGLISH = sample("english")
COMPLETED = {"job_id": "J", "status": "COMPLETED", "error": None}
GONE = Reply(404, {"code": "job_not_found", "title": "There is no such job"})


@pytest.fixture
def api() -> Iterator[ApiServer]:
    """A stage that works."""
    with running_api() as api:
        upload = {"kind": "put", "method": "PUT", "url": f"{api.url}/put", "headers": {}}
        api.will("POST", "/jobs", Reply(201, {"job": {"job_id": "J"}, "upload": upload}))
        api.will("PUT", "/put", Reply())
        queued, completed = {**COMPLETED, "status": "QUEUED"}, Reply(body=COMPLETED)
        api.will("GET", "/jobs/J", Reply(body=queued), completed, GONE)
        for fmt, body in (("json", json.dumps({"text": ENGLISH.text})), ("txt", ENGLISH.text)):
            link = Reply(body={"url": f"{api.url}/{fmt}?Signature=s"})
            api.will("GET", f"/jobs/J/transcript?format={fmt}", link)
            read = Reply(body=body.encode(), headers={"X-Cache": "Hit from cloudfront"})
            api.will("GET", f"/{fmt}?Signature=s", read)
            api.will("GET", f"/{fmt}", Reply(403))
        api.will("GET", "/jobs/J/audio", Reply(body={"url": f"{api.url}/audio?Signature=s"}))
        api.will("GET", "/audio?Signature=s", Reply(206, b"0123456789abcdef"))
        api.will("DELETE", "/jobs/J", Reply(body={"job_id": "J"}))
        yield api


def trial(api: ApiServer) -> Report:
    client = ApiClient(api.url, lambda: "token", sleep=lambda _seconds: None)
    seconds = iter(range(10_000))
    return Trial(
        client,
        ENGLISH,
        most_word_errors=0.3,
        patience_seconds=60,
        clock=lambda: float(next(seconds)),
        sleep=lambda _seconds: None,
    ).run()


def test_a_stage_that_works_passes_and_its_steps_are_timed(api: ApiServer) -> None:
    report = trial(api)
    assert list(report.seconds) == ["announce", "upload", "transcribe", "read", "delete"]
    assert (report.word_error_rate, report.from_cache) == (0, True)
    assert len(api.sent("DELETE", "/jobs/J")) == 1


def text(words: str) -> Reply:
    return Reply(body=json.dumps({"text": words}).encode())


BROKEN: dict[str, tuple[str, Reply, str]] = {
    "another text": ("/json?Signature=s", text("nothing of the kind"), "of the words are wrong"),
    "a failed job": (
        "/jobs/J",
        Reply(body={**COMPLETED, "status": "FAILED", "error": {"code": "WorkerLost"}}),
        "FAILED: WorkerLost",
    ),
    "no worker": ("/jobs/J", Reply(body={**COMPLETED, "status": "QUEUED"}), "QUEUED after 60 s"),
    "a link that is refused": ("/txt?Signature=s", Reply(403), "answers 403, not 200"),
    "a link for everybody": ("/txt", Reply(200), "answers 200, not 403, to one without"),
    "no ranges": ("/audio?Signature=s", Reply(200), "answers 200, not 206"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_stage_that_is_broken_fails_by_what_is_wrong_and_keeps_no_job(
    api: ApiServer, case: str
) -> None:
    path, reply, says = BROKEN[case]
    api.will("GET", path, reply)
    with pytest.raises(TrialFailed, match=says):
        trial(api)
    assert len(api.sent("DELETE", "/jobs/J")) == 1


def test_a_job_that_cannot_be_deleted_either_is_named(api: ApiServer) -> None:
    api.will("GET", "/txt?Signature=s", Reply(403))
    api.will("DELETE", "/jobs/J", Reply(409, {"code": "conflict", "title": "Not now"}))
    with pytest.raises(TrialFailed, match=r"403.*The job J is still there: Not now"):
        trial(api)


def test_a_deleted_job_must_be_gone(api: ApiServer) -> None:
    api.will("GET", "/jobs/J", Reply(body=COMPLETED))
    with pytest.raises(TrialFailed, match="still there"):
        trial(api)


def run(api: ApiServer, *arguments: str) -> int:
    return command.main(["--url", api.url, *arguments])


def test_each_request_has_a_token_of_its_own(
    api: ApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    api.will("GET", "/jobs/J", Reply(body=COMPLETED), GONE)
    prints = "import secrets; print(secrets.token_hex(8))"
    assert run(api, "--json", "--token-command", f"{sys.executable} -c '{prints}'") == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (printed["failure"], printed["url"]) == (None, api.url)
    tokens = [seen.headers["authorization"] for seen in api.seen if "authorization" in seen.headers]
    assert len(set(tokens)) == len(tokens) > 5


@pytest.mark.parametrize("broken", ["false", "true", "no-such-program"])
def test_a_token_command_that_does_not_work_is_named(
    api: ApiServer, broken: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(api, "--token-command", broken) == 1
    assert "the token command" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--url", "http://a"], ["--token", "t"]])
def test_without_a_token_or_an_address_it_is_misused(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SMOKE_TOKEN", "SMOKE_TOKEN_COMMAND"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
