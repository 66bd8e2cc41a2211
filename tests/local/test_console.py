"""The console: the mailbox and the executions of a local AWS, shown to people on this machine."""

from __future__ import annotations

import html
import json
import re
import uuid
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest

from local.console.console import Console
from local.console.failures import failure
from tests.local.conftest import ROLE_ARN, eventually
from tests.local.http_apis import Answer, Client
from tests.local.machines import create, ended, start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.aws import LocalAws

HOSTILE = '<script>alert("1")</script> & Söhne'
CHANGES = 'http-equiv="refresh"'
SENDER = "console@sender.example"


@pytest.fixture(scope="module")
def console(aws: LocalAws) -> Iterator[Console]:
    aws.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    with Console(aws) as console:
        yield console


def get(address: str, *headers: tuple[str, str]) -> Answer:
    place = urlsplit(address)
    return Client(f"http://{place.netloc}").call("GET", place.path, *headers)


def text(address: str) -> str:
    answer = get(address)
    assert answer.status == 200
    return answer.body.decode()


def send(aws: LocalAws, subject: str, body: dict[str, dict[str, str]]) -> None:
    aws.client("sesv2").send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": ["ana@example.com"]},
        Content={"Simple": {"Subject": {"Data": subject}, "Body": body}},
    )


def address_of(console: Console, list_url: str, title: str) -> str:
    """Where a list links to under this title."""
    pattern = rf'<a href="([^"]+)">{re.escape(html.escape(title))}</a>'
    (found,) = re.findall(pattern, text(list_url))
    return console.mailbox_url.removesuffix("/mailbox") + html.unescape(found)


def test_a_mail_is_listed_and_shown_with_its_text_and_its_html(
    aws: LocalAws, console: Console
) -> None:
    subject = f"{HOSTILE} {uuid.uuid4()}"
    written = '<html><body><a href="https://a.example/">hello</a></body></html>'
    send(aws, subject, {"Text": {"Data": f"Dear {HOSTILE}"}, "Html": {"Data": written}})

    address = address_of(console, console.mailbox_url, subject)
    shown = text(address)
    assert f"<pre>{html.escape(f'Dear {HOSTILE}')}" in shown
    assert "ana@example.com" in shown
    assert text(f"{address}/html").strip() == written


def test_a_mail_without_html_says_that_there_is_no_such_page(
    aws: LocalAws, console: Console
) -> None:
    subject = str(uuid.uuid4())
    send(aws, subject, {"Text": {"Data": "plain"}})
    address = address_of(console, console.mailbox_url, subject)
    assert get(f"{address}/html").status == 404


def test_nothing_of_a_page_or_a_mail_runs_in_a_browser(aws: LocalAws, console: Console) -> None:
    subject = str(uuid.uuid4())
    send(aws, subject, {"Html": {"Data": "<script>alert(1)</script>"}})
    address = address_of(console, console.mailbox_url, subject)
    for shown in (console.mailbox_url, console.executions_url, address, f"{address}/html"):
        policy = get(shown).header("content-security-policy") or ""
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "allow-scripts" not in policy
        assert "<script" not in text(shown) or shown.endswith("/html")
    assert "sandbox" in (get(f"{address}/html").header("content-security-policy") or "")


def states_of(page: str) -> list[tuple[str, ...]]:
    """Name, iteration and status of the states that an execution's page shows."""
    rows = [
        tuple(
            html.unescape(re.sub("<[^>]+>", "", cell)) for cell in re.findall("<td>(.*?)</td>", row)
        )
        for row in re.findall("<tr>(.*?)</tr>", page)
    ]
    return [row[:3] for row in rows if len(row) == 6]


