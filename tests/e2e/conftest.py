"""The platforms that the tests meet, and the recordings that were all handed in at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from commands.edge_keys import EdgeKeys, Names
from commands.model_choice import FIXTURE
from commands.models.install import InstalledModel
from commands.platform import STAGE, Conditions, Workers, running_platform
from models.unpack import unpack_fixture
from samples import all_samples
from tests.e2e import recordings
from tests.e2e.inbox import Inbox
from tests.e2e.recordings import Upload

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from scribe.jobs import Job


@pytest.fixture(scope="session")
def model() -> InstalledModel:
    unpacked = unpack_fixture()
    return InstalledModel(
        FIXTURE,
        unpacked.whisper,
        {"en": unpacked.aligner, "es": unpacked.aligner},
        unpacked.nltk_data,
    )


@pytest.fixture(scope="session")
def fleet(model: InstalledModel) -> Iterator[Inbox]:
    """The platform with two warm workers, whose death is noticed after ten seconds.

    It is in the midst of a rotation: the deployed edge shows the API the origin's secret before
    the current one.
    """
    workers = Workers("fleet", count=2, threads=1)
    conditions = Conditions(parameters={"visibilitySeconds": "10"})
    with running_platform(model, workers, conditions=conditions) as platform:
        client = platform.aws.client
        EdgeKeys(
            client("secretsmanager"), client("ssm"), client("cloudfront"), Names.of(STAGE)
        ).rotate()
        yield Inbox(platform)


@dataclass(frozen=True)
class Delivered:
    """What became of the recordings that were handed in.

    Attributes:
        inbox: the platform that they were handed in to.
        jobs: by the name of the upload.
    """

    inbox: Inbox
    jobs: Mapping[str, Job]


@pytest.fixture(scope="session")
def delivered(fleet: Inbox, tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """Every recording of these tests, handed in together and brought to its end."""
    uploaded = {upload.name: fleet.put(upload) for upload in _uploads(tmp_path_factory.mktemp("u"))}
    jobs = fleet.wait(uploaded.values())
    return Delivered(fleet, {name: jobs[key] for name, key in uploaded.items()})


def _uploads(folder: Path) -> list[Upload]:
    spoken = recordings.spoken(folder)
    return [
        *(Upload(sample.path.name, sample.path.read_bytes()) for sample in reversed(all_samples())),
        *(Upload(made.name, made.body) for made in recordings.mistakes(folder).values()),
        Upload("cut-off.mp3", recordings.cut_off_mp3()),
        Upload("silence.wav", recordings.silence(folder)),
        *(Upload(name, spoken, "en") for name in recordings.DOWNLOAD_NAMES),
    ]
