"""An error and its cause, for people: first what went wrong, the rest for who asks."""

from __future__ import annotations

import json

from local.console.html import Markup, element, joined


def failure(error: str | None, cause: str | None) -> Markup:
    """An error's name and what its cause says; empty where there is neither.

    Lambda's cause is a document of a message and a stack trace, `ecs:runTask`'s one of the whole
    task: such a document is shown when it is opened.
    """
    document = _object(cause or "")
    message = (cause or "") if document is None else document.get("errorMessage", "")
    told = ": ".join(str(part) for part in (error, message) if part)
    if document is None:
        return joined([told])
    return joined([told, element("details", element("summary", "all of it"), _laid_out(document))])


def _object(text: str) -> dict[str, object] | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _laid_out(document: dict[str, object]) -> Markup:
    trace = document.get("stackTrace")
    rest = {
        key: value for key, value in document.items() if key not in {"errorMessage", "stackTrace"}
    }
    lines = [json.dumps(rest, indent=2, ensure_ascii=False)] if rest else []
    if isinstance(trace, list):
        lines += [str(line).rstrip("\n") for line in trace]
    return element("pre", "\n".join(lines))
