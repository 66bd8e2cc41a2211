"""The stack as a whole: valid, consistent in its names, and safe to deploy again."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from commands import deploy
from tests.template.template import Template, states

ROOT = Path(__file__).resolve().parents[2]
IGNORED = {
    "W3005": "the framework adds DependsOn beside its own references",
    "W8003": "the condition compares stage parameters, which the framework has filled in",
}


def test_cfn_lint_finds_nothing(templates: dict[str, Path]) -> None:
    lint: list[str | Path] = [Path(sys.executable).with_name("cfn-lint")]
    lint += ["--ignore-checks", *IGNORED]
    result = subprocess.run(
        [*lint, "--", *templates.values()], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


def test_every_check_of_checkov_that_is_left_out_says_why() -> None:
    text = (ROOT / ".checkov.yml").read_text("utf-8")
    skipped = re.findall(r"^  - (CKV\w+)(.*)$", text, re.MULTILINE)
    assert len(dict(skipped)) == len(skipped) > 0
    assert all(re.fullmatch(r" +# .{10,}", reason) for _, reason in skipped)


def test_a_step_has_one_name_as_state_function_and_folder(prod: Template) -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    functions = prod.of_type("AWS::Lambda::Function")
    handlers = {
        name.removesuffix("LambdaFunction"): properties["Handler"].split("/")[1]
        for name, properties in functions.items()
    }
    assert set(handlers.values()) == folders
    for name, folder in handlers.items():
        assert re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() == folder
    invoked = {
        name
        for name, state in states(prod.state_machine())
        if state.get("Resource", "").endswith("lambda:invoke")
    }
    assert invoked == {"PrepareAudio", "AssembleTranscript"} <= set(handlers)


def test_every_function_has_a_log_group_that_expires(template: Template) -> None:
    groups = template.of_type("AWS::Logs::LogGroup")
    for name in template.of_type("AWS::Lambda::Function"):
        assert groups[name.replace("LambdaFunction", "LogGroup")]["RetentionInDays"] > 0


def test_the_service_has_no_desired_count_that_a_deployment_would_reset(template: Template) -> None:
    assert "DesiredCount" not in template.properties("WorkersService")


def test_a_container_has_time_to_hand_its_chunk_back(template: Template) -> None:
    (container,) = template.properties("WorkerTaskDefinition")["ContainerDefinitions"]
    told = {e["Name"]: e["Value"] for e in container["Environment"]}["STOP_TIMEOUT_SECONDS"]
    assert int(told) < container["StopTimeout"] <= 120
    assert container["ReadonlyRootFilesystem"] is True


def test_every_ended_execution_is_announced_to_the_notifications_queue(template: Template) -> None:
    rule = template.properties("ExecutionStatusRule")
    assert set(rule["EventPattern"]["detail"]["status"]) == {
        "SUCCEEDED",
        "FAILED",
        "TIMED_OUT",
        "ABORTED",
    }
    (target,) = rule["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": ["NotificationsQueue", "Arn"]}
    assert target["DeadLetterConfig"] == {
        "Arn": {"Fn::GetAtt": ["NotificationsDeadLetterQueue", "Arn"]}
    }


def test_task_tokens_are_never_logged(template: Template) -> None:
    logging = template.properties("TranscriptionStateMachine")["LoggingConfiguration"]
    assert logging["IncludeExecutionData"] is False


def test_the_dispatch_of_each_stage_is_the_documented_one(templates: dict[str, Path]) -> None:
    found = {
        stage: re.search(r"'(\w+)' = 'task'", path.read_text("utf-8"))
        for stage, path in templates.items()
    }
    assert {stage: match and match[1] for stage, match in found.items()} == {
        "dev": "task",
        "prod": "fleet",
    }


def test_layers_and_functions_are_uploaded_under_names_of_their_own(template: Template) -> None:
    layers = template.of_type("AWS::Lambda::LayerVersion").values()
    functions = template.of_type("AWS::Lambda::Function").values()
    keys = [layer["Content"]["S3Key"] for layer in layers]
    keys += [function["Code"]["S3Key"] for function in functions]
    assert len(set(keys)) == len(keys)


def test_a_deployment_tells_where_what_it_deployed_is_met(template: Template) -> None:
    told = deploy.told({name: f"<{name}>" for name in template.document["Outputs"]})
    assert "at <EdgeUrl>;" in told
    assert "s3://<AudioBucketName>/inbox/" in told
