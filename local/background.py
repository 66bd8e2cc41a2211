"""Work that must not keep an API call waiting: daemon threads whose errors reach the log."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, ParamSpec

if TYPE_CHECKING:
    from collections.abc import Callable

Arguments = ParamSpec("Arguments")

logger = logging.getLogger(__name__)


def start(
    work: Callable[Arguments, object], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> None:
    """Do `work` on a thread of its own; an exception is logged with its traceback."""

    def run() -> None:
        try:
            work(*args, **kwargs)
        except Exception:
            logger.exception("%s failed", work)
            raise

    threading.Thread(target=run, name=getattr(work, "__name__", "work"), daemon=True).start()
