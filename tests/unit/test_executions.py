"""Names and ARNs of executions."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from scribe import executions, ulid

MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:transcription"

job_ids = st.binary(min_size=16, max_size=16).map(ulid.from_bytes)


@given(job_ids, st.integers(1, 10_000))
def test_the_job_and_the_attempt_are_read_back_from_the_arn(job_id: str, attempt: int) -> None:
    arn = executions.arn_of(MACHINE, executions.name_of(job_id, attempt))
    assert executions.job_of(arn) == (job_id, attempt)


def test_the_first_attempt_is_named_as_the_job() -> None:
    assert executions.name_of("01JZZZZZZZZZZZZZZZZZZZZZZZ", 1) == "01JZZZZZZZZZZZZZZZZZZZZZZZ"
    assert executions.name_of("01JZZZZZZZZZZZZZZZZZZZZZZZ", 2) == "01JZZZZZZZZZZZZZZZZZZZZZZZ-2"


def test_an_execution_of_an_alias_has_the_arn_of_its_machine() -> None:
    assert executions.arn_of(f"{MACHINE}:live", "x") == executions.arn_of(MACHINE, "x")
    assert (
        executions.arn_of(MACHINE, "x")
        == "arn:aws:states:eu-west-1:123456789012:execution:transcription:x"
    )


def test_an_execution_that_an_operator_named_belongs_to_no_job() -> None:
    for name in ("try-1", "01JZZZZZZZZZZZZZZZZZZZZZZZ-1", "01JZZZZZZZZZZZZZZZZZZZZZZZ-02", ""):
        assert executions.job_of(executions.arn_of(MACHINE, name)) is None
