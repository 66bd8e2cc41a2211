"""Which errors a Retry or a Catch names, and how the names of inner errors travel outwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import (
    ErrorEqualsDecl,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName

from local.patching import replace

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.eval.environment import Environment

    from local.context import Context

_UNCATCHABLE: Final = frozenset({"States.DataLimitExceeded", "States.Runtime"})


def install(context: Context) -> None:
    """Match and pass on error names as AWS does."""
    del context
    # AWS: States.TaskFailed is every error but States.Timeout, and States.ALL every one
    # but two; moto lets TaskFailed miss all States.* errors and ALL catch all of them.
    replace(ErrorEqualsDecl, "_eval_body", _matches)
    # AWS passes an inner States.* error out of a Map; moto refuses to, and so turns a
    # time-out inside a Map into States.Runtime.
    replace(CustomErrorName, "__init__", _any_name)


def _matches(self: ErrorEqualsDecl, env: Environment) -> None:
    error = env.stack.pop().error_name
    env.stack.append(matches([name.error_name for name in self.error_names], error))


def matches(error_equals: list[str | None], error: str | None) -> bool:
    """Tell whether a list of names in `ErrorEquals` covers this error."""
    if error in error_equals:
        return True
    if "States.ALL" in error_equals:
        return error not in _UNCATCHABLE
    return "States.TaskFailed" in error_equals and error not in {"States.Timeout", *_UNCATCHABLE}


def _any_name(self: Any, error_name: str | None) -> None:
    ErrorName.__init__(self, error_name=error_name)
