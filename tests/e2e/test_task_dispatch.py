"""A Spanish deployment without a fleet: each chunk is an ECS task, and mails are in Spanish."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from scribe import keys, schemas, texts

from commands.platform import Conditions, Workers, running_platform
from models.measures import word_error_rate
from samples import sample
from tests.e2e.inbox import Inbox, text_of
from tests.e2e.recordings import Upload, excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scribe.jobs import Job

    from commands.models.install import InstalledModel

pytestmark = [pytest.mark.stack, pytest.mark.whisperx]


@pytest.fixture(scope="module")
def tasks(model: InstalledModel) -> Iterator[Inbox]:
    """The platform that starts a task for each chunk and transcribes Spanish alone."""
    with running_platform(
        model,
        Workers("task", threads=1),
        conditions=Conditions(parameters={"languages": "es", "defaultUiLanguage": "es"}),
    ) as platform:
        yield Inbox(platform)


@pytest.fixture(scope="module")
def jobs(tasks: Inbox, tmp_path_factory: pytest.TempPathFactory) -> tuple[Job, Job]:
    """A recording in Spanish and one in English."""
    english = excerpt(tmp_path_factory.mktemp("task") / "english.wav", "english", 10)
    spanish = tasks.put(Upload("spanish.ogg", sample("spanish").path.read_bytes()))
    foreign = tasks.put(Upload("english.wav", english))
    ended = tasks.wait([spanish, foreign])
    return ended[spanish], ended[foreign]


def test_a_recording_is_transcribed_by_a_task_of_its_own(
    tasks: Inbox, jobs: tuple[Job, Job]
) -> None:
    job, _ = jobs
    assert job["status"] == "COMPLETED"
    assert job["chunks_done"] == [0]
    assert word_error_rate(sample("spanish").text, tasks.spoken(job)) <= 0.1
    (mail,) = tasks.mails(job)
    assert mail["Subject"] == "Su transcripción está lista: spanish.ogg"


def test_a_language_that_is_not_transcribed_is_an_outcome_and_not_a_lost_task(
    tasks: Inbox, jobs: tuple[Job, Job]
) -> None:
    _, job = jobs
    key = keys.chunk_outcome(job["user_id"], job["job_id"], 0)
    stored = tasks.s3.get_object(Bucket=tasks.work_bucket, Key=key)
    outcome = json.loads(stored["Body"].read())
    schemas.validate("chunk-outcome", outcome)
    assert (outcome["status"], outcome["error"]["name"]) == ("failed", "LanguageUnsupported")
    assert "heard en" in outcome["error"]["message"]
    assert _exit_codes(tasks) == [0, 0], "neither task is retried"


def test_its_owner_reads_in_spanish_that_the_language_is_not_supported(
    tasks: Inbox, jobs: tuple[Job, Job]
) -> None:
    _, job = jobs
    assert (job["status"], job["error"]["name"]) == ("FAILED", "LanguageUnsupported")
    (mail,) = tasks.mails(job)
    reasons = texts.load("errors", "es")
    assert reasons["LanguageUnsupported.happened"] in text_of(mail)
    assert reasons["LanguageUnsupported.do"] in text_of(mail)
    assert '<html lang="es">' in text_of(mail, "html")


def _exit_codes(inbox: Inbox) -> list[int]:
    ecs: Any = inbox.platform.aws.client("ecs")
    cluster = inbox.platform.outputs["WorkersClusterName"]
    ended = ecs.list_tasks(cluster=cluster, desiredStatus="STOPPED")["taskArns"]
    described = ecs.describe_tasks(cluster=cluster, tasks=ended)["tasks"]
    return [container["exitCode"] for task in described for container in task["containers"]]
