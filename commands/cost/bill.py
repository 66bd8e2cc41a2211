"""What a month costs, line by line: pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from commands.cost.assumptions import DAYS_PER_MONTH, HOURS_PER_MONTH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from commands.cost.assumptions import Assumptions
    from commands.cost.prices import Machine, Price
    from commands.cost.stack import StackFacts

BUDGET_USD: Final = 22_000.0
"""The estimate that the requirements call their budget: storage, transcription, the rest."""

LEAST_MINUTES, MOST_MINUTES = 0.1, 1440.0
"""Between which a mean length is looked for: a recording has 24 hours at most."""

_PUTS_PER_FILE: Final = 9
"""The recording, its preparation, peaks, results and the four files of a transcript."""
_REQUESTS_PER_CHUNK: Final = 3
_KILOBYTES_PER_GB: Final = 1_000_000
_SWEEPS_PER_MONTH: Final = 30 * 24 * 12
_IMAGE_GB: Final = 60
"""Some versions of the worker's image."""
_SECRETS: Final = 2

_SECONDS_PER_RUN: Final[Mapping[str, float]] = {
    "api": 0.06,
    "authorizer": 0.02,
    "notify": 1.0,
    "start_transcription": 0.2,
    "sweep": 20.0,
}
"""Of functions whose time does not grow with the recording."""
_FIXED_SECONDS: Final = 2.0
"""Of those whose time grows, with a recording of no length."""


@dataclass(frozen=True)
class Line:
    """One thing that is paid for.

    Attributes:
        service: of AWS.
        what: it is.
        amount: of units in a month.
        usd_per_unit: its price.
    """

    service: str
    what: str
    amount: float
    usd_per_unit: float

    @property
    def usd(self) -> float:
        """A month's."""
        return self.amount * self.usd_per_unit


@dataclass(frozen=True)
class Workers:
    """What transcribes.

    Attributes:
        machine: its kind.
        times_real_time: how fast it is taken to be.
    """

    machine: Machine
    times_real_time: float

    def hours(self, assumptions: Assumptions) -> float:
        """Machine-hours in a month."""
        speed = assumptions.times_real_time or self.times_real_time
        return assumptions.audio_hours / (speed * assumptions.busy_share)

    def usd_per_hour(self, assumptions: Assumptions) -> float:
        """Of the mix of spot and on-demand machines."""
        if not self.machine.spot:
            return self.machine.usd_per_hour
        spot = assumptions.spot_share
        return spot * assumptions.spot_usd_per_hour + (1 - spot) * self.machine.usd_per_hour


@dataclass(frozen=True)
class Bill:
    """A month.

    Attributes:
        lines: everything that is paid for.
        assumptions: under which.
    """

    lines: tuple[Line, ...]
    assumptions: Assumptions

    @property
    def usd(self) -> float:
        """The total."""
        return sum(line.usd for line in self.lines)

    @property
    def per_file(self) -> float:
        """USD for one recording."""
        return self.usd / self.assumptions.files

    @property
    def per_audio_hour(self) -> float:
        """USD for one hour of audio."""
        return self.usd / self.assumptions.audio_hours

    def by_service(self) -> dict[str, float]:
        """USD of each service, the largest first."""
        sums: dict[str, float] = {}
        for line in self.lines:
            sums[line.service] = sums.get(line.service, 0) + line.usd
        return dict(sorted(sums.items(), key=lambda entry: -entry[1]))


def bill(
    assumptions: Assumptions, stack: StackFacts, workers: Workers, prices: Mapping[str, Price]
) -> Bill:
    """What a month of a stage costs.

    Args:
        assumptions: about recordings and their users.
        stack: what the stage's files say.
        workers: what transcribes.
        prices: by the names of prices.toml.
    """
    parts = (
        _transcription(assumptions, workers, prices),
        _storage(assumptions, stack, prices),
        _functions(assumptions, stack, prices),
        _orchestration(assumptions, stack, prices),
        _reading(assumptions, prices),
        _watching(assumptions, stack, prices),
    )
    return Bill(tuple(line for part in parts for line in part), assumptions)


def longest_mean(
    budget_usd: float,
    assumptions: Assumptions,
    stack: StackFacts,
    workers: Workers,
    prices: Mapping[str, Price],
) -> float | None:
    """The mean length of recordings, in minutes, up to which a month keeps a budget.

    None where not even the shortest recordings do. Costs grow with length, so halving finds it.
    """

    def fits(minutes: float) -> bool:
        return bill(replace(assumptions, mean_minutes=minutes), stack, workers, prices).usd <= (
            budget_usd
        )

    if not fits(LEAST_MINUTES):
        return None
    low, high = LEAST_MINUTES, MOST_MINUTES
    if fits(high):
        return high
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _transcription(
    assumptions: Assumptions, workers: Workers, prices: Mapping[str, Price]
) -> Iterator[Line]:
    hours = workers.hours(assumptions)
    name = workers.machine.name
    yield Line("Transcription", f"{name}, hours", hours, workers.usd_per_hour(assumptions))
    if workers.machine.spot:
        disks = hours / HOURS_PER_MONTH * assumptions.root_volume_gb
        yield Line("Transcription", "root volumes, GB-months", disks, prices["root-volume"].usd)
    yield Line("Transcription", "images, GB-months", _IMAGE_GB, prices["image-storage"].usd)


