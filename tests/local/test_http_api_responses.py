"""API Gateway, HTTP APIs: what a client gets of what a function returns, and when it fails."""

from __future__ import annotations

import json
import socket
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.local.http_apis import Client, api_resources, deploy_api

if TYPE_CHECKING:
    from local.aws import LocalAws

INTERNAL = b'{"message":"Internal Server Error"}'


@pytest.fixture(scope="module")
def client(aws: LocalAws) -> Client:
    name = f"t-{uuid.uuid4().hex[:10]}"
    return deploy_api(aws, name, api_resources(name, ["$default"]))


def test_a_response_has_the_functions_status_headers_cookies_and_body(client: Client) -> None:
    answer = client.call(
        "GET",
        "/",
        wish={
            "answer": {
                "statusCode": 201,
                "headers": {"Location": "/x", "x-number": 3, "x-flag": True},
                "cookies": ["a=1; Secure", "b=2"],
                "body": "ñ",
            }
        },
    )
    assert answer.status == 201
    assert answer.body == "ñ".encode()
    assert answer.header("location") == "/x"
    assert answer.header("x-number") == "3"
    assert answer.header("x-flag") == "true"
    assert answer.headers["set-cookie"] == ["a=1; Secure", "b=2"]
    assert answer.header("content-type") == "text/plain;charset=UTF-8"
    assert answer.header("apigw-requestid")


def test_a_base64_body_is_decoded(client: Client) -> None:
    result = {"statusCode": 200, "body": "AP8=", "isBase64Encoded": True}
    assert client.call("GET", "/", wish={"answer": result}).body == b"\x00\xff"


@pytest.mark.parametrize("result", [{"ok": True}, [1, "a"], "text", None, 3])
def test_a_result_without_a_status_code_is_a_json_body(client: Client, result: object) -> None:
    answer = client.call("GET", "/", wish={"answer": result})
    assert answer.status == 200
    assert answer.header("content-type") == "application/json"
    assert answer.json == result


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "many"},
        {"statusCode": None},
        {"statusCode": 99},
        {"statusCode": 200, "body": {"not": "a text"}},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "headers": {"a\r\nb": "c"}},
        {"statusCode": 200, "cookies": [{}]},
        {"statusCode": 200, "body": "#", "isBase64Encoded": True},
    ],
)
def test_a_malformed_response_is_an_internal_server_error(
    client: Client, result: dict[str, object]
) -> None:
    answer = client.call("GET", "/", wish={"answer": result})
    assert (answer.status, answer.body) == (500, INTERNAL)
    assert answer.header("content-type") == "application/json"


def test_a_functions_error_is_an_internal_server_error_and_tells_nothing(client: Client) -> None:
    answer = client.call("GET", "/", wish={"fail": True})
    assert (answer.status, answer.body) == (500, INTERNAL)


def test_a_result_above_6_mb_is_an_internal_server_error(client: Client) -> None:
    assert client.call("GET", "/", wish={"large": 6 * 1024 * 1024}).body == INTERNAL


def test_headers_about_the_functions_connection_are_not_handed_on(client: Client) -> None:
    headers = {"Connection": "close", "Transfer-Encoding": "chunked", "Content-Length": "1"}
    answer = client.call(
        "GET", "/", wish={"answer": {"statusCode": 200, "headers": headers, "body": "four"}}
    )
    assert answer.body == b"four"
    assert answer.header("content-length") == "4"
    assert not {"connection", "transfer-encoding"} & answer.headers.keys()


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
def test_a_response_that_has_no_body_leaves_it_out(
    client: Client, method: str, status: int
) -> None:
    wish = {"answer": {"statusCode": status, "body": "not sent"}}
    answer = client.call(method, "/", wish=wish)
    assert (answer.status, answer.body) == (status, b"")


def test_a_function_that_takes_longer_than_the_integration_may_is_not_waited_for(
    aws: LocalAws, name: str
) -> None:
    resources = api_resources(name, ["GET /"], integration={"TimeoutInMillis": 50})
    answer = deploy_api(aws, name, resources).call("GET", "/", wish={"sleep": 5})
    assert (answer.status, answer.body) == (503, b'{"message":"Service Unavailable"}')


def test_a_request_above_10_mb_is_refused(client: Client) -> None:
    answer = client.call("POST", "/", body=bytes(10 * 1024 * 1024 + 1))
    assert (answer.status, answer.body) == (413, b'{"message":"Request Entity Too Large"}')


def test_an_event_that_lambda_does_not_take_is_refused(client: Client) -> None:
    body = bytes(5 * 1024 * 1024)  # a third longer as base64
    assert client.call("POST", "/", body=body).status == 413


def raw_exchange(client: Client, *parts: bytes) -> bytes:
    """Send each part once something was received for the one before; return all received."""
    address = urlsplit(client.endpoint)
    received = b""
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
            received += connection.recv(65536)
        while piece := connection.recv(65536):
            received += piece
    return received


def test_a_chunked_body_is_put_together(client: Client) -> None:
    received = raw_exchange(
        client,
        b"POST /any HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3;note=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: 1\r\n\r\n",
    )
    event = json.loads(received.partition(b"\r\n\r\n")[2])
    assert event["body"] == "abcde"
    assert event["headers"]["content-length"] == "5"
    assert "transfer-encoding" not in event["headers"]


def test_a_client_that_waits_for_leave_to_send_its_body_gets_it(client: Client) -> None:
    received = raw_exchange(
        client,
        b"POST /any HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n",
        b"abc",
    )
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("header", [b"Content-Length: x", b"Content-Length: -1"])
def test_a_request_that_cannot_be_read_is_a_bad_request(client: Client, header: bytes) -> None:
    received = raw_exchange(client, b"POST /any HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert received.endswith(b'{"message":"Bad Request"}')


def test_a_connection_serves_several_requests(client: Client) -> None:
    request = b"GET /any HTTP/1.1\r\nHost: x\r\n\r\n"
    last = request.replace(b"Host: x", b"Host: x\r\nConnection: close")
    assert raw_exchange(client, request, last).count(b"HTTP/1.1 200 OK") == 2
