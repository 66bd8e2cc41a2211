"""`npm run image`: built once, tried out, stored by its digest."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from moto import mock_aws

from commands.image import arguments, names
from commands.image.__main__ import Workshop
from commands.image.engines import IGNORED, ROOT, choose
from commands.image.errors import EngineFailed, EngineMissing, ModelMissing, TrialFailed
from commands.image.recipe import SOURCES, Recipe, own_base
from commands.image.registry import KEPT_IMAGES, LIFECYCLE, Registry
from commands.image.trial import judge
from tests.commands.image_support import Machine, as_said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from commands.image.shell import Shell

DOCKER = ("docker --version", "docker buildx version", "docker info")


class Desk:
    """A person's machine with credentials of an account."""

    def __init__(self, folder: Path) -> None:
        self.ecr = boto3.client("ecr")
        self.ssm = boto3.client("ssm")
        self.machine = Machine(DOCKER, self.ecr)
        self.filled: list[list[str]] = []
        self.fill_status = 0
        self.folder = folder

    def make(self, *words: str) -> str:
        workshop = Workshop(
            engine=lambda: choose(self.machine),
            fill=self._fill,
            registry=lambda: Registry(self.ecr, self.ssm),
            now=lambda: datetime(2026, 11, 23, 10, 30, tzinfo=UTC),
            folder=self.folder,
        )
        return workshop.make(arguments.parse(["--model", "fixture", *words]))

    def tags(self) -> list[str]:
        images = self.ecr.describe_images(repositoryName=names.REPOSITORY)["imageDetails"]
        return [tag for image in images for tag in image["imageTags"]]

    def _fill(self, words: list[str]) -> int:
        self.filled.append(words)
        return self.fill_status


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with mock_aws():
        yield Desk(tmp_path)


def test_a_stage_gets_the_image_by_its_digest(desk: Desk) -> None:
    reference = desk.make("--stage", "dev")
    (image,) = desk.ecr.describe_images(repositoryName=names.REPOSITORY)["imageDetails"]
    assert reference == (
        f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{names.REPOSITORY}@{image['imageDigest']}"
    )
    assert names.stored(desk.ssm, "dev") == reference
    assert names.stored(desk.ssm, "prod") is None


def test_the_repository_is_made_once_and_held_to_its_rules(desk: Desk) -> None:
    desk.make("--stage", "dev")
    (repository,) = desk.ecr.describe_repositories()["repositories"]
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
    assert repository["encryptionConfiguration"] == {"encryptionType": "AES256"}
    desk.ecr.put_image_tag_mutability(repositoryName=names.REPOSITORY, imageTagMutability="MUTABLE")
    desk.make("--stage", "dev")
    (again,) = desk.ecr.describe_repositories()["repositories"]
    assert again == repository


def test_old_images_go_and_the_newest_stay(desk: Desk) -> None:
    desk.make("--stage", "dev")
    policy = desk.ecr.get_lifecycle_policy(repositoryName=names.REPOSITORY)
    assert json.loads(policy["lifecyclePolicyText"]) == LIFECYCLE
    untagged, surplus = (rule["selection"] for rule in LIFECYCLE["rules"])
    assert untagged["tagStatus"] == "untagged"
    assert (surplus["countType"], surplus["countNumber"]) == ("imageCountMoreThan", KEPT_IMAGES)


def test_what_was_tried_out_in_one_stage_is_what_the_next_one_gets(desk: Desk) -> None:
    first = desk.make("--stage", "dev", "--target", "gpu")
    asked = len(desk.machine.asked)
    assert desk.make("--stage", "prod", "--target", "gpu") == first
    assert len(desk.machine.asked) == asked
    assert len(desk.filled) == 1
    assert names.stored(desk.ssm, "prod") == first


def test_a_rebuilt_image_is_another_one(desk: Desk) -> None:
    desk.make("--stage", "dev", "--target", "cpu")
    desk.machine.manifest = {**desk.machine.manifest, "layers": [{"digest": "newer"}]}
    desk.make("--stage", "dev", "--target", "cpu", "--rebuild")
    plain, rebuilt = sorted(desk.tags(), key=len)
    assert rebuilt == f"{plain}-20261123T1030"
    (command,) = desk.machine.of("build", "--no-cache")
    assert "--pull" in command.split()


def test_a_model_that_is_not_pinned_is_told_apart_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"one")
    recipe = Recipe("small", "cpu", unpinned=tmp_path)
    before = recipe.tag(ROOT)
    (tmp_path / "model.bin").write_bytes(b"other")
    assert recipe.tag(ROOT) != before


