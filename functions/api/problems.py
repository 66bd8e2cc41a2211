"""What can be wrong with a request, each by one stable code: problem documents of RFC 9457."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scribe.schemas import Violation

CONTENT_TYPE: Final = "application/problem+json"


class Code(Enum):
    """Every problem that the API names: its code, its HTTP status, its title for developers.

    Texts for users are the page's business: it knows the codes.
    """

    code: str
    status: int
    title: str

    BODY_NOT_JSON = ("body_not_json", 400, "The body is no JSON document")
    IDEMPOTENCY_KEY_INVALID = (
        "idempotency_key_invalid",
        400,
        "An Idempotency-Key has 1 to 255 visible ASCII characters",
    )
    UNAUTHENTICATED = ("unauthenticated", 401, "The request belongs to no session")
    ROUTE_NOT_FOUND = ("route_not_found", 404, "There is no such route")
    JOB_NOT_FOUND = ("job_not_found", 404, "The caller has no such job")
    IDEMPOTENCY_IN_PROGRESS = (
        "idempotency_in_progress",
        409,
        "A request with this Idempotency-Key is being answered",
    )
    UPLOAD_NOT_PENDING = (
        "upload_not_pending",
        409,
        "The recording has arrived, or its upload was given up",
    )
    UPLOAD_NOT_IN_PARTS = ("upload_not_in_parts", 409, "The recording is uploaded in one piece")
    UPLOAD_GONE = ("upload_gone", 409, "The upload was given up; make another job")
    PARTS_MISSING = ("parts_missing", 409, "Some parts are still to be uploaded, or named")
    PARTS_DIFFER = ("parts_differ", 409, "Some parts are not those that the request names")
    JOB_NOT_FAILED = ("job_not_failed", 409, "Only a failed job can be tried again")
    RETRY_CANNOT_HELP = (
        "retry_cannot_help",
        409,
        "The same recording would fail again; announce another",
    )
    JOB_NOT_ENDED = ("job_not_ended", 409, "The job is neither completed nor failed")
    TRANSCRIPT_NOT_READY = (
        "transcript_not_ready",
        409,
        "There is a transcript once the job is COMPLETED",
    )
    RECORDING_NOT_THERE = (
        "recording_not_there",
        409,
        "The recording has not arrived, or is kept no longer",
    )
    PEAKS_NOT_READY = ("peaks_not_ready", 409, "The recording has not been prepared")
    BODY_TOO_LARGE = ("body_too_large", 413, "The body is larger than any that is valid")
    BODY_TYPE_UNSUPPORTED = ("body_type_unsupported", 415, "A body is application/json")
    BODY_INVALID = ("body_invalid", 422, "The body does not match its schema")
    AUDIO_TOO_LARGE = ("audio_too_large", 422, "The recording is larger than the limit")
    QUERY_INVALID = ("query_invalid", 422, "The query string does not match its schema")
    CURSOR_INVALID = (
        "cursor_invalid",
        422,
        "The cursor belongs to no such list; begin anew without one",
    )
    SPEAKERS_NOT_SUPPORTED = (
        "speakers_not_supported",
        422,
        "Telling speakers apart is not built; leave speakers out, or off",
    )
    PART_NUMBER_UNKNOWN = ("part_number_unknown", 422, "The upload has no such part")
    IDEMPOTENCY_KEY_REUSED = (
        "idempotency_key_reused",
        422,
        "This Idempotency-Key came with another body",
    )
    OPEN_JOBS_REACHED = ("open_jobs_reached", 429, "Too many jobs have not ended")
    JOBS_PER_DAY_REACHED = ("jobs_per_day_reached", 429, "Too many jobs today")
    BYTES_PER_DAY_REACHED = ("bytes_per_day_reached", 429, "Too many bytes today")
    MINUTES_PER_DAY_REACHED = ("minutes_per_day_reached", 429, "Too many minutes of audio today")
    INTERNAL_ERROR = ("internal_error", 500, "The request broke; that is not the caller's fault")
    UNAVAILABLE = ("unavailable", 503, "A part of the platform does not answer; try again")

    def __init__(self, code: str, status: int, title: str) -> None:
        self.code = code
        self.status = status
        self.title = title


class Problem(Exception):
    """The request cannot be answered as it was meant.

    Args:
        code: what is wrong.
        detail: more about this occurrence, for developers, in English.
        errors: the faults of the body or of the query string.
        retry_seconds: when it may be tried again.
    """

    def __init__(
        self,
        code: Code,
        detail: str | None = None,
        *,
        errors: Iterable[Violation] = (),
        retry_seconds: int | None = None,
    ) -> None:
        super().__init__(code.code)
        self.code: Final = code
        self.headers: Final = {} if retry_seconds is None else {"Retry-After": str(retry_seconds)}
        self._detail = detail
        self._errors = tuple(errors)

    def document(self) -> dict[str, Any]:
        """The body of the answer, as the schema `api-problem` describes it."""
        described: dict[str, Any] = {
            "type": f"/problems/{self.code.code}",
            "title": self.code.title,
            "status": self.code.status,
            "code": self.code.code,
        }
        if self._detail is not None:
            described["detail"] = self._detail
        if self._errors:
            described["errors"] = [
                {"pointer": fault.pointer, "code": fault.rule} for fault in self._errors
            ]
        return described
