"""The delivery's workflows: they run what is there, pinned, with no right that they do not need."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = json.loads((ROOT / "package.json").read_text("utf-8"))["scripts"]
GUIDE = ROOT / "docs" / "deployment.md"

every_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def load(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true.
    return {"on" if key is True else key: value for key, value in _document(path).items()}


def _document(path: Path) -> dict[Any, Any]:
    document: dict[Any, Any] = yaml.safe_load(path.read_text("utf-8"))
    return document


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = load(path)["jobs"]
    return found


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in jobs(path).values():
        yield from job.get("steps", ())


def test_there_are_workflows() -> None:
    assert {path.stem for path in WORKFLOWS} == {"main", "deploy"}


@every_workflow
def test_they_run_scripts_that_exist(path: Path) -> None:
    run = "\n".join(step.get("run", "") for step in steps(path))
    named = set(re.findall(r"npm run ([\w-]+)", run)) | set(re.findall(r"npm (test|start)\b", run))
    assert named
    assert named <= set(SCRIPTS)


@every_workflow
def test_actions_of_others_are_pinned_to_a_commit_whose_version_is_said(path: Path) -> None:
    for line in path.read_text("utf-8").splitlines():
        if "uses: " in line and "uses: ./" not in line:
            assert re.search(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


@every_workflow
def test_calls_of_own_workflows_lead_to_a_file_and_give_its_inputs(path: Path) -> None:
    for job in jobs(path).values():
        if "uses" in job:
            called = load(ROOT / job["uses"])["on"]["workflow_call"]["inputs"]
            assert job["with"].keys() == called.keys()


@every_workflow
def test_a_job_may_read_and_asks_for_whatever_is_more(path: Path) -> None:
    assert load(path)["permissions"] == {"contents": "read"}
    for name, job in jobs(path).items():
        asked = job.get("permissions", {})
        signs_in = any(
            "configure-aws-credentials" in s.get("uses", "") for s in job.get("steps", ())
        )
        pushes = any("git push" in s.get("run", "") for s in job.get("steps", ()))
        if "steps" in job:
            assert (asked.get("id-token") == "write") == signs_in, name
            assert (asked.get("contents") == "write") == pushes, name


@every_workflow
def test_every_job_ends_by_itself(path: Path) -> None:
    assert all("timeout-minutes" in job for job in jobs(path).values() if "steps" in job)


@every_workflow
def test_nothing_that_others_write_becomes_a_part_of_a_command(path: Path) -> None:
    for step in steps(path):
        assert not re.search(r"\$\{\{ *(inputs|github|vars|secrets)\.", step.get("run", "")), step


@every_workflow
def test_what_a_team_must_set_up_is_in_the_guide(path: Path) -> None:
    named = set(re.findall(r"\b(?:vars|secrets)\.(\w+)", path.read_text("utf-8")))
    missing = [name for name in named if f"`{name}`" not in GUIDE.read_text("utf-8")]
    assert missing == []


def test_both_ends_of_what_python_is_supported_are_tested() -> None:
    (main,) = (path for path in WORKFLOWS if path.stem == "main")
    assert jobs(main)["test"]["strategy"]["matrix"]["python"] == ["3.11", "3.13"]
    assert 'requires-python = ">=3.11,<3.14"' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_production_comes_after_dev_which_comes_after_the_tests() -> None:
    (main,) = (path for path in WORKFLOWS if path.stem == "main")
    order = {name: job.get("needs") for name, job in jobs(main).items()}
    assert order == {"test": None, "package": "test", "dev": "package", "prod": "dev"}


def test_a_deployment_is_of_an_environment_and_is_tried_before_it_counts_as_good() -> None:
    (deploy,) = (path for path in WORKFLOWS if path.stem == "deploy")
    assert jobs(deploy)["deploy"]["environment"] == "${{ inputs.stage }}"
    assert jobs(deploy)["good"]["needs"] == "deploy"
    run = [step["run"] for step in jobs(deploy)["deploy"]["steps"] if "run" in step]
    scripts = re.findall(r"npm run (\w+)", "\n".join(run))
    assert scripts == ["doctor", "deploy", "smoke", "deploy"]
