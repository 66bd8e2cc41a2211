"""Wait states and retry intervals: scaled by the time factor, logged, interruptible."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from moto.stepfunctions.parser.asl.component.common.retry.max_attempts_decl import (
    MaxAttemptsOutcome,
)
from moto.stepfunctions.parser.asl.component.common.retry.retrier_decl import RetrierDecl
from moto.stepfunctions.parser.asl.component.common.retry.retrier_outcome import RetrierOutcome
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)

from local.patching import replace

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.eval.environment import Environment

    from local.context import Context

POLL_SECONDS: Final = 0.1  # how soon a waiting state sees that its execution has ended


def install(context: Context) -> None:
    """Multiply waits and retry intervals, never time-outs, by `context.time_factor`.

    Each is logged in `logs/step-functions.log` with the seconds it would last on AWS.
    """

    def wait(self: WaitFunction, env: Environment) -> None:
        seconds = self._get_wait_seconds(env=env)
        log(context, "wait", env, seconds=seconds)
        pause(env, seconds * context.time_factor)

    def retry(self: RetrierDecl, env: Environment) -> None:
        error_name = env.stack[-1].error_name
        self.error_equals.eval(env)
        if not env.stack.pop():
            env.stack.append(RetrierOutcome.Skipped)
            return
        self.max_attempts.eval(env=env)
        if env.stack.pop() == MaxAttemptsOutcome.EXHAUSTED:
            env.stack.append(RetrierOutcome.Failed)
            return
        for step in (
            self.interval_seconds,
            self.backoff_rate,
            self.max_delay_seconds,
            self.jitter_strategy,
        ):
            step.eval(env=env)
        seconds = env.stack.pop()
        state: Any = env.states.context_object.context_object_data["State"]
        attempt = state["RetryCount"] + 1
        log(context, "retry", env, error=error_name, attempt=attempt, seconds=seconds)
        pause(env, seconds * context.time_factor)
        env.stack.append(RetrierOutcome.Executed)

    # AWS ends a Wait with its execution at once and to the second; moto rounds it up.
    replace(WaitFunction, "_eval_body", wait)
    # AWS stops a retry that waits when its execution ends; moto sleeps through it.
    replace(RetrierDecl, "_eval_body", retry)


def pause(env: Environment, seconds: float) -> None:
    """Sleep for so many real seconds, or until the environment stops running."""
    end = time.monotonic() + seconds
    while env.is_running() and (left := end - time.monotonic()) > 0:
        time.sleep(min(left, POLL_SECONDS))


def log(context: Context, kind: str, env: Environment, **fields: Any) -> None:
    """Append one line of `name=value` pairs to the log of the interpreter."""
    data = env.states.context_object.context_object_data
    named = {"execution": data["Execution"]["Name"], "state": env.next_state_name, **fields}
    line = " ".join(f"{name}={value}" for name, value in named.items())
    context.logs.mkdir(parents=True, exist_ok=True)
    with (context.logs / "step-functions.log").open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {kind} {line}\n")
