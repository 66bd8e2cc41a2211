"""Bring the whole platform up on a local AWS, and keep it up until a signal ends it.

    npm start -- [--port N] [--model NAME|PATH] [--json]

Exit status: 0 it was stopped with SIGINT or SIGTERM, 1 it broke, 2 the command was misused.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from commands import options
from commands.interruption import stopped_by_signals
from commands.models.errors import ModelError, ModelUnknown
from commands.platform import PlatformFailed, running_platform
from commands.start import arguments
from commands.start.addresses import Addresses
from commands.transcribe.display import Display
from local.console.console import Console

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.platform import Platform
    from commands.start.arguments import Request

LOOK_SECONDS: Final = 2.0

_STOPPED, _BROKEN, _MISUSED = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        The process's exit status.
    """
    request = arguments.parse(argv)
    with stopped_by_signals(), Display() as display:
        try:
            _serve(request, display)
        except ModelUnknown as error:
            display.say(f"ModelUnknown: {error}")
            return _MISUSED
        except (ModelError, PlatformFailed) as error:
            display.close()
            display.say(f"{type(error).__name__}: {error}")
            return _BROKEN
        except KeyboardInterrupt:
            display.close()
            display.say("Stopped: everything that was started has ended.")
            return _STOPPED


def _serve(request: Request, display: Display) -> NoReturn:
    choice = options.choice_of(request.model, own_files=False)
    if choice.is_fixture:
        display.say(
            "The fixture model knows about 200 words, those of the samples; "
            "for recordings of your own: npm start -- --model small"
        )
    model = options.installed(choice, display)
    if request.moved:
        display.say(f"Port {arguments.USUAL_PORT} is taken: {request.port} is used instead.")
    workers = options.fitting_workers(request.dispatch, request.workers, model)
    with (
        running_platform(
            model, workers, port=request.port, keep=request.keep, say=display.say
        ) as platform,
        Console(platform.aws) as console,
    ):
        if request.keep:
            display.say(f"Logs and e-mails stay in {platform.state}")
        addresses = Addresses.of(platform, console)
        told = addresses.line() if request.as_json else addresses.text(platform.aws.environment)
        print(told, flush=True)
        _watch(platform)


def _watch(platform: Platform) -> NoReturn:
    while True:
        try:
            platform.require_workers()
        except (BotoCoreError, ClientError) as error:
            text = f"The local AWS stopped answering: {error}\nIts logs are in {platform.state}"
            raise PlatformFailed(text) from error
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
