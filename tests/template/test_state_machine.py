"""The state machine's rules that no run shows: names, retries, time-outs, no catch-all."""

from __future__ import annotations

from scribe import errors

from tests.template.template import Template, states

SERVICE_ERRORS = ("States.", "Lambda.", "SQS.", "ECS.", "DynamoDB.")


def _named(template: Template) -> set[str]:
    return {
        name
        for _, state in states(template.state_machine())
        for rule in (*state.get("Retry", ()), *state.get("Catch", ()))
        for name in rule["ErrorEquals"]
        if not name.startswith(SERVICE_ERRORS)
    }


def test_every_error_it_names_is_an_error_class(prod: Template) -> None:
    assert _named(prod) <= set(errors.BY_NAME)


def test_every_error_class_that_a_step_raises_has_its_place_in_it(prod: Template) -> None:
    raised_by_notify_only = {"MailRefused"}
    assert set(errors.BY_NAME) - _named(prod) == raised_by_notify_only


def test_permanent_errors_are_never_retried_and_transient_ones_are(prod: Template) -> None:
    for _, state in states(prod.state_machine()):
        for rule in state.get("Retry", ()):
            for name in rule["ErrorEquals"]:
                if error := errors.BY_NAME.get(name):
                    permanent = issubclass(error, errors.PermanentError)
                    assert (rule["MaxAttempts"] == 0) is permanent


def test_transient_errors_wait_5_then_25_then_125_minutes(prod: Template) -> None:
    (rule,) = {
        (rule["IntervalSeconds"], rule["BackoffRate"], rule["MaxAttempts"])
        for _, state in states(prod.state_machine())
        for rule in state.get("Retry", ())
        if "States.TaskFailed" in rule["ErrorEquals"]
    }
    interval, rate, attempts = rule
    assert [interval * rate**n / 60 for n in range(attempts)] == [5, 25, 125]


def test_throttling_is_retried_often_with_full_jitter(prod: Template) -> None:
    rules = [
        rule
        for _, state in states(prod.state_machine())
        for rule in state.get("Retry", ())
        if "Lambda.TooManyRequestsException" in rule["ErrorEquals"]
    ]
    assert rules
    for rule in rules:
        assert rule["MaxAttempts"] >= 12
        assert rule["MaxDelaySeconds"] <= 300
        assert rule["JitterStrategy"] == "FULL"


def test_every_task_has_a_timeout_and_no_timeout_is_retried(prod: Template) -> None:
    for name, state in states(prod.state_machine()):
        if state["Type"] == "Task":
            assert state["TimeoutSeconds"] > 0, name
            retried = {e for rule in state["Retry"] for e in rule["ErrorEquals"]}
            assert not retried & {"States.Timeout", "States.ALL"}, name
            assert "HeartbeatSeconds" not in state, name


def test_the_execution_outlives_the_longest_wait_for_a_worker(prod: Template) -> None:
    machine = prod.state_machine()
    for name in ("DetectOnFleet", "TranscribeOnFleet"):
        state = dict(states(machine))[name]
        assert state["TimeoutSeconds"] == 20 * 3600
    assert machine["TimeoutSeconds"] == 24 * 3600


def test_there_is_no_catch_all(prod: Template) -> None:
    catches = {
        name: [error for rule in state["Catch"] for error in rule["ErrorEquals"]]
        for name, state in states(prod.state_machine())
        if "Catch" in state
    }
    assert catches == {"CompleteJob": ["DynamoDB.ConditionalCheckFailedException"]}


def test_no_failure_ends_in_success(prod: Template) -> None:
    machine = prod.state_machine()
    for _, state in states(machine):
        for rule in state.get("Catch", ()):
            assert dict(states(machine))[rule["Next"]]["Type"] == "Fail"
