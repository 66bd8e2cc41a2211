"""Where a page of a list ends, as a text that is of use to its own caller and filters alone."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from typing import Final

from scribe import ulid

from functions.api.problems import Code, Problem

_ID_LENGTH: Final = 26
_DIGEST_BYTES: Final = 10
"""Against mistakes, not attacks: whose jobs are read is never taken from a cursor."""


def after(job_id: str, *scope: str | None) -> str:
    """The cursor of the page that begins after a job.

    Args:
        job_id: the last job that was looked at.
        scope: what the list is of: its owner, its filters.
    """
    digest = hashlib.blake2b(
        json.dumps([job_id, *scope]).encode(), digest_size=_DIGEST_BYTES
    ).digest()
    return base64.urlsafe_b64encode(job_id.encode() + digest).decode()


def read(cursor: str, *scope: str | None) -> str:
    """The job after which a page begins.

    Raises:
        Problem: CURSOR_INVALID, where `after` did not make it, or for another scope.
    """
    try:
        job_id = base64.urlsafe_b64decode(cursor)[:_ID_LENGTH].decode()
    except ValueError as error:
        raise Problem(Code.CURSOR_INVALID) from error
    if not re.fullmatch(ulid.PATTERN, job_id) or cursor != after(job_id, *scope):
        raise Problem(Code.CURSOR_INVALID)
    return job_id