def _storage(
    assumptions: Assumptions, stack: StackFacts, prices: Mapping[str, Price]
) -> Iterator[Line]:
    """In the month that is billed, with what the months before have left."""
    days = assumptions.months_kept * DAYS_PER_MONTH
    standard = min(days, stack.standard_days)
    archived = max(0.0, min(days, stack.kept_days) - standard)
    chunks = assumptions.files * assumptions.chunks_per_file(stack.chunk_minutes)
    gb_per_day = assumptions.audio_gb / DAYS_PER_MONTH
    for name, price, length in (
        ("Standard", "s3-standard", standard),
        ("Glacier IR", "s3-glacier-ir", archived),
    ):
        yield Line("S3", f"recordings, GB-months in {name}", gb_per_day * length, prices[price].usd)
    if archived:
        yield Line("S3", "moves to Glacier IR", assumptions.files, prices["s3-to-glacier-ir"].usd)
    months = assumptions.months_kept
    transcripts = assumptions.transcripts_gb * months
    yield Line("S3", "transcripts, GB-months", transcripts, prices["s3-standard"].usd)
    puts = assumptions.files * _PUTS_PER_FILE + chunks * _REQUESTS_PER_CHUNK
    yield Line("S3", "writes", puts, prices["s3-put"].usd)
    yield Line("S3", "reads", 3 * puts, prices["s3-get"].usd)
    rows = assumptions.files * months * assumptions.row_kilobytes / _KILOBYTES_PER_GB
    yield Line("DynamoDB", "rows, GB-months", rows, prices["dynamodb-storage"].usd)
    yield Line("DynamoDB", "recovery, GB-months", rows, prices["dynamodb-recovery"].usd)
    writes = assumptions.files * assumptions.table_writes_per_file
    yield Line("DynamoDB", "writes", writes, prices["dynamodb-write"].usd)
    reads = assumptions.files * assumptions.table_reads_per_file
    yield Line("DynamoDB", "reads", reads, prices["dynamodb-read"].usd)


def _functions(
    assumptions: Assumptions, stack: StackFacts, prices: Mapping[str, Price]
) -> Iterator[Line]:
    files, requests = assumptions.files, assumptions.files * assumptions.api_requests_per_file
    runs = {
        "api": requests,
        "authorizer": requests,
        "notify": files,
        "start_transcription": files,
        "sweep": _SWEEPS_PER_MONTH,
    }
    gb_seconds = sum(
        count * _SECONDS_PER_RUN[name] * stack.memory_gb.get(name, 0)
        for name, count in runs.items()
    )
    for name, each in (
        ("prepare_audio", assumptions.prepare_seconds_per_audio_hour),
        ("assemble_transcript", assumptions.assemble_seconds_per_audio_hour),
    ):
        seconds = files * _FIXED_SECONDS + assumptions.audio_hours * each
        gb_seconds += seconds * stack.memory_gb[name]
    price = prices["lambda-arm" if stack.arm else "lambda-x86"].usd
    yield Line("Lambda", "GB-seconds", gb_seconds, price)
    calls = sum(runs.values()) + 2 * files
    yield Line("Lambda", "requests", calls, prices["lambda-request"].usd)
    yield Line("API Gateway", "requests", requests, prices["http-api-request"].usd)


def _orchestration(
    assumptions: Assumptions, stack: StackFacts, prices: Mapping[str, Price]
) -> Iterator[Line]:
    chunks = assumptions.chunks_per_file(stack.chunk_minutes)
    transitions = assumptions.files * stack.transitions(chunks, assumptions.long_share)
    yield Line("Step Functions", "transitions", transitions, prices["state-transition"].usd)
    messages = assumptions.files * (assumptions.queue_requests_per_file + 4 * (chunks - 1))
    yield Line("SQS", "requests", messages, prices["sqs-request"].usd)
    yield Line("EventBridge", "events", assumptions.files, prices["event"].usd)
    yield Line("SES", "mails", assumptions.files, prices["mail"].usd)


def _reading(assumptions: Assumptions, prices: Mapping[str, Price]) -> Iterator[Line]:
    gb = (
        assumptions.audio_gb * assumptions.listened_share
        + assumptions.transcripts_gb * assumptions.transcript_reads
    )
    yield Line("CloudFront", "GB to people", gb, prices["cloudfront-transfer"].usd)
    requests = assumptions.files * (assumptions.api_requests_per_file + 10)
    yield Line("CloudFront", "requests", requests, prices["cloudfront-request"].usd)


def _watching(
    assumptions: Assumptions, stack: StackFacts, prices: Mapping[str, Price]
) -> Iterable[Line]:
    logs = assumptions.files * assumptions.log_kilobytes_per_file / _KILOBYTES_PER_GB
    endpoint_hours = stack.endpoints * HOURS_PER_MONTH
    return (
        Line("CloudWatch", "logs, GB", logs, prices["log-ingestion"].usd),
        Line(
            "CloudWatch", "logs, GB-months", logs * stack.log_days / 30, prices["log-storage"].usd
        ),
        Line("CloudWatch", "metrics", assumptions.metrics, prices["metric"].usd),
        Line("X-Ray", "traces", assumptions.files * assumptions.traced_share, prices["trace"].usd),
        Line("CloudWatch", "alarms", stack.alarms, prices["alarm"].usd),
        Line("Network", "endpoint-hours", endpoint_hours, prices["endpoint-hour"].usd),
        Line("Network", "GB through endpoints", 2 * logs, prices["endpoint-transfer"].usd),
        Line("Secrets Manager", "secrets", _SECRETS, prices["secret"].usd),
    )
