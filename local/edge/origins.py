"""Fetches from origins: objects of buckets, as their policies permit, and HTTP APIs."""

from __future__ import annotations

import functools
import http.client
import logging
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import boto3
from botocore.exceptions import ClientError
from moto.apigatewayv2.models import apigatewayv2_backends
from moto.s3.models import s3_backends

from local.context import ACCOUNT_ID, REGION
from local.edge.answers import s3_error
from local.edge.bucket_policies import permits
from local.http_api.messages import HOP_BY_HOP, Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from local.edge.configuration import Origin

API_SECONDS: Final = 30
"""How long CloudFront waits for a custom origin."""

CONDITIONS: Final = {
    "if-match": "IfMatch",
    "if-modified-since": "IfModifiedSince",
    "if-none-match": "IfNoneMatch",
    "if-unmodified-since": "IfUnmodifiedSince",
    "range": "Range",
}
OF_THE_CONNECTION: Final = HOP_BY_HOP | {"content-length", "date", "server"}
NOT_MODIFIED: Final = 304

logger = logging.getLogger(__name__)


class Origins:
    """Fetches for one distribution.

    Args:
        arn: the distribution's, which the buckets' policies name.
    """

    def __init__(self, arn: str) -> None:
        self._arn = arn

    def fetch(self, origin: Origin, request: Request) -> Response:
        """Return the origin's answer to a request that was made for it."""
        if origin.bucket is not None:
            return self._object(origin, origin.bucket, request)
        return _from_api(origin, request)

    def _object(self, origin: Origin, bucket: str, request: Request) -> Response:
        if bucket not in _s3().buckets:
            return s3_error(404, "NoSuchBucket", "The specified bucket does not exist")
        key = unquote(request.target.partition("?")[0]).removeprefix("/")
        if not self._may(origin, bucket, "s3:GetObject", f"/{key}"):
            return s3_error(403, "AccessDenied", "Access Denied")
        conditions: dict[str, Any] = {
            parameter: request.header(name)
            for name, parameter in CONDITIONS.items()
            if request.header(name)
        }
        try:
            found = _client().get_object(Bucket=bucket, Key=key, **conditions)
        except ClientError as error:
            return self._failed(origin, bucket, error)
        answer = found["ResponseMetadata"]
        return Response(answer["HTTPStatusCode"], _object_headers(answer), found["Body"].read())

    def _failed(self, origin: Origin, bucket: str, error: ClientError) -> Response:
        answer = error.response["ResponseMetadata"]
        status = answer["HTTPStatusCode"]
        if status == NOT_MODIFIED:
            return Response(status, _object_headers(answer))
        # S3 tells only those who may list the bucket that an object is not there.
        if status == 404 and not self._may(origin, bucket, "s3:ListBucket", ""):
            return s3_error(403, "AccessDenied", "Access Denied")
        described = error.response["Error"]
        return s3_error(status, described["Code"], described.get("Message", ""))

    def _may(self, origin: Origin, bucket: str, action: str, suffix: str) -> bool:
        described = _s3().buckets[bucket]
        return described.policy is not None and permits(
            described.policy,
            action,
            described.arn + suffix,
            # The viewer's own credentials are never handed on: without access control, anybody.
            source_arn=self._arn if origin.access_control else None,
        )


def _from_api(origin: Origin, request: Request) -> Response:
    api = apigatewayv2_backends[ACCOUNT_ID][REGION].apis.get(origin.api or "")
    if api is None:
        return Response(502)
    if request.header("host") != origin.domain:
        # API Gateway knows an API by its host name, which the viewer's must not replace.
        return Response(403, (("content-type", "application/json"),), b'{"message":"Forbidden"}')
    connection = http.client.HTTPConnection(urlsplit(api.api_endpoint).netloc, timeout=API_SECONDS)
    try:
        connection.putrequest(
            request.method, request.target, skip_host=True, skip_accept_encoding=True
        )
        for name, value in request.headers:
            connection.putheader(name, value)
        connection.endheaders(request.body)
        answer = connection.getresponse()
        headers = _headers(answer.getheaders())
        if request.method == "HEAD":
            headers += (("content-length", answer.getheader("content-length", "0")),)
        return Response(answer.status, headers, answer.read())
    except TimeoutError:
        return Response(504)
    except (OSError, http.client.HTTPException) as error:
        logger.warning("the origin %s cannot be reached: %s", origin.domain, error)
        return Response(502)
    finally:
        connection.close()


def _object_headers(answer: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    # The bucket is asked as by no page: the permissions that moto gives every page are not S3's.
    found = _headers(answer["HTTPHeaders"].items())
    return tuple(header for header in found if not header[0].startswith("access-control-"))


def _headers(headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in headers if name.lower() not in OF_THE_CONNECTION)


def _s3() -> Any:
    return s3_backends[ACCOUNT_ID]["aws"]


@functools.cache
def _client() -> Any:
    """The local S3: its address stands in this process's environment."""
    return boto3.client("s3", region_name=REGION)
