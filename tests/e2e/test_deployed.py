"""What an operator does around a deployment, done to the local stage: look before, try after."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from commands.doctor import __main__ as doctor
from commands.platform import STAGE, Workers, stage_parameters
from commands.smoke import __main__ as smoke
from local.session_issuer import TOKEN_PATH

if TYPE_CHECKING:
    from commands.models.install import InstalledModel
    from tests.e2e.inbox import Inbox

pytestmark = [pytest.mark.stack, pytest.mark.whisperx]

NOT_ON_ONE_MACHINE = {
    "ECS's role",
    "Lambda concurrency",
    "SES daily quota",
    "SES sandbox",
    "workerImage",
}
"""What a new account lacks, which the local AWS is, and does without."""

PRINT_TOKEN = """
import json, sys, urllib.request
request = urllib.request.Request(sys.argv[1], b'{"sub": "user_smoke", "email": "a@b.test"}')
print(json.load(urllib.request.urlopen(request))["token"])
"""


@pytest.fixture(autouse=True)
def in_the_local_account(fleet: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in fleet.platform.aws.environment.items():
        monkeypatch.setenv(name, value)


def test_a_sample_goes_through_the_stage_and_leaves_nothing(
    fleet: Inbox, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path_factory.mktemp("smoke") / "token.py"
    program.write_text(PRINT_TOKEN)
    command = f"{sys.executable} {program} {fleet.platform.issuer.url}{TOKEN_PATH}"
    status = smoke.main(["--stage", STAGE, "--json", "--token-command", command])
    report = json.loads(capsys.readouterr().out)
    assert (status, report["failure"]) == (0, None)
    assert report["word_error_rate"] <= 0.1
    assert report["from_cache"] is True


def test_doctor_finds_what_the_stage_was_given_and_names_what_one_machine_lacks(
    fleet: Inbox, model: InstalledModel, capsys: pytest.CaptureFixture[str]
) -> None:
    issuer = fleet.platform.issuer
    parameters = {
        **stage_parameters(model, Workers("task")),
        "sessionIssuer": issuer.url,
        "authorizedParties": str(issuer.authorized_party),
    }
    arguments = [f"--param={name}={value}" for name, value in parameters.items()]
    token = fleet.platform.token()
    few = ["--files-per-day", "1000"]
    assert doctor.main([*arguments, *few, "--stage", STAGE, "--token", token, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    problems = {finding["name"] for finding in found if finding["state"] == "problem"}
    examples = {"senderAddress", "defaultRecipient"}  # of a reserved domain
    assert problems - NOT_ON_ONE_MACHINE <= examples | {"Fargate vCPU, spot"}
    fine = {finding["name"] for finding in found if finding["state"] == "ok"}
    assert {"credentials", "edge keys", "sender", "sessionIssuer", "session token"} <= fine