def test_the_tag_changes_with_whatever_the_build_is_given(tmp_path: Path) -> None:
    for name in SOURCES:
        (tmp_path / name).mkdir(parents=True)
    dockerfile = tmp_path / "worker-image" / "Dockerfile"
    dockerfile.write_text("ARG BASE=python:3.12\n")
    tags = [Recipe("small", "cpu").tag(tmp_path)]
    (tmp_path / "worker-image" / "__pycache__").mkdir()
    (tmp_path / "worker-image" / "__pycache__" / "worker.pyc").touch()
    assert Recipe("small", "cpu").tag(tmp_path) == tags[0]
    tags += [
        Recipe("small", "cpu", base="debian@sha256:1").tag(tmp_path),
        Recipe("small", "cpu", platform="linux/arm64").tag(tmp_path),
        Recipe("small", "cpu", torch_index="https://mirror.example/cpu").tag(tmp_path),
        Recipe("small", "gpu").tag(tmp_path),
        Recipe("large", "cpu").tag(tmp_path),
    ]
    (tmp_path / "layers/shared" / "pyproject.toml").touch()
    tags.append(Recipe("small", "cpu").tag(tmp_path))
    dockerfile.write_text("ARG BASE=python:3.13\n")
    tags.append(Recipe("small", "cpu").tag(tmp_path))
    assert len(set(tags)) == len(tags)


def test_the_tag_is_made_of_all_that_the_build_is_given() -> None:
    lines = (ROOT / IGNORED).read_text().splitlines()
    let_through = {line[1:] for line in lines if line.startswith("!")}
    assert let_through == {*SOURCES, ".build/image"}
    assert own_base(ROOT).startswith("python:3.")


def test_nothing_leaves_this_machine_without_push(desk: Desk) -> None:
    image = desk.make("--stage", "dev", "--no-push")
    assert image.startswith(f"localhost/{names.REPOSITORY}:fixture-cpu-")
    assert not desk.machine.of("push")
    assert desk.ecr.describe_repositories()["repositories"] == []
    assert names.stored(desk.ssm, "dev") is None


def test_an_image_that_fails_its_trial_is_not_pushed(desk: Desk) -> None:
    desk.machine.findings["heard"]["english.flac"]["text"] = "la la la"
    with pytest.raises(TrialFailed, match="100% of the words are wrong"):
        desk.make("--stage", "dev")
    assert not desk.machine.of("push")
    assert names.stored(desk.ssm, "dev") is None


def test_a_push_that_fails_chooses_nothing(desk: Desk) -> None:
    desk.machine.failing = "docker push"
    with pytest.raises(EngineFailed):
        desk.make("--stage", "dev")
    assert names.stored(desk.ssm, "dev") is None


def test_an_image_needs_its_model(desk: Desk) -> None:
    desk.fill_status = 1
    with pytest.raises(ModelMissing, match="fixture"):
        desk.make("--stage", "dev", "--unverified")
    assert desk.filled == [["image", "fixture", "--unverified"]]
    assert not desk.machine.of("build")


@pytest.mark.parametrize(
    ("working", "engine"),
    [
        (("docker", "podman", "buildah"), "Docker"),
        # A client alone, or Docker without BuildKit, builds nothing.
        (("docker --version", "docker buildx", "podman"), "Podman"),
        (("docker --version", "docker info", "podman"), "Podman"),
        (("buildah",), "Buildah"),
    ],
)
def test_the_engine_is_one_that_works(desk: Desk, working: tuple[str, ...], engine: str) -> None:
    assert type(choose(Machine(working, desk.ecr))).__name__ == engine


@pytest.mark.parametrize(
    ("working", "reason"),
    [((), "buildx plugin, Podman, or Buildah"), (("docker --version",), "its daemon")],
)
def test_without_an_engine_the_command_says_what_to_install(
    desk: Desk, working: tuple[str, ...], reason: str
) -> None:
    desk.machine.working = working
    with pytest.raises(EngineMissing, match=reason):
        desk.make("--stage", "dev")


@pytest.mark.parametrize("working", ["docker", "podman", "buildah"])
def test_each_engine_builds_tries_out_and_pushes(desk: Desk, tmp_path: Path, working: str) -> None:
    desk.machine.working = (working,)
    secret = str(tmp_path / "pip.conf")
    desk.make("--stage", "prod", "--base", "own:1", "--pip-config", secret)
    (build,) = [asked for asked in desk.machine.asked if f"id=pip,src={secret}" in asked]
    assert build.startswith(f"{working} build")
    assert "--target gpu" in build
    assert "--build-arg MODEL=fixture --build-arg BASE=own:1" in build
    trials = desk.machine.of("--network", "none")
    assert [("transcribe.py" in trial, "inventory.py" in trial) for trial in trials] == [
        (True, False),
        (False, True),
    ]
    (push,) = desk.machine.of("push")
    assert push.startswith(f"{working} push 123456789012.dkr.ecr.us-east-1.amazonaws.com/")


def test_the_password_of_the_registry_is_no_argument(desk: Desk) -> None:
    desk.make("--stage", "dev")
    (password,) = filter(None, desk.machine.given)
    assert not any(password in asked for asked in desk.machine.asked)
    assert desk.machine.of("login", "--password-stdin")


