"""Lists of jobs: whoever walks all pages meets each job once, and each page is one query."""

from __future__ import annotations

import itertools
import unicodedata
from typing import TYPE_CHECKING, Any, get_args

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws
from scribe.adapters import aws
from scribe.adapters.chunk_progress import ChunkProgress
from scribe.adapters.jobs_listing import JobsListing
from scribe.adapters.jobs_table import JobsTable
from scribe.errors import StorageUnavailable
from scribe.jobs import Status

from tests.unit.jobs_support import JOB, SOURCE, TABLE, USER, Clock, arn, jobs_table, new_job

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from scribe.jobs import Job

NAMES = ("Reunión de junta.mp3", "REUNIÓN.WAV", "reunión tarde.ogg", "Straße.mp3", "b.mp3")

PARTS = ("", "reunión", "REUNIO\u0301N", "strasse", ".mp3", "nowhere")

_users = (f"user_{number}" for number in itertools.count())

statuses = st.sampled_from(get_args(Status))
rows = st.lists(st.tuples(statuses, st.sampled_from(NAMES)), max_size=30)


@pytest.fixture(scope="module")
def client() -> Iterator[DynamoDBClient]:
    with mock_aws():
        jobs_table(Clock())
        yield aws.dynamodb()


def job_id(number: int) -> str:
    return f"01JD{number:022d}"


def fill(client: DynamoDBClient, user: str, described: Sequence[tuple[Status, str]]) -> None:
    """Write rows whose ids ascend; a tombstone has no name, as `JobsTable.delete` leaves it."""
    puts: list[Any] = []
    for number, (status, name) in enumerate(described):
        item = {"user_id": {"S": user}, "job_id": {"S": job_id(number)}, "status": {"S": status}}
        if status != "DELETED":
            item["file_name"] = {"S": name}
        puts.append({"PutRequest": {"Item": item}})
    for begin in range(0, len(puts), 25):
        client.batch_write_item(RequestItems={TABLE: puts[begin : begin + 25]})


def walk(listing: JobsListing, user: str, wished: Mapping[str, Any]) -> list[tuple[Job, ...]]:
    """The jobs of each page."""
    pages, after = [], None
    while True:
        page = listing.page(user, after=after, **wished)
        pages.append(page.jobs)
        if page.last_read is None:
            return pages
        assert after is None or page.last_read < after
        after = page.last_read


def ids(pages: list[tuple[Job, ...]]) -> list[str]:
    return [job["job_id"] for page in pages for job in page]


def spelt_alike(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    described=rows,
    most_rows=st.integers(1, 12),
    wished=st.fixed_dictionaries(
        {
            "limit": st.integers(1, 12),
            "status": st.none() | statuses.filter(lambda status: status != "DELETED"),
            "name_part": st.sampled_from(PARTS),
        }
    ),
)
def test_all_pages_together_hold_each_job_that_fits_once_and_the_newest_first(
    client: DynamoDBClient,
    described: list[tuple[Status, str]],
    most_rows: int,
    wished: dict[str, Any],
) -> None:
    user = next(_users)
    fill(client, user, described)
    listing = JobsListing(client, TABLE, most_rows=most_rows)

    pages = walk(listing, user, wished)

    assert all(len(page) <= wished["limit"] for page in pages)
    status, part = wished["status"], spelt_alike(wished["name_part"])
    assert ids(pages) == [
        job_id(number)
        for number, (each, name) in reversed(list(enumerate(described)))
        if each == status or (status is None and each != "DELETED")
        if part in spelt_alike(name)
    ]


@pytest.mark.parametrize(
    "wished",
    [
        {"limit": 1},
        {"limit": 100},
        {"limit": 25, "status": "FAILED"},
        {"limit": 25, "name_part": "nowhere"},
    ],
    ids=str,
)
def test_a_page_is_one_query_however_many_jobs_there_are_and_few_of_them_fit(
    client: DynamoDBClient, many: str, wished: dict[str, Any]
) -> None:
    asked: list[dict[str, Any]] = []
    listing = JobsListing(client, TABLE)

    def count(params: dict[str, Any], **_: object) -> None:
        asked.append(params)

    client.meta.events.register("provide-client-params.dynamodb", count)
    try:
        page = listing.page(many, **wished)
    finally:
        client.meta.events.unregister("provide-client-params.dynamodb", count)

    assert page.last_read is not None
    assert len(asked) == 1
    assert asked[0]["Limit"] <= 400


@pytest.fixture(scope="module")
def many(client: DynamoDBClient) -> str:
    """A user of 600 jobs, the oldest of which failed; bench/jobs_listing.py has 10,000."""
    user = next(_users)
    described: list[tuple[Status, str]] = [("FAILED", "a.mp3")]
    described += [("COMPLETED", "b.mp3")] * 599
    fill(client, user, described)
    return user


def test_a_search_without_a_hit_says_how_far_it_has_read(client: DynamoDBClient, many: str) -> None:
    pages = walk(JobsListing(client, TABLE), many, {"limit": 25, "status": "FAILED"})

    assert [len(page) for page in pages] == [0, 1]


def test_some_deleted_jobs_do_not_shorten_a_page(client: DynamoDBClient) -> None:
    user = next(_users)
    described: list[tuple[Status, str]] = [("COMPLETED", "a.mp3")] * 5
    described += [("DELETED", "")] * 25
    fill(client, user, described)

    assert len(JobsListing(client, TABLE).page(user, limit=5).jobs) == 5


def test_a_user_without_jobs_has_one_empty_page(client: DynamoDBClient) -> None:
    page = JobsListing(client, TABLE).page(next(_users), limit=5)

    assert (page.jobs, page.last_read) == ((), None)


def test_only_what_is_shown_leaves_the_table(client: DynamoDBClient) -> None:
    table = JobsTable(client, TABLE, clock=Clock())
    table.create(new_job())
    table.claim_attempt(USER, JOB, attempt=1, execution_arn=arn(), source=SOURCE)
    table.mark_processing(USER, JOB, execution_arn=arn())
    table.record_chunk_count(USER, JOB, execution_arn=arn(), chunk_count=3)
    ChunkProgress(client, TABLE).record(USER, JOB, execution_arn=arn(), index=2)
    table.fail(USER, JOB, execution_arn=arn(), error_name="OutOfMemory", message="at 0x7f")

    (job,) = JobsListing(client, TABLE).page(USER, limit=5).jobs

    hidden = {"user_id", "email", "execution_arn", "open_shard"}
    whole: Any = table.get(USER, JOB)
    assert hidden < set(whole)
    assert job == {
        **{name: value for name, value in whole.items() if name not in hidden},
        "source": {"size_bytes": SOURCE["size_bytes"]},
        "error": {"name": "OutOfMemory"},
    }


def test_a_table_that_does_not_answer_is_named(client: DynamoDBClient) -> None:
    with pytest.raises(StorageUnavailable, match="elsewhere") as refused:
        JobsListing(client, "elsewhere").page(USER, limit=5)

    assert isinstance(refused.value.__cause__, ClientError)