def test_an_execution_is_listed_and_shown_with_its_states(
    aws: LocalAws, console: Console, name: str
) -> None:
    wait = {"Type": "Wait", "Seconds": 1, "Next": "Choose"}
    choose = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input = 'b' %}", "Next": "Refuse"}],
        "Default": "Take",
    }
    processor = {
        "StartAt": "Pause",
        "States": {
            "Pause": wait,
            "Choose": choose,
            "Take": {"Type": "Pass", "End": True},
            "Refuse": {"Type": "Fail", "Error": "Refused", "Cause": HOSTILE},
        },
    }
    each = {"Type": "Map", "Items": ["a", "b"], "MaxConcurrency": 1, "ItemProcessor": processor}
    sfn = aws.client("stepfunctions")
    machine = sfn.create_state_machine(
        name=name,
        roleArn=ROLE_ARN,
        definition=json.dumps(
            {
                "QueryLanguage": "JSONata",
                "StartAt": "Each",
                "States": {"Each": {**each, "End": True}},
            }
        ),
    )["stateMachineArn"]
    sfn.start_execution(stateMachineArn=machine, name=name, input=json.dumps({"for": HOSTILE}))

    address = address_of(console, console.executions_url, name)
    # What has ended does not change any more, and its page is not loaded again.
    shown = eventually(lambda: "" if CHANGES in (page := text(address)) else page)
    states = set(states_of(shown))
    assert states == {
        ("Each", "", "failed"),
        ("Pause", "Each 0", "succeeded"),
        ("Choose", "Each 0", "succeeded"),
        ("Take", "Each 0", "succeeded"),
        ("Pause", "Each 1", "succeeded"),
        ("Choose", "Each 1", "succeeded"),
        ("Refuse", "Each 1", "failed"),
    }
    assert html.escape(HOSTILE) in shown, "the cause"
    assert "<script" not in shown
    assert CHANGES in text(console.executions_url)


def test_a_state_that_a_redrive_ran_again_is_shown_twice(
    aws: LocalAws, console: Console, name: str
) -> None:
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Arguments": {"QueueUrl": f"{aws.endpoint_url}/123456789012/{name}", "MessageBody": "a"},
        "End": True,
    }
    execution = start(aws, create(aws, name, "Send", {"Send": send}))
    assert ended(aws, execution)["status"] == "FAILED"

    aws.client("sqs").create_queue(QueueName=name)
    aws.client("stepfunctions").redrive_execution(executionArn=execution)
    assert ended(aws, execution)["status"] == "SUCCEEDED"

    shown = text(f"{console.executions_url}/{quote(execution)}")
    assert states_of(shown) == [("Send", "", "failed"), ("Send", "", "succeeded")]


def test_a_functions_error_is_shown_by_its_message_and_its_trace_is_opened() -> None:
    cause = {
        "errorMessage": f"no sound in {HOSTILE}",
        "errorType": "Refused",
        "stackTrace": ['  File "a.py", line 1\n', '  File "b.py", line 2\n'],
    }
    told, _, opened = failure("Refused", json.dumps(cause)).partition("<details>")
    assert told == html.escape(f"Refused: no sound in {HOSTILE}")
    assert html.escape('  File "a.py", line 1\n  File "b.py", line 2') in opened
    assert "<script" not in opened


@pytest.mark.parametrize(
    ("error", "cause", "told"),
    [
        ("Refused", "it is late", "Refused: it is late"),
        ("Aborted", None, "Aborted"),
        (None, None, ""),
        (None, '"quoted"', '"quoted"'),
    ],
)
def test_another_error_is_shown_with_its_cause(
    error: str | None, cause: str | None, told: str
) -> None:
    assert failure(error, cause) == html.escape(told)


@pytest.mark.parametrize(
    "path",
    [
        "/mailbox/0001-none.eml",
        "/mailbox/..%2F..%2Fready.json",
        "/mailbox/../output.log",
        "/executions/nothing",
        "/executions/" + quote("arn:aws:states:us-east-1:123456789012:execution:none:none"),
        "/elsewhere",
    ],
)
def test_other_paths_lead_nowhere(console: Console, path: str) -> None:
    root = console.mailbox_url.removesuffix("/mailbox")
    assert get(root + path).status == 404


@pytest.mark.parametrize(("host", "status"), [("evil.example", 421), ("localhost", 200)])
def test_a_site_whose_name_leads_to_this_machine_reads_nothing(
    console: Console, host: str, status: int
) -> None:
    place = urlsplit(console.mailbox_url)
    connection = HTTPConnection(place.netloc, timeout=5)
    connection.request("GET", place.path, headers={"Host": f"{host}:{place.port}"})
    with connection.getresponse() as answer:
        assert answer.status == status
    connection.close()


def test_the_console_changes_nothing(console: Console) -> None:
    place = urlsplit(console.mailbox_url)
    answer = Client(f"http://{place.netloc}").call("POST", place.path)
    assert answer.status == 405
