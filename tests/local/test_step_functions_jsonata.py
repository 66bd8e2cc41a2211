"""JSONata in state machines, as the AWS documentation describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.local.machines import END, failure, output, run
from tests.local.machines import create as create_machine

if TYPE_CHECKING:
    from local.aws import LocalAws


def of(aws: LocalAws, name: str, expression: str, given: object = None) -> Any:  # noqa: ANN401 - any JSON
    state = {"Type": "Pass", "Output": {"value": f"{{% {expression} %}}"}, **END}
    return output(aws, name, {"Only": state}, given)["value"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$states.input.count / 2", 2),
        ("$states.input.half", 0.5),
        ("$parse('{\"a\": [1, 2.0, null]}')", {"a": [1, 2, None]}),
        ("$merge([$states.input.object, {'b': 2}])", {"a": 1, "b": 2}),
        ("$partition([1..5], 2)", [[1, 2], [3, 4], [5]]),
        ("$range(0, 10, 5)", [0, 5, 10]),
        ("$hash('text', 'SHA-256')[$length($) = 64] != ''", True),
        ("$length($uuid())", 36),
        ("$random() < 1", True),
        ("$states.input.nothing", None),
        ("$exists($states.input.absent)", False),
        ("$states.input.quoted & '!'", 'say "so" \\ or 😀!'),
        ('"a" & "\\n" & "😀"', "a\n😀"),
        ("$states.input.list[kind = 'b'].size", 7),
    ],
)
def test_an_expression_has_the_value_that_aws_gives_it(
    aws: LocalAws, name: str, expression: str, value: object
) -> None:
    given = {
        "count": 4,
        "half": 0.5,
        "object": {"a": 1},
        "nothing": None,
        "quoted": 'say "so" \\ or 😀',
        "list": [{"kind": "a", "size": 3}, {"kind": "b", "size": 7}],
    }
    assert of(aws, name, expression, given) == value


@pytest.mark.parametrize("expression", ["$states.input.absent", "$states.input.a.b + 'c'", "$no()"])
def test_an_expression_without_a_value_is_a_query_evaluation_error(
    aws: LocalAws, name: str, expression: str
) -> None:
    state = {"Type": "Pass", "Output": {"value": f"{{% {expression} %}}"}, **END}
    error, _ = failure(aws, name, {"Only": state})
    assert error == "States.QueryEvaluationError"


def test_variables_are_assigned_and_read_by_later_states(aws: LocalAws, name: str) -> None:
    states = {
        "First": {
            "Type": "Pass",
            "Assign": {"kept": "{% $states.input.n %}", "text": 'a "quote"', "none": None},
            "Output": {},
            "Next": "Second",
        },
        "Second": {
            "Type": "Pass",
            "Output": {"n": "{% $kept + 1 %}", "text": "{% $text %}", "none": "{% $none %}"},
            **END,
        },
    }
    assert output(aws, name, states, {"n": 1}) == {"n": 2, "text": 'a "quote"', "none": None}


def test_choices_are_conditions(aws: LocalAws, name: str) -> None:
    states = {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input.n > 1 %}", "Next": "Many"}],
            "Default": "Few",
        },
        "Many": {"Type": "Pass", "Output": "many", **END},
        "Few": {"Type": "Pass", "Output": "few", **END},
    }
    machine = create_machine(aws, name, "Choose", states)
    assert [run(aws, machine, {"n": n})["output"] for n in (1, 2)] == ['"few"', '"many"']


def test_a_fail_state_computes_its_error_and_cause(aws: LocalAws, name: str) -> None:
    fail = {
        "Type": "Fail",
        "Error": "{% $states.input.kind %}",
        "Cause": "{% 'because ' & $states.input.why %}",
    }
    given = {"kind": "TooLong", "why": "it is"}
    assert failure(aws, name, {"Fail": fail}, given) == ("TooLong", "because it is")


def test_a_map_selects_its_items_with_their_index(aws: LocalAws, name: str) -> None:
    states = {
        "Each": {
            "Type": "Map",
            "Items": "{% $states.input.items %}",
            "ItemSelector": {
                "value": "{% $states.context.Map.Item.Value.v %}",
                "index": "{% $states.context.Map.Item.Index %}",
                "execution": "{% $states.context.Execution.Name %}",
                "extra": "{% $states.input.extra %}",
            },
            "MaxConcurrency": 2,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "Double",
                "States": {
                    "Double": {
                        "Type": "Pass",
                        "Output": "{% [$states.input.index, $states.input.value * 2, "
                        "$states.input.extra] %}",
                        **END,
                    }
                },
            },
            **END,
        }
    }
    given = {"items": [{"v": 1}, {"v": 2}, {"v": 3}], "extra": "x"}
    assert output(aws, name, states, given) == [[0, 2, "x"], [1, 4, "x"], [2, 6, "x"]]
