"""JSON lines on standard output: one object per line, figures and names, never tokens or text."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any, Final

_FIELDS: Final = "fields"


class JsonLines(logging.Formatter):
    """Formats a record, with the figures handed over by `fields`, as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; an exception is its class and its trace, in one field."""
        line: dict[str, Any] = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "message": record.getMessage(),
            **getattr(record, _FIELDS, {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configure() -> None:
    """Send everything from INFO upwards to standard output as JSON lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for chatty in ("boto3", "botocore", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def fields(**values: object) -> dict[str, dict[str, object]]:
    """The `extra` of a log call: `logger.info("stored", extra=fields(index=3))`."""
    return {_FIELDS: values}
