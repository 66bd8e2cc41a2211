"""JSONata: moto knows where an expression stands, but ships no engine to evaluate it."""

from __future__ import annotations

import hashlib
import json
import random
import uuid
from typing import TYPE_CHECKING, Any

import jsonata  # type: ignore[import-untyped]  # ships no types
from jsonata.utils import Utils  # type: ignore[import-untyped]  # as above
from moto.stepfunctions.parser.api import HistoryEventType
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJSONata
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

from local.patching import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.stepfunctions.parser.asl.eval.environment import Environment

    from local.context import Context


class Undefined(ValueError):
    """The expression gave nothing, which is not the same as null."""


def install(context: Context) -> None:
    """Give the interpreter an engine with the functions that AWS adds to JSONata."""
    del context
    # For the few places where moto composes an expression with its variables as text.
    replace(moto_jsonata, "_eval_jsonata", _evaluate_text)
    # AWS binds variables as values; moto writes them into the expression unescaped, so a
    # quote or a backslash in a value breaks the expression.
    replace(StringJSONata, "_eval_body", _evaluate_string)


def evaluate(expression: str, variables: dict[str, Any]) -> Any:
    """Return the JSON value of an expression.

    Raises:
        Undefined: the expression gives nothing, or something that is not JSON.
        jsonata.jexception.JException: the expression cannot be evaluated.
    """
    engine = jsonata.Jsonata(expression)
    engine.set_output_convert_nulls(False)  # keeps null and undefined apart
    for name, function in _AWS_FUNCTIONS.items():
        engine.register_lambda(name, function)
    result = engine.evaluate(None, variables)
    if result is None:
        raise Undefined(f"The JSONata expression '{expression}' returned nothing (undefined).")
    return _plain(result, expression)


def _plain(value: Any, expression: str) -> Any:
    """Turn the engine's own types into JSON; a whole number is an integer, as on AWS."""
    if value is Utils.NULL_VALUE or value is None:
        return None
    if isinstance(value, dict):
        return {key: _plain(item, expression) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, expression) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str | int | float):
        return value
    raise Undefined(f"The JSONata expression '{expression}' returned an unsupported result type.")


def _evaluate_text(expression: str) -> Any:
    try:
        return evaluate(expression, {})
    except Undefined:
        return None


def _evaluate_string(self: StringJSONata, env: Environment) -> None:
    try:
        env.stack.append(evaluate(self.expression, _variables(env)))
    # jsonata-python lets Python's own errors through for some wrong expressions; AWS
    # calls every failing evaluation by one name.
    except Exception as error:
        raise _query_evaluation_error(env, str(error)) from error


def _variables(env: Environment) -> dict[str, Any]:
    # moto keeps an absent result or error as None, AWS does not have it at all.
    states = {
        key: value
        for key, value in env.states._states_data.items()
        if value is not None or key == "input"
    }
    store = env.variable_store
    values = {"states": states, **store._outer_scope, **store._inner_scope}
    # Through JSON: dates become text, and no expression can change the interpreter's values.
    plain = _plain(json.loads(to_json_str(values)), "")
    # The engine takes a variable that is None for one that is not there.
    return {key: Utils.NULL_VALUE if value is None else value for key, value in plain.items()}


def _query_evaluation_error(env: Environment, cause: str) -> FailureEventException:
    name = StatesErrorName(typ=StatesErrorNameType.StatesQueryEvaluationError)
    details: Any = {
        "evaluationFailedEventDetails": {"error": name.error_name, "cause": cause},
    }
    failure = FailureEventException(
        FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.EvaluationFailed,
            event_details=details,
        )
    )
    reported: Any = {"evaluationFailedEventDetails": failure.get_evaluation_failed_event_details()}
    env.event_manager.add_event(
        context=env.event_history_context,
        event_type=HistoryEventType.EvaluationFailed,
        event_details=reported,
    )
    return failure


def _parse(text: str) -> Any:
    return json.loads(text)


def _partition(items: list[Any], size: float) -> list[list[Any]]:
    return [items[start : start + int(size)] for start in range(0, len(items), int(size))]


def _range(first: float, last: float, step: float) -> list[float]:
    count = int((last - first) / step) + 1
    return [first + index * step for index in range(max(0, count))]


def _hash(data: Any, algorithm: str) -> str:
    text = data if isinstance(data, str) else json.dumps(data, separators=(",", ":"))
    name = algorithm.replace("-", "").lower()
    return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


def _random(seed: float | None = None) -> float:
    return random.Random(seed).random()  # noqa: S311 - JSONata's $random is no secret either


_AWS_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "parse": _parse,
    "uuid": lambda: str(uuid.uuid4()),
    "partition": _partition,
    "range": _range,
    "hash": _hash,
    "random": _random,
}
