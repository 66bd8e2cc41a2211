"""How long the functions run, how many at once, and what that leaves to the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.template.template import states

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.template.template import Template

API_GATEWAY_SECONDS = 30
AUTHORIZER_SECONDS = 10
RECEIVES_OF_A_BATCH = 6
WHOLE_PROCESSOR_MB = 1769
USUAL_ACCOUNT = 1000
NEVER_RESERVED = 100


def _function_of(arn: dict[str, Any]) -> str:
    name: str = arn["Fn::GetAtt"][0]
    return name


def _waits(template: Template) -> Iterator[tuple[str, float]]:
    """Each function with how long somebody waits for it, in seconds."""
    for mapping in template.of_type("AWS::Lambda::EventSourceMapping").values():
        queue = template.properties(mapping["EventSourceArn"]["Fn::GetAtt"][0])
        hidden = queue["VisibilityTimeout"]
        yield _function_of(mapping["FunctionName"]), hidden / RECEIVES_OF_A_BATCH
    for name, state in states(template.state_machine()):
        if state.get("Resource", "").endswith("lambda:invoke"):
            yield f"{name}LambdaFunction", state["TimeoutSeconds"]
    for integration in template.of_type("AWS::ApiGatewayV2::Integration").values():
        yield _function_of(integration["IntegrationUri"]), API_GATEWAY_SECONDS
    yield "AuthorizerLambdaFunction", AUTHORIZER_SECONDS
    # It begins again every five minutes, however the one before ended.
    yield "SweepLambdaFunction", 300


def _kept(template: Template, function: str) -> int:
    """Concurrent runs that are kept for a function; 0 if none."""
    condition, number, otherwise = template.properties(function)["ReservedConcurrentExecutions"][
        "Fn::If"
    ]
    compared = template.document["Conditions"][condition]["Fn::Not"][0]["Fn::Equals"]
    assert compared == [number, "0"]
    assert otherwise == {"Ref": "AWS::NoValue"}
    return int(number)


def test_every_function_ends_before_its_caller_gives_it_up(template: Template) -> None:
    waits = list(_waits(template))
    assert {name for name, _ in waits} == set(template.of_type("AWS::Lambda::Function"))
    for name, seconds in waits:
        assert template.properties(name)["Timeout"] <= seconds, name


def test_the_api_answers_before_the_gateway_does_in_its_place(template: Template) -> None:
    assert template.properties("ApiLambdaFunction")["Timeout"] < API_GATEWAY_SECONDS
    assert template.properties("AuthorizerLambdaFunction")["Timeout"] < AUTHORIZER_SECONDS


def test_lambdas_own_time_out_names_the_cause_before_the_states_does(template: Template) -> None:
    for name in ("PrepareAudio", "AssembleTranscript"):
        state = template.state_machine()["States"][name]
        assert template.properties(f"{name}LambdaFunction")["Timeout"] < state["TimeoutSeconds"]


def test_what_calculates_has_a_whole_processor_and_nothing_has_more_than_it_uses(
    template: Template,
) -> None:
    for name, properties in template.of_type("AWS::Lambda::Function").items():
        calculates = name in ("PrepareAudioLambdaFunction", "AssembleTranscriptLambdaFunction")
        assert (properties["MemorySize"] >= WHOLE_PROCESSOR_MB) == calculates
        assert properties["MemorySize"] <= 2048


def test_a_burst_of_messages_leaves_the_api_some_of_what_cannot_be_reserved(
    template: Template,
) -> None:
    mappings = template.of_type("AWS::Lambda::EventSourceMapping").values()
    assert sum(m["ScalingConfig"]["MaximumConcurrency"] for m in mappings) < NEVER_RESERVED


def test_in_production_the_steps_of_a_burst_have_runs_of_their_own_and_no_more(
    prod: Template,
) -> None:
    kept = [_kept(prod, f"{name}LambdaFunction") for name in ("PrepareAudio", "AssembleTranscript")]
    assert all(kept)
    assert sum(kept) <= USUAL_ACCOUNT / 2


def test_a_new_account_which_has_nothing_to_reserve_takes_the_stage_dev(dev: Template) -> None:
    for name, properties in dev.of_type("AWS::Lambda::Function").items():
        if "ReservedConcurrentExecutions" in properties:
            assert _kept(dev, name) == 0
