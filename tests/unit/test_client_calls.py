"""How calls of AWS are found in a program that is read and never run."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tests.support.programs.client_calls import Reach, Walk
from tests.support.programs.sources import Sources

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STORE = """
    from __future__ import annotations
    from typing import TYPE_CHECKING, Protocol
    if TYPE_CHECKING:
        from mypy_boto3_s3 import S3Client

    class Readable(Protocol):
        def read(self) -> bytes: ...

    class Store:
        def __init__(self, client: S3Client) -> None:
            self._client = client
        def read(self) -> bytes:
            return self._client.get_object(Bucket="b", Key="k")["Body"].read()
        def write(self) -> None:
            self._put("put_object")
        def _put(self, operation: str) -> None:
            self._client.generate_presigned_url(operation)
        def list(self) -> None:
            self._client.get_paginator("list_objects_v2")
        def drop(self) -> None:
            self._client.delete_object(Bucket="b", Key="k")
"""


@pytest.fixture
def reach(tmp_path: Path) -> Callable[[str], Reach]:
    package = tmp_path / "program"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "store.py").write_text(dedent(STORE))

    def walk(main: str) -> Reach:
        (package / "main.py").write_text(dedent(main))
        return Walk(Sources({"program": tmp_path})).run("program.main", "main")

    return walk


def test_a_method_that_nobody_mentions_calls_nothing(reach: Callable[[str], Reach]) -> None:
    found = reach("""
        from mypy_boto3_s3 import S3Client
        from program.store import Store
        def main(client: S3Client) -> None:
            Store(client).read()
        """)
    assert found.operations == {"s3:GetObject"}


@pytest.mark.parametrize(
    ("use", "operation"),
    [
        ("store.write()", "s3:PutObject"),
        ("store.list()", "s3:ListObjectsV2"),
        ("later = store.drop", "s3:DeleteObject"),
    ],
)
def test_signed_requests_pages_and_methods_for_later_are_calls_too(
    reach: Callable[[str], Reach], use: str, operation: str
) -> None:
    found = reach(f"""
        from program.store import Store
        def main(store: Store) -> None:
            {use}
        """)
    assert found.operations == {operation}


@pytest.mark.parametrize("annotation", ["Any", "Readable"])
def test_on_a_value_that_may_be_anything_the_name_alone_counts(
    reach: Callable[[str], Reach], annotation: str
) -> None:
    found = reach(f"""
        from typing import Any
        from program.store import Readable, Store
        def main(client: Any) -> None:
            use(Store(client))
        def use(thing: {annotation}) -> None:
            thing.read()
        """)
    assert found.operations == {"s3:GetObject"}


def test_a_class_that_others_call_is_reached_whole(reach: Callable[[str], Reach]) -> None:
    found = reach("""
        from http.server import BaseHTTPRequestHandler
        from program.store import Store
        class Handler(BaseHTTPRequestHandler):
            store: Store
            def do_GET(self) -> None:
                self.store.drop()
        def main() -> None:
            serve(Handler)
        """)
    assert found.operations == {"s3:DeleteObject"}


@pytest.mark.parametrize(
    "use",
    [
        "threading.Thread(target=print, args=(client,))",
        "functools.partial(use, client)",
        "use(client)",
        "kept = {'s3': client}",
    ],
)
def test_a_client_that_gets_out_of_sight_is_told(reach: Callable[[str], Reach], use: str) -> None:
    found = reach(f"""
        import functools
        import threading
        from mypy_boto3_s3 import S3Client
        def main(client: S3Client) -> None:
            {use}
        def use(client: object) -> None: ...
        """)
    assert found.out_of_sight


def test_a_client_is_known_by_the_name_that_it_is_made_by(
    reach: Callable[[str], Reach],
) -> None:
    found = reach("""
        import boto3
        def main(session: boto3.Session) -> None:
            boto3.client("sts", region_name="us-east-1").get_caller_identity()
            quotas = session.client("service-quotas")
            quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-1")
        """)
    assert found.operations == {"sts:GetCallerIdentity", "service-quotas:GetServiceQuota"}


def test_what_a_module_does_only_as_a_program_is_not_called_by_who_imports_it(
    reach: Callable[[str], Reach],
) -> None:
    found = reach("""
        from mypy_boto3_s3 import S3Client
        def main(client: S3Client) -> None:
            client.get_object(Bucket="b", Key="k")
        def other(client: S3Client) -> None:
            client.delete_object(Bucket="b", Key="k")
        if __name__ == "__main__":
            other(None)
        """)
    assert found.operations == {"s3:GetObject"}
