"""Transcribe recordings through the whole platform on a local AWS.

    npm run transcribe -- [FILE…] [--language en|es|auto] [--model NAME|PATH] [--json]

Exit status: 0 all recordings were transcribed, 1 some were not, 2 the command was misused,
130 it was interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from commands import model_choice, options
from commands.audio_length import audio_seconds
from commands.interruption import stopped_by_signals
from commands.models.errors import ModelError, ModelUnknown, ModelUnreachable
from commands.platform import PlatformFailed, running_platform
from commands.transcribe import arguments, report
from commands.transcribe.display import Display
from commands.transcribe.run import transcribe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.model_choice import Choice
    from commands.transcribe.arguments import Request
    from commands.transcribe.report import FileReport

_DONE, _SOME_FAILED, _MISUSED, _INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns:
        The process's exit status.
    """
    request = arguments.parse(argv)
    with stopped_by_signals(), Display() as display:
        try:
            reports = _reports(request, display)
        except ModelUnknown as error:
            display.say(f"ModelUnknown: {error}")
            return _MISUSED
        except (ModelError, PlatformFailed) as error:
            display.close()
            display.say(f"{type(error).__name__}: {error}")
            if isinstance(error, ModelUnreachable):
                display.say("Without a network, try the platform with `--model fixture`.")
            reports = [report.refused(file, error) for file in request.files]
        except KeyboardInterrupt:
            display.close()
            display.say("Interrupted: everything that was started has been stopped.")
            return _INTERRUPTED
    if request.as_json:
        print(json.dumps(reports, ensure_ascii=False, indent=2))
    return _SOME_FAILED if any(entry["error"] for entry in reports) else _DONE


def _reports(request: Request, display: Display) -> list[FileReport]:
    choice = options.choice_of(request.model, own_files=request.own_files)
    _introduce(choice, request, display)
    model = options.installed(choice, display)
    workers = options.fitting_workers(request.dispatch, request.workers, model)
    with running_platform(model, workers, keep=request.keep, say=display.say) as platform:
        return transcribe(request, platform, workers, display)


def _introduce(choice: Choice, request: Request, display: Display) -> None:
    lengths = [seconds for file in request.files if (seconds := audio_seconds(file)) is not None]
    seconds = model_choice.estimate(choice, lengths, os.cpu_count() or 1)
    display.say(model_choice.describe(choice, seconds))
    if choice.is_fixture and request.own_files:
        display.say(
            "Warning: the fixture model was trained on about 200 words of synthetic speech; "
            "what it writes about your own recordings is not to be trusted."
        )
    elif choice.is_fixture:
        display.say(
            "The fixture model knows about 200 words, those of the samples; "
            "for a real one: npm run transcribe -- FILE --model small"
        )


if __name__ == "__main__":
    sys.exit(main())
