"""Gathers the evidence of a run from AWS, as an operator could."""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from scribe import executions, keys, texts, ulid

from commands.chaos.evidence import ChunkFact, Evidence, Run, Told
from commands.chaos.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient
    from scribe.jobs import Job

    from commands.chaos.evidence import Handled
    from commands.platform import Platform

OPEN_JOBS: Final = "open-jobs"
_BUCKETS: Final = {
    "audio": "AudioBucketName",
    "work": "WorkBucketName",
    "transcripts": "TranscriptsBucketName",
}


class Gatherer:
    """Looks at everything that a run may have left behind.

    Args:
        platform: the one that it ran on.
        listener: has heard the events.
    """

    def __init__(self, platform: Platform, listener: Listener) -> None:
        self._platform = platform
        self._listener = listener
        self._table = platform.outputs["JobsTableName"]
        self._dynamodb: DynamoDBClient = platform.aws.client("dynamodb")
        self._s3: S3Client = platform.aws.client("s3")
        self._sqs: SQSClient = platform.aws.client("sqs")
        self._states: SFNClient = platform.aws.client("stepfunctions")
        self._mails: dict[str, Told] = {}

    def gather(self, handled: Sequence[Handled], rows: Mapping[str, Job]) -> Evidence:
        """Collect the evidence as it is at this moment."""
        completed = [row for row in rows.values() if row["status"] == "COMPLETED"]
        return Evidence(
            handled=handled,
            rows=rows,
            runs=list(self._runs(rows)),
            chunks={row["job_id"]: self._chunks(row) for row in completed},
            words={row["job_id"]: self._words(row) for row in completed},
            objects=list(self._objects()),
            open_uploads=self._open_uploads(),
            messages=self.messages(),
            open_shards=self.open_jobs(),
            mails=self._told(),
            events=self._listener.heard(),
            faults=self.faults(),
        )

    def messages(self) -> dict[str, int]:
        """How many messages each of the platform's queues holds."""
        urls = self._sqs.list_queues().get("QueueUrls", [])
        counts = {url.rsplit("/", 1)[-1]: self._held(url) for url in urls}
        return {name: count for name, count in counts.items() if name != Listener.QUEUE}

    def open_jobs(self) -> list[str]:
        """The ids in the index of open jobs."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table, IndexName=OPEN_JOBS
        )
        return [item["job_id"]["S"] for page in pages for item in page["Items"]]

    def running(self) -> int:
        """How many executions go on."""
        arn = self._platform.outputs["StateMachineArn"]
        answer = self._states.list_executions(stateMachineArn=arn, statusFilter="RUNNING")
        return len(answer["executions"])

    def faults(self) -> list[dict[str, Any]]:
        """The lines of the fault log."""
        path = self._platform.aws.logs / "faults.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def _held(self, url: str) -> int:
        attributes = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
        return sum(
            int(value)
            for name, value in attributes["Attributes"].items()
            if name.startswith("ApproximateNumberOfMessages")
        )

    def _runs(self, rows: Mapping[str, Job]) -> Iterator[Run]:
        arn = self._platform.outputs["StateMachineArn"]
        pages = self._states.get_paginator("list_executions").paginate(stateMachineArn=arn)
        for page in pages:
            for listed in page["executions"]:
                found, attempt = executions.job_of(listed["executionArn"]) or (None, None)
                row = rows.get(found or "")
                several = row is not None and row.get("chunk_count", 0) > 1
                bad = listed["status"] not in {"RUNNING", "SUCCEEDED"}
                yield Run(
                    name=listed["name"],
                    job_id=found,
                    attempt=attempt,
                    status=listed["status"],
                    error=self._error(listed["executionArn"]) if bad else "",
                    iterations=self._iterations(listed["executionArn"]) if several else {},
                )

    def _error(self, arn: str) -> str:
        return self._states.describe_execution(executionArn=arn).get("error", "")

    def _iterations(self, arn: str) -> Counter[int]:
        pages = self._states.get_paginator("get_execution_history").paginate(executionArn=arn)
        return Counter(
            event["mapIterationSucceededEventDetails"]["index"]
            for page in pages
            for event in page["events"]
            if event["type"] == "MapIterationSucceeded"
        )

    def _chunks(self, row: Job) -> list[ChunkFact]:
        facts = []
        for index in range(row.get("chunk_count", 0)):
            key = keys.chunk_result(row["user_id"], row["job_id"], index)
            result = self._document("work", key)
            if result is not None:
                facts.append(
                    ChunkFact(result["index"], result["start_sample"], result["end_sample"])
                )
        return facts

    def _words(self, row: Job) -> list[str]:
        key = keys.transcript(row["user_id"], row["job_id"], "json")
        transcript = self._document("transcripts", key) or {"segments": []}
        return [word["word"] for segment in transcript["segments"] for word in segment["words"]]

    def _document(self, bucket: str, key: str) -> dict[str, Any] | None:
        try:
            answer = self._s3.get_object(Bucket=self._bucket(bucket), Key=key)
        except self._s3.exceptions.NoSuchKey:
            return None
        document: dict[str, Any] = json.loads(answer["Body"].read())
        return document

    def _objects(self) -> Iterator[tuple[str, str]]:
        for name in _BUCKETS:
            pages = self._s3.get_paginator("list_object_versions").paginate(
                Bucket=self._bucket(name)
            )
            for page in pages:
                yield from ((name, version["Key"]) for version in page.get("Versions", []))

    def _open_uploads(self) -> list[str]:
        answer = self._s3.list_multipart_uploads(Bucket=self._bucket("audio"))
        return [upload["Key"] for upload in answer.get("Uploads", [])]

    def _bucket(self, name: str) -> str:
        return self._platform.outputs[_BUCKETS[name]]

    def _told(self) -> list[Told]:
        failed, _, _ = texts.load("mail", "en")["failed.subject"].partition("{file}")
        for path in self._platform.aws.mailbox.glob("*.eml"):
            if path.name in self._mails:
                continue
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            body = mail.get_body(("plain",))
            named = re.search(ulid.PATTERN, "" if body is None else body.get_content())
            outcome = "FAILED" if str(mail["Subject"]).startswith(failed) else "COMPLETED"
            self._mails[path.name] = Told(
                named[0] if named else path.name,
                outcome,  # type: ignore[arg-type]  # one of the two
            )
        return list(self._mails.values())