@pytest.mark.parametrize(
    ("isolation", "runtime", "chroot"),
    [("", "crun", False), ("", "", True), ("chroot", "crun", True), ("rootless", "", False)],
)
def test_buildah_without_namespaces_is_given_no_network_either(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, isolation: str, runtime: str, *, chroot: bool
) -> None:
    monkeypatch.setenv("BUILDAH_ISOLATION", isolation)
    desk.machine.working = ("buildah",)
    desk.machine.container_runtime = runtime
    desk.make("--stage", "dev", "--no-push")
    (build,) = desk.machine.of("build")
    trials = desk.machine.of("run")
    assert len(trials) == 2
    assert [asked.startswith("unshare --net ") for asked in trials] == [chroot] * 2
    # Buildah refuses chroot isolation together with any choice of a network.
    assert ["--network none" in asked for asked in trials] == [not chroot] * 2
    assert all(("--isolation chroot" in asked) == chroot for asked in (build, *trials))


def test_a_container_of_buildah_is_removed_also_after_a_failure(desk: Desk) -> None:
    desk.machine.working = ("buildah",)
    desk.machine.failing = "transcribe.py"
    with pytest.raises(EngineFailed):
        desk.make("--stage", "dev")
    assert desk.machine.asked[-1] == "buildah rm worker-working-container"


def _forget_the_network(findings: dict[str, Any]) -> None:
    findings["networks"] = ["eth0"]


def _be_root(findings: dict[str, Any]) -> None:
    findings["user"] = 0


def _hear_another_language(findings: dict[str, Any]) -> None:
    findings["heard"]["spanish.flac"]["language"] = "en"


def _align_nothing(findings: dict[str, Any]) -> None:
    findings["heard"]["english.flac"]["aligned"] = 0


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (_forget_the_network, "had a network: eth0"),
        (_be_root, "runs as root"),
        (_hear_another_language, "heard en, which it is not"),
        (_align_nothing, "only 0 of 100 words"),
    ],
)
def test_a_trial_says_what_is_wrong(spoil: Callable[[dict[str, Any]], None], text: str) -> None:
    findings = as_said()
    spoil(findings)
    with pytest.raises(TrialFailed, match=text):
        judge(findings, "fixture")


def test_a_real_model_may_mishear_the_synthetic_voices_more_than_the_fixture() -> None:
    findings = as_said()
    heard = findings["heard"]["english.flac"]
    said = heard["text"].split()
    heard["text"] = " ".join(said[: len(said) * 7 // 10])
    assert judge(findings, "large-v3-turbo").wrong["english"] == pytest.approx(0.3, abs=0.02)
    with pytest.raises(TrialFailed):
        judge(findings, "fixture")


def test_the_bill_of_materials_names_software_and_weights(desk: Desk) -> None:
    image = desk.make("--stage", "dev", "--no-push")
    (path,) = desk.folder.glob("*.cdx.json")
    assert path.name == f"{image.rpartition(':')[2]}.cdx.json"
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(path.read_text()) is None
    bom = json.loads(path.read_text())
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")
    assert bom["metadata"]["component"]["name"] == image
    parts = {part["name"]: part for part in bom["components"]}
    assert parts["Torch_Audio"]["purl"] == "pkg:pypi/torch-audio@2.8.0"
    assert "purl" not in parts["worker"]
    assert parts["Torch_Audio"]["licenses"] == [{"license": {"id": "BSD-3-Clause"}}]
    assert parts["libc6"]["purl"] == (
        "pkg:deb/debian/libc6@2.36-9%2Bdeb12u14?arch=amd64&distro=debian-12"
    )
    assert parts["python"]["version"] == "3.12.12"
    weights = {file["name"]: file["hashes"] for file in parts["fixture"]["components"]}
    assert weights["model.bin"][0]["alg"] == "SHA-256"


def test_a_stage_says_what_its_image_is() -> None:
    dev, prod = (arguments.parse(["--stage", stage]) for stage in ("dev", "prod"))
    assert (dev.target, prod.target) == ("cpu", "gpu")
    assert dev.model == prod.model == "large-v3-turbo"


@pytest.mark.parametrize(
    ("options", "platform"),
    [
        ([], "linux/amd64"),
        (["--param", "workerArchitecture=ARM64"], "linux/arm64"),
        # Instances with a GPU are x86, whatever Fargate is.
        (["--param", "workerArchitecture=ARM64", "--target", "gpu"], "linux/amd64"),
        (["--platform", "linux/arm64"], "linux/arm64"),
    ],
)
def test_an_image_is_for_the_processor_of_its_stage(options: list[str], platform: str) -> None:
    assert arguments.parse(["--stage", "dev", *options]).platform == platform


def test_a_misspelt_parameter_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        arguments.parse(["--stage", "dev", "--param", "workerArchitektur=ARM64"])
    assert "workerArchitektur" in capsys.readouterr().err


def test_a_build_can_take_torch_from_a_mirror(desk: Desk) -> None:
    desk.make("--stage", "dev", "--no-push", "--torch-index", "https://mirror.example/cpu")
    (build,) = desk.machine.of("--load")
    assert "--build-arg TORCH_INDEX=https://mirror.example/cpu" in build


def _protocols(machine: Machine) -> Shell:
    return machine  # checked by mypy: the machine is a shell
