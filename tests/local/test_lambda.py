"""Lambda: what a function sees, answers and leaves behind is what it is on AWS."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from tests.local.conftest import deploy, eventually, function_resource, invoke

if TYPE_CHECKING:
    from local.aws import LocalAws


def archive(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = (0o755 if path.startswith("bin/") else 0o644) << 16
            package.writestr(entry, text)
    return buffer.getvalue()


def stored(aws: LocalAws, bucket: str, files: dict[str, str]) -> dict[str, str]:
    """Store an archive as a deployment does, and return the template's reference to it."""
    s3, data = aws.client("s3"), archive(files)
    s3.create_bucket(Bucket=bucket)
    key = f"{hash(data):x}.zip"
    s3.put_object(Bucket=bucket, Key=key, Body=data)
    return {"S3Bucket": bucket, "S3Key": key}


def layer_resource(content: dict[str, str]) -> dict[str, Any]:
    return {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": content}}


def test_a_function_answers_with_what_its_handler_returns(aws: LocalAws, name: str) -> None:
    source = "def handler(event, context):\n    return {'got': event, 'who': context.function_name}"
    deploy(aws, name, {"Function": function_resource(name, source)})
    assert invoke(aws, name, {"a": 1}) == {"got": {"a": 1}, "who": name}


def test_a_function_stays_loaded_between_events(aws: LocalAws, name: str) -> None:
    source = "seen = []\ndef handler(event, context):\n    seen.append(1)\n    return len(seen)"
    deploy(aws, name, {"Function": function_resource(name, source)})
    assert [invoke(aws, name) for _ in range(3)] == [1, 2, 3]


def test_a_handlers_error_is_described_by_its_class_name(aws: LocalAws, name: str) -> None:
    source = (
        "class TooLong(Exception): pass\ndef handler(event, context):\n    raise TooLong('by far')"
    )
    deploy(aws, name, {"Function": function_resource(name, source)})
    response = aws.client("lambda").invoke(FunctionName=name, LogType="Tail")
    assert response["FunctionError"] == "Unhandled"
    error = json.loads(response["Payload"].read())
    assert (error["errorType"], error["errorMessage"]) == ("TooLong", "by far")
    assert "in handler" in error["stackTrace"][0]
    assert "[ERROR] TooLong: by far" in base64.b64decode(response["LogResult"]).decode()


def test_a_module_that_was_not_deployed_cannot_be_imported(aws: LocalAws, name: str) -> None:
    # pytest is installed beside this stack, and not on AWS.
    deploy(aws, name, {"Function": function_resource(name, "import pytest")})
    error = invoke(aws, name)
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert error["errorMessage"] == "Unable to import module 'index': No module named 'pytest'"


def test_a_missing_handler_is_named(aws: LocalAws, name: str) -> None:
    deploy(aws, name, {"Function": function_resource(name, "x = 1")})
    assert invoke(aws, name)["errorType"] == "Runtime.HandlerNotFound"


def test_the_runtime_brings_boto3_which_reaches_this_aws(aws: LocalAws, name: str) -> None:
    source = (
        "import boto3\ndef handler(event, context):\n"
        "    return boto3.client('sts').get_caller_identity()['Account']"
    )
    deploy(aws, name, {"Function": function_resource(name, source)})
    assert invoke(aws, name) == "123456789012"


def test_a_function_inherits_no_variables_but_its_own(aws: LocalAws, name: str) -> None:
    source = "import os\ndef handler(event, context):\n    return dict(os.environ)"
    environment = {"Variables": {"MINE": "1"}}
    deploy(aws, name, {"Function": function_resource(name, source, Environment=environment)})
    seen = invoke(aws, name)
    assert seen["MINE"] == "1"
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert not [variable for variable in seen if variable.startswith(("PYTEST", "VIRTUAL_ENV"))]


def test_layers_give_modules_programs_and_files_under_opt(aws: LocalAws, name: str) -> None:
    first = stored(aws, f"{name}-1", {"python/shared_words.py": "GREETING = 'hello'"})
    second = stored(
        aws, f"{name}-2", {"bin/shout": "#!/bin/sh\necho HELLO\n", "data/list.txt": "one"}
    )
    source = (
        "import os, subprocess, shared_words\n"
        "def handler(event, context):\n"
        "    shouted = subprocess.run(['shout'], capture_output=True, text=True).stdout\n"
        "    return [shared_words.GREETING, shouted, open(os.environ['LIST']).read()]"
    )
    function = function_resource(
        name,
        source,
        Layers=[{"Ref": "First"}, {"Ref": "Second"}],
        Environment={"Variables": {"LIST": "/opt/data/list.txt"}},
    )
    layers = {"First": layer_resource(first), "Second": layer_resource(second)}
    deploy(aws, name, {**layers, "Function": function})
    assert invoke(aws, name) == ["hello", "HELLO\n", "one"]


def test_a_changed_layer_reaches_a_function_whose_own_template_is_unchanged(
    aws: LocalAws, name: str
) -> None:
    source = "import words\ndef handler(event, context):\n    return words.GREETING"
    function = function_resource(name, source, Layers=[{"Ref": "Words"}])
    for bucket, greeting in ((f"{name}-1", "hello"), (f"{name}-2", "hola")):
        content = stored(aws, bucket, {"python/words.py": f"GREETING = '{greeting}'"})
        deploy(aws, name, {"Words": layer_resource(content), "Function": function})
        assert invoke(aws, name) == greeting


def test_a_second_deployment_changes_code_and_variables(aws: LocalAws, name: str) -> None:
    source = "import os\ndef handler(event, context):\n    return ['{}', os.environ.get('WHO')]"
    first = function_resource(name, source.format(1), Environment={"Variables": {"WHO": "a"}})
    deploy(aws, name, {"Function": first})
    assert invoke(aws, name) == ["1", "a"]
    deploy(aws, name, {"Function": function_resource(name, source.format(2))})
    assert invoke(aws, name) == ["2", None]


def test_a_function_that_overruns_its_time_is_ended(aws: LocalAws, name: str) -> None:
    source = "import time\ndef handler(event, context):\n    time.sleep(60)"
    deploy(aws, name, {"Function": function_resource(name, source, Timeout=1)})
    error = invoke(aws, name)
    assert error["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in error["errorMessage"]


def test_a_handler_that_ends_its_process_is_an_exit_error(aws: LocalAws, name: str) -> None:
    source = "import os\ndef handler(event, context):\n    os._exit(event)"
    deploy(aws, name, {"Function": function_resource(name, source)})
    error = invoke(aws, name, 3)
    assert error["errorType"] == "Runtime.ExitError"
    assert "exit status 3" in error["errorMessage"]
    assert invoke(aws, name, 4)["errorType"] == "Runtime.ExitError"


def test_the_context_tells_the_time_that_is_left(aws: LocalAws, name: str) -> None:
    source = (
        "def handler(event, context):\n"
        "    return [context.get_remaining_time_in_millis(), context.invoked_function_arn]"
    )
    deploy(aws, name, {"Function": function_resource(name, source, Timeout=7)})
    left, arn = invoke(aws, name)
    assert 0 < left <= 7000
    assert arn.endswith(f":function:{name}")


def test_output_reaches_cloudwatch_logs_and_a_file(aws: LocalAws, name: str) -> None:
    source = "def handler(event, context):\n    print('one line'); print('no end', end='')"
    deploy(aws, name, {"Function": function_resource(name, source)})
    invoke(aws, name)
    events = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    messages = [event["message"] for event in events]
    assert messages[0].startswith("START RequestId: ")
    assert messages[1:3] == ["one line", "no end"]
    assert (aws.logs / f"{name}.log").read_text() == "one line\nno end"


def test_an_asynchronous_event_that_fails_is_tried_twice_more(aws: LocalAws, name: str) -> None:
    source = "def handler(event, context):\n    print('attempt'); raise ValueError('no')"
    deploy(aws, name, {"Function": function_resource(name, source)})
    response = aws.client("lambda").invoke(FunctionName=name, InvocationType="Event")
    assert response["StatusCode"] == 202
    log = aws.logs / f"{name}.log"
    eventually(lambda: log.exists() and log.read_text().count("attempt\n") == 3)
