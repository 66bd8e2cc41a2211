"""A worker that dies in the middle of a chunk: another one finishes it, and nobody notices."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from models.measures import word_error_rate
from samples import sample
from tests.e2e.inbox import PATIENCE_SECONDS, eventually
from tests.e2e.recordings import Upload, excerpt

if TYPE_CHECKING:
    from tests.e2e.conftest import Delivered
    from tests.e2e.inbox import Inbox

pytestmark = [pytest.mark.stack, pytest.mark.whisperx]

AUDIO_SECONDS = 150


@pytest.fixture
def killed(delivered: Delivered, tmp_path: Path) -> tuple[str, str]:
    """The key of a recording, and the ARN of the task that was killed while at its only chunk."""
    # All other recordings are done: whoever is busy is busy with this one.
    inbox = delivered.inbox
    body = excerpt(tmp_path / "talk.opus", "long", AUDIO_SECONDS)
    key = inbox.put(Upload("talk.opus", body, "en"))
    task = eventually(lambda: _busy(inbox), PATIENCE_SECONDS)
    os.kill(_process(inbox, task), signal.SIGKILL)
    return key, task


def test_the_chunk_of_a_killed_worker_is_finished_by_another(
    delivered: Delivered, killed: tuple[str, str]
) -> None:
    inbox, (key, task) = delivered.inbox, killed
    job = inbox.wait([key])[key]

    assert _exit_code(inbox, task) == 128 + signal.SIGKILL
    (log,) = inbox.platform.aws.logs.glob(f"*{task.rpartition('/')[2]}.log")
    assert job["job_id"] not in log.read_text(), "the killed worker did not finish the chunk"
    assert job["status"] == "COMPLETED"
    assert inbox.executions(job) == [job["execution_arn"]]
    assert len(inbox.mails(job)) == 1
    said = [word.word for word in sample("long").words if word.end <= AUDIO_SECONDS]
    assert word_error_rate(" ".join(said), inbox.spoken(job)) <= 0.1


def _busy(inbox: Inbox) -> str | None:
    """A worker that has protected itself from scaling in, as it does while it has a chunk."""
    cluster = inbox.platform.outputs["WorkersClusterName"]
    ecs: Any = inbox.platform.aws.client("ecs")
    running = ecs.list_tasks(cluster=cluster)["taskArns"]
    for task in ecs.get_task_protection(cluster=cluster, tasks=running)["protectedTasks"]:
        if task["protectionEnabled"]:
            return str(task["taskArn"])
    return None


def _process(inbox: Inbox, task: str) -> int:
    """The process of a task: the one that works in the task's own folder."""
    folder = inbox.platform.state / "tasks" / task.rpartition("/")[2]
    (process,) = (
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cwd")
        if path.is_symlink() and path.readlink() == folder
    )
    return process


def _exit_code(inbox: Inbox, task: str) -> int:
    ecs: Any = inbox.platform.aws.client("ecs")
    cluster = inbox.platform.outputs["WorkersClusterName"]
    (described,) = ecs.describe_tasks(cluster=cluster, tasks=[task])["tasks"]
    code: int = described["containers"][0]["exitCode"]
    return code
