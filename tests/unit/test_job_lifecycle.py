"""Whatever order events come in, however often: one truth in the row, and the owner is told it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from moto import mock_aws
from scribe import executions
from scribe.adapters.attempts import Attempts
from scribe.errors import MailRefused, Superseded
from scribe.jobs import AttemptRefused, JobMissing, NotificationBusy

from functions.notify.notifier import NothingToTell
from tests.unit.jobs_support import JOB, MACHINE, USER, arn
from tests.unit.notify_support import LEASE_SECONDS, Platform, status_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scribe.jobs import Job

_SETTINGS = settings(
    max_examples=40,
    stateful_step_count=20,
    # Shrinking takes minutes on moto, longer than a test may; twenty steps can be read.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


class Lifecycle(RuleBasedStateMachine):
    """Uploads, failures, redrives, replays, deletions and outages, in any order."""

    platform: Platform

    @initialize()
    def begin(self) -> None:
        self.platform.forget()
        self.platform.verify_sender()
        self.state: dict[str, str] = {}
        self.events: list[tuple[str, str]] = []
        self.told: list[tuple[int, str]] = []
        self.deleted = False
        self.start()

    # What the platform does.

    @rule()
    def start(self) -> None:
        """An upload's event, the first or a duplicate."""
        try:
            execution = self.platform.start()
        except (Superseded, JobMissing):
            return
        self.state[execution] = "RUNNING"

    @rule(prepared=st.booleans())
    def replay(self, *, prepared: bool) -> None:
        """An operator's replay or the owner's retry, of whatever the job is."""
        job = self.row()
        if job is None:
            return
        attempts = Attempts(self.platform.jobs, self.platform.workflow, MACHINE)
        try:
            execution = attempts.another(job)["execution_arn"]
        except (AttemptRefused, Superseded):
            return
        if execution not in self.state:
            assert job["status"] == "FAILED"
            assert self.state[job["execution_arn"]] == "FAILED"
            self.state[execution] = "RUNNING"
        if prepared and self.state[execution] == "RUNNING":
            self.platform.jobs.mark_processing(USER, JOB, execution_arn=execution)

    @precondition(lambda self: "RUNNING" in self.state.values())
    @rule(data=st.data(), heard=st.booleans())
    def fail(self, data: st.DataObject, *, heard: bool) -> None:
        execution = self.pick(data, "RUNNING")
        self.end(execution, "FAILED", "WorkerLost")
        if heard:
            self.tell_in_time(execution, "FAILED")

    @precondition(lambda self: "RUNNING" in self.state.values())
    @rule(data=st.data(), heard=st.booleans())
    def succeed(self, data: st.DataObject, *, heard: bool) -> None:
        execution = self.pick(data, "RUNNING")
        owned = not self.deleted and execution == self.current()["execution_arn"]
        self.platform.succeed(execution)
        self.note(execution, "SUCCEEDED" if owned else "FAILED")
        if heard:
            self.tell_in_time(execution, "SUCCEEDED" if owned else "FAILED")

    @precondition(lambda self: "FAILED" in self.state.values())
    @rule(data=st.data())
    def redrive(self, data: st.DataObject) -> None:
        execution = self.pick(data, "FAILED")
        self.platform.end(execution, "RUNNING")
        self.state[execution] = "RUNNING"

    # Late in the story: whatever comes after it must change nothing, which is soon told.
    @precondition(lambda self: len(self.events) >= 3 and not self.deleted)
    @rule()
    def delete(self) -> None:
        self.platform.jobs.delete(USER, JOB)
        self.deleted = True

    @precondition(lambda self: self.events)
    @rule(data=st.data(), waited=st.booleans())
    def deliver(self, data: st.DataObject, *, waited: bool) -> None:
        """One event, any of those that ever were, within or after the lease before it."""
        if waited:
            self.wait()
        self.tell(*data.draw(st.sampled_from(self.events)))

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def deliver_in_an_outage(self, data: st.DataObject) -> None:
        self.platform.refuse_sender()
        self.tell(*data.draw(st.sampled_from(self.events)))
        self.platform.verify_sender()

    # What must hold.

    @invariant()
    def nobody_hears_of_a_deleted_job(self) -> None:
        if self.deleted:
            assert self.current()["status"] == "DELETED"

    @invariant()
    def no_outcome_of_an_attempt_is_told_twice(self) -> None:
        assert len(self.told) == len(set(self.told))

    def teardown(self) -> None:
        """Once every message has come again in good weather, row and mails agree."""
        for event in self.events:
            self.tell_in_time(*event)
        job = self.row()
        if job is None or self.deleted:
            return
        state = self.state[job["execution_arn"]]
        ended = {"SUCCEEDED": "COMPLETED", "FAILED": "FAILED"}.get(state)
        if ended is None:
            return
        assert job["status"] == ended
        assert job["notification"]["state"] == "SENT"
        assert self.told[-1] == (job["attempt"], ended)
        assert "open_shard" not in job

    # How the test moves.

    def wait(self) -> None:
        self.platform.clock.advance(LEASE_SECONDS + 1)

    def tell_in_time(self, execution: str, status: str) -> None:
        self.wait()
        self.tell(execution, status)

    def row(self) -> Job | None:
        return self.platform.jobs.get(USER, JOB)

    def current(self) -> Job:
        job = self.row()
        assert job is not None
        return job

    def pick(self, data: st.DataObject, state: str) -> str:
        return data.draw(st.sampled_from([arn for arn, is_ in self.state.items() if is_ == state]))

    def end(self, execution: str, status: str, error: str) -> None:
        self.platform.end(execution, status, error)
        self.note(execution, status)

    def note(self, execution: str, status: str) -> None:
        self.state[execution] = status
        self.events.append((execution, status))

    def tell(self, execution: str, status: str) -> None:
        before = len(self.platform.mails())
        try:
            self.platform.notifier.tell(status_event(execution, status))
        except (NothingToTell, NotificationBusy, Superseded, MailRefused):
            assert len(self.platform.mails()) == before
            return
        assert not self.deleted
        (mail,) = self.platform.mails()[before:]
        outcome = "FAILED" if "could not" in mail.subject else "COMPLETED"
        identity = executions.job_of(execution)
        assert identity is not None
        self.told.append((identity[1], outcome))


@pytest.fixture
def machine() -> Iterator[type[Lifecycle]]:
    with mock_aws():
        Lifecycle.platform = Platform()
        yield Lifecycle


def test_one_truth_survives_any_order_of_events(machine: type[Lifecycle]) -> None:
    run_state_machine_as_test(machine, settings=_SETTINGS)


def test_the_machine_itself_reaches_success_after_failure(machine: type[Lifecycle]) -> None:
    """The law above would hold of a platform that does nothing; this one does something."""
    story = machine()
    story.begin()
    story.start()
    story.end(arn(), "FAILED", "WorkerLost")
    story.tell(arn(), "FAILED")
    story.replay(prepared=True)
    story.platform.succeed(arn(2))
    story.note(arn(2), "SUCCEEDED")
    story.tell(arn(2), "SUCCEEDED")
    story.teardown()
    assert story.told == [(1, "FAILED"), (2, "COMPLETED")]
