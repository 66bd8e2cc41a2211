"""Fetch, check and pin the models that transcribe.

    npm run models -- list
    npm run models -- fetch large-v3-turbo
    npm run models -- verify large-v3-turbo [--pin]
    npm run models -- image large-v3-turbo

Exit status: 0 all is well, 1 something is missing, damaged, refused or out of reach, 2 the
command was misused, 130 it was interrupted.
"""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from worker import models as catalogues

from commands.models import arguments
from commands.models.actions import Actions
from commands.models.errors import LicenceRefused, ModelError, ModelUnknown
from commands.models.hub import hub_of_environment
from commands.models.shelf import CATALOGUE, ROOT, Shelf, models_folder, needed
from commands.transcribe.display import Display

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from worker.models import Catalogue

    from commands.models.arguments import Request

_DONE, _FAILED, _MISUSED, _INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str] | None = None, catalogue: Path = CATALOGUE) -> int:
    """Run the command.

    Args:
        argv: the command line; the process's own if absent.
        catalogue: the models that there are.

    Returns:
        The process's exit status.
    """
    request = arguments.parse(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with Display() as display:
        actions = Actions(
            catalogue=catalogues.load(catalogue),
            shelf=Shelf(models_folder()),
            hub=hub_of_environment(),
            images=ROOT / ".build" / "image",
            display=display,
            output=Console(highlight=False, markup=False, soft_wrap=True),
        )
        try:
            return _run(request, actions, display)
        except KeyboardInterrupt:
            display.close()
            display.say("Interrupted; what has been fetched is kept, and resumed next time.")
            return _INTERRUPTED


def _run(request: Request, actions: Actions, display: Display) -> int:
    try:
        _require_known(request, actions.catalogue)
    except ModelUnknown as error:
        display.say(f"ModelUnknown: {error}")
        return _MISUSED
    if request.action == "list":
        actions.show()
        return _DONE
    return max(_one(name, request, actions, display) for name in request.names)


def _require_known(request: Request, catalogue: Catalogue) -> None:
    for name in request.names:
        needed(name, catalogue)
        if request.action == "image" and name not in catalogue.models:
            raise ModelUnknown(f"{name} is a part of models; an image holds a whole one")


def _one(name: str, request: Request, actions: Actions, display: Display) -> int:
    """Do what is asked with one of the names; the others go on if it fails."""
    try:
        if request.action == "fetch":
            actions.fetch(name, accept_non_commercial=request.accept_non_commercial)
        elif request.action == "image":
            actions.image(
                name,
                unverified=request.unverified,
                accept_non_commercial=request.accept_non_commercial,
            )
        elif request.pin:
            actions.pin(name)
        else:
            return _DONE if actions.verify(name) else _FAILED
    except ModelError as error:
        display.close()
        display.say(f"{type(error).__name__}: {error}")
        if isinstance(error, LicenceRefused):
            display.say("If yours is not commercial use, add --accept-non-commercial.")
        return _FAILED
    return _DONE


if __name__ == "__main__":
    sys.exit(main())
