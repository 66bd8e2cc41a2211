"""The text of state machine definitions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.antlt4utils.antlr4utils import from_string_literal
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

from local.patching import rebind, replace

if TYPE_CHECKING:
    from local.context import Context


def install(context: Context) -> None:
    """Read strings as the JSON that they are."""
    del context
    # A definition is JSON; moto leaves `\\"` in plain strings as it stands and reads
    # those of expressions as Python, which splits characters like an emoji in two.
    replace(Preprocessor, "_inner_string_of", staticmethod(_inner_string_of))
    rebind(from_string_literal, _from_string_literal)


def _from_string_literal(parser_rule_context: Any) -> str:
    text: str = parser_rule_context.getText()
    is_string = text.startswith('"') and text.endswith('"')
    return str(json.loads(text)) if is_string else text


def _inner_string_of(parser_rule_context: Any) -> str | None:
    is_null = parser_rule_context.getText() == "null"
    return None if is_null else _from_string_literal(parser_rule_context)
