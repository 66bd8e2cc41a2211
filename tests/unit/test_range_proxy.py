"""The loopback server between ffmpeg and S3: ranges, limits and failures."""

from __future__ import annotations

import http.client
import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from scribe.adapters import aws
from scribe.adapters.range_proxy import RangeProxy
from scribe.errors import AudioMissing, PreparationInterrupted, StorageUnavailable

from tests.unit.audio_support import BUCKET, uploaded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client
    from scribe.shapes import Source

BODY = bytes(range(256)) * 4096


@pytest.fixture(name="s3", scope="module")
def _s3() -> Iterator[S3Client]:
    with mock_aws():
        client = aws.s3()
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture(name="proxy")
def _proxy(s3: S3Client) -> Iterator[RangeProxy]:
    with RangeProxy(s3, uploaded(s3, BODY)) as proxy:
        yield proxy


def ask(
    url: str, byte_range: str | None = None, *, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request(method, parts.path, headers={"Range": byte_range} if byte_range else {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_without_a_range_the_whole_object_is_served(proxy: RangeProxy) -> None:
    status, headers, body = ask(proxy.url)
    assert (status, headers["Accept-Ranges"], body) == (200, "bytes", BODY)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(BODY) - 1), st.integers(0, 2 * len(BODY)))
def test_any_range_is_served_exactly(proxy: RangeProxy, start: int, length: int) -> None:
    end = start + length
    status, headers, body = ask(proxy.url, f"bytes={start}-{end}")
    last = min(end, len(BODY) - 1)
    assert status == 206
    assert headers["Content-Range"] == f"bytes {start}-{last}/{len(BODY)}"
    assert body == BODY[start : end + 1]


@pytest.mark.parametrize(
    ("byte_range", "expected"), [("bytes=100-", BODY[100:]), ("bytes=-7", BODY[-7:])]
)
def test_open_ranges_reach_to_the_end(proxy: RangeProxy, byte_range: str, expected: bytes) -> None:
    assert ask(proxy.url, byte_range)[2] == expected


def test_a_range_past_the_end_cannot_be_satisfied(proxy: RangeProxy) -> None:
    status, headers, _ = ask(proxy.url, f"bytes={len(BODY)}-")
    assert (status, headers["Content-Range"]) == (416, f"bytes */{len(BODY)}")


def test_head_tells_the_size_and_sends_nothing(proxy: RangeProxy) -> None:
    status, headers, body = ask(proxy.url, method="HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(BODY)), b"")


def test_another_path_is_not_found(proxy: RangeProxy) -> None:
    assert ask(proxy.url + "x")[0] == 404


def test_paths_cannot_be_guessed_from_one_another(s3: S3Client) -> None:
    source = uploaded(s3, BODY)
    first, second = RangeProxy(s3, source), RangeProxy(s3, source)
    with first, second:
        assert urlsplit(first.url).path != urlsplit(second.url).path


def test_after_leaving_the_context_nothing_answers(s3: S3Client) -> None:
    with RangeProxy(s3, uploaded(s3, BODY)) as proxy:
        url = proxy.url
    with pytest.raises(ConnectionError):
        ask(url)


def test_an_object_that_was_replaced_is_noticed(s3: S3Client) -> None:
    source = uploaded(s3, BODY)
    uploaded(s3, b"another recording")
    with RangeProxy(s3, source) as proxy, pytest.raises(http.client.IncompleteRead):
        ask(proxy.url)
    assert isinstance(proxy.failure, AudioMissing)


def test_a_refusal_of_s3_is_remembered(s3: S3Client) -> None:
    source = uploaded(s3, BODY)
    source["bucket"] = "no-such-bucket"
    with RangeProxy(s3, source) as proxy, pytest.raises(http.client.IncompleteRead):
        ask(proxy.url)
    assert isinstance(proxy.failure, StorageUnavailable)


class _Breaking:
    """An S3 client whose bodies break off after some bytes, and then after none."""

    def __init__(self, client: S3Client, *, lives: int, bytes_each: int) -> None:
        self._client = client
        self._lives = lives
        self._bytes_each = bytes_each

    def get_object(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401  # passed on as it is
        body = self._client.get_object(**request)["Body"].read()
        if self._lives == 0:
            return {"Body": StreamingBody(io.BytesIO(b""), len(body))}
        self._lives -= 1
        return {"Body": StreamingBody(_TimesOut(body[: self._bytes_each]), len(body))}


class _TimesOut(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        if piece := super().read(size):
            return piece
        raise ReadTimeoutError(endpoint_url="s3")


def test_a_read_that_breaks_off_goes_on_where_it_stopped(s3: S3Client) -> None:
    source = uploaded(s3, BODY)
    broken: Any = _Breaking(s3, lives=100, bytes_each=100_000)
    with RangeProxy(broken, source) as proxy:
        assert ask(proxy.url)[2] == BODY
    assert proxy.failure is None


def test_a_read_that_gets_no_further_is_given_up_and_remembered(s3: S3Client) -> None:
    source: Source = uploaded(s3, BODY)
    broken: Any = _Breaking(s3, lives=2, bytes_each=100_000)
    with RangeProxy(broken, source) as proxy, pytest.raises(http.client.IncompleteRead):
        ask(proxy.url)
    assert isinstance(proxy.failure, PreparationInterrupted)
