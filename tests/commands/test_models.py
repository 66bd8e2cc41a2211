"""The weights of a real model are fetched once, whole and checked, or the error says why not."""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from worker.models import Package, PackageFile

from commands.models.errors import (
    DiskTooSmall,
    LicenceRefused,
    ModelCorrupt,
    ModelUnknown,
    ModelUnreachable,
)
from commands.models.fetch import fetch
from commands.models.hub import Hub
from commands.models.manifest import NAME as MANIFEST
from tests.commands.hub_server import REPOSITORY, REVISION, Fault, HubServer, running_hub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WEIGHTS = bytes(range(251)) * 12_000
CONFIGURATION = b'{"a": 1}\n'
MODEL = Package(
    name="small",
    repository=REPOSITORY,
    revision=REVISION,
    licence="MIT",
    verified=False,
    files=(
        PackageFile("model.bin", len(WEIGHTS), hashlib.sha256(WEIGHTS).hexdigest(), None),
        PackageFile("config.json", None, None, None),
    ),
)


class Shown:
    """Records what the user would see."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.total = 0
        self.advanced = 0

    def say(self, line: str) -> None:
        self.lines.append(line)

    def begin(self, name: str, total_bytes: int) -> None:
        self.lines.append(name)
        self.total = total_bytes

    def advance(self, count: int) -> None:
        self.advanced += count


@pytest.fixture
def server() -> Iterator[HubServer]:
    with running_hub() as hub:
        hub.large_files["model.bin"] = WEIGHTS
        hub.small_files["config.json"] = CONFIGURATION
        yield hub


def fetched(server: HubServer, folder: Path, model: Package = MODEL) -> Path:
    return fetch(model, folder, Hub(server.endpoint, pause_seconds=0.001), Shown())


def test_a_model_is_fetched_whole_and_its_checksums_are_recorded(
    server: HubServer, tmp_path: Path
) -> None:
    shown = Shown()

    folder = fetch(MODEL, tmp_path, Hub(server.endpoint), shown)

    assert (folder / "model.bin").read_bytes() == WEIGHTS
    assert (folder / "config.json").read_bytes() == CONFIGURATION
    recorded = json.loads((folder / MANIFEST).read_text())
    assert recorded["revision"] == REVISION
    assert [file["sha256"] for file in recorded["files"]] == [
        hashlib.sha256(WEIGHTS).hexdigest(),
        hashlib.sha256(CONFIGURATION).hexdigest(),
    ]
    assert shown.advanced == shown.total == len(WEIGHTS) + len(CONFIGURATION)
    assert "3 MB" in shown.lines[0]
    assert "free" in shown.lines[0]


def test_a_complete_model_is_used_without_asking_the_hub(server: HubServer, tmp_path: Path) -> None:
    folder = fetched(server, tmp_path)

    assert fetch(MODEL, tmp_path, Hub("http://127.0.0.1:9"), Shown()) == folder


def test_all_files_come_from_the_commit_that_a_branch_is_at(
    server: HubServer, tmp_path: Path
) -> None:
    folder = fetched(server, tmp_path, replace(MODEL, revision="main"))

    assert json.loads((folder / MANIFEST).read_text())["commit"] == REVISION
    assert server.revisions == ["main", REVISION]


def test_a_model_that_was_pinned_after_it_was_fetched_is_not_fetched_again(
    server: HubServer, tmp_path: Path
) -> None:
    folder = fetched(server, tmp_path, replace(MODEL, revision="main"))

    assert fetch(MODEL, tmp_path, Hub("http://127.0.0.1:9"), Shown()) == folder


def test_another_revision_is_fetched_anew(server: HubServer, tmp_path: Path) -> None:
    fetched(server, tmp_path)

    with pytest.raises(ModelUnknown):
        fetched(server, tmp_path, replace(MODEL, revision="f" * 40))


def test_a_file_that_lost_bytes_on_disk_is_fetched_anew(server: HubServer, tmp_path: Path) -> None:
    folder = fetched(server, tmp_path)
    (folder / "model.bin").write_bytes(WEIGHTS[:-1])

    fetched(server, tmp_path)

    assert (folder / "model.bin").read_bytes() == WEIGHTS


def test_a_cut_connection_is_resumed_where_it_broke(server: HubServer, tmp_path: Path) -> None:
    server.faults = [Fault(cut_after=1_500_000), Fault(cut_after=1_200_000)]

    folder = fetched(server, tmp_path)

    assert (folder / "model.bin").read_bytes() == WEIGHTS
    starts = [int(asked[6:-1]) for asked in server.ranges if asked]
    assert len(starts) == 2
    assert 0 < starts[0] < starts[1]


def test_what_an_interrupted_run_fetched_is_kept(server: HubServer, tmp_path: Path) -> None:
    server.faults = [Fault(cut_after=2_100_000), Fault(status=404)]
    with pytest.raises(ModelUnknown):
        fetched(server, tmp_path)
    assert not (tmp_path / "small" / MANIFEST).exists()
    server.ranges.clear()
    shown = Shown()

    fetch(MODEL, tmp_path, Hub(server.endpoint), shown)

    assert server.ranges[0] is not None
    assert shown.advanced == shown.total


def test_a_server_that_does_not_resume_is_read_from_the_start(
    server: HubServer, tmp_path: Path
) -> None:
    server.faults = [Fault(cut_after=1_500_000), Fault(ignores_range=True)]
    shown = Shown()

    folder = fetch(MODEL, tmp_path, Hub(server.endpoint), shown)

    assert (folder / "model.bin").read_bytes() == WEIGHTS
    assert shown.advanced == shown.total


def test_a_connection_that_always_breaks_ends_with_a_named_error(
    server: HubServer, tmp_path: Path
) -> None:
    server.faults = [Fault(cut_after=0)] * 50

    with pytest.raises(ModelUnreachable):
        fetched(server, tmp_path)


def test_wrong_bytes_are_refused_and_not_kept(server: HubServer, tmp_path: Path) -> None:
    server.faults = [Fault(body=bytes(len(WEIGHTS)))]

    with pytest.raises(ModelCorrupt, match="checksum"):
        fetched(server, tmp_path)

    assert not list((tmp_path / "small").glob("model.bin*"))


def test_a_damaged_rest_of_an_earlier_run_is_replaced(server: HubServer, tmp_path: Path) -> None:
    server.faults = [Fault(body=bytes(len(WEIGHTS)), cut_after=1_500_000), Fault(status=404)]
    with pytest.raises(ModelUnknown):
        fetched(server, tmp_path)

    folder = fetched(server, tmp_path)

    assert (folder / "model.bin").read_bytes() == WEIGHTS


@pytest.mark.parametrize("body", [WEIGHTS + b"more", WEIGHTS[:-5]], ids=["longer", "shorter"])
def test_a_wrong_length_is_refused(server: HubServer, tmp_path: Path, body: bytes) -> None:
    server.faults = [Fault(body=body)] * 10

    with pytest.raises(ModelCorrupt):
        fetched(server, tmp_path)


def test_a_hub_that_describes_another_file_than_the_catalogue_is_refused_before_the_download(
    server: HubServer, tmp_path: Path
) -> None:
    other = replace(MODEL, files=(PackageFile("model.bin", len(WEIGHTS), "0" * 64, None),))

    with pytest.raises(ModelCorrupt, match="catalogue"):
        fetched(server, tmp_path, other)

    assert server.ranges == []


def test_a_file_that_the_hub_lacks_is_named(server: HubServer, tmp_path: Path) -> None:
    lacking = replace(MODEL, files=(*MODEL.files, PackageFile("vocabulary.txt", None, None, None)))

    with pytest.raises(ModelUnknown, match=r"vocabulary\.txt"):
        fetched(server, tmp_path, lacking)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_hub_is_asked_again_after_the_time_it_names(
    server: HubServer, tmp_path: Path, status: int
) -> None:
    server.faults = [Fault(status=status, retry_after=1)]
    before = time.monotonic()

    folder = fetched(server, tmp_path)

    assert (folder / "model.bin").read_bytes() == WEIGHTS
    assert time.monotonic() - before >= 1


def test_a_hub_that_stays_busy_ends_with_a_named_error(server: HubServer, tmp_path: Path) -> None:
    server.faults = [Fault(status=503)] * 10

    with pytest.raises(ModelUnreachable, match="503"):
        fetched(server, tmp_path)


def test_a_refused_connection_is_told_without_a_second_try(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{unused.getsockname()[1]}"

        with pytest.raises(ModelUnreachable, match="refused"):
            fetch(MODEL, tmp_path, Hub(endpoint, pause_seconds=1000), Shown())


def test_an_unknown_host_is_told_without_a_second_try(tmp_path: Path) -> None:
    with pytest.raises(ModelUnreachable, match="no network"):
        fetch(MODEL, tmp_path, Hub("http://hub.invalid", pause_seconds=1000), Shown())


def test_too_small_a_disk_is_told_before_the_download(
    server: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)

    with pytest.raises(DiskTooSmall, match="3 MB more"):
        fetched(server, tmp_path)

    assert server.ranges == []


def test_weights_that_may_not_be_used_commercially_are_refused(
    server: HubServer, tmp_path: Path
) -> None:
    restricted = replace(MODEL, licence="CC BY-NC 4.0")

    with pytest.raises(LicenceRefused, match="CC BY-NC"):
        fetched(server, tmp_path, restricted)


def test_two_runs_at_once_fetch_the_model_once(server: HubServer, tmp_path: Path) -> None:
    runs = [threading.Thread(target=fetched, args=(server, tmp_path)) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()

    assert (tmp_path / "small" / "model.bin").read_bytes() == WEIGHTS
    assert len(server.ranges) == len(MODEL.files)
