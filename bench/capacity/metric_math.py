"""CloudWatch's metric math, as far as the scaling alarms use it: one minute at a time."""

from __future__ import annotations

import ast
import functools
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

Value: TypeAlias = float | None
"""None where CloudWatch has no datapoint."""


@dataclass(frozen=True)
class Minutes:
    """What is known of each metric and expression, by its id.

    Attributes:
        now: in the minute that is looked at.
        before: the last that was reported earlier, which FILL(…, REPEAT) repeats.
    """

    now: Mapping[str, Value]
    before: Mapping[str, Value]


Evaluate: TypeAlias = Callable[[Minutes], Value]

_ARITHMETIC: Final[Mapping[type[ast.AST], Callable[[float, float], float]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
}


class ExpressionUnknown(Exception):
    """The expression uses what is not simulated here."""


@functools.cache
def compiled(expression: str) -> Evaluate:
    """Make a function of an expression.

    Raises:
        ExpressionUnknown: it has a function or an operator beyond those above.
    """
    # The two grammars agree in the rest of what is used.
    return _node(ast.parse(expression.replace(" AND ", " and "), mode="eval").body)


def _node(node: ast.expr) -> Evaluate:
    match node:
        case ast.Constant(value=int() | float() as number):
            return lambda _: float(number)
        case ast.Name(id=name):
            return lambda minutes: minutes.now[name]
        case ast.BinOp(left=left, op=kind, right=right) if type(kind) in _ARITHMETIC:
            return _both(_ARITHMETIC[type(kind)], _node(left), _node(right))
        case ast.Compare(left=left, ops=[kind], comparators=[right]) if type(kind) in _ARITHMETIC:
            return _both(_ARITHMETIC[type(kind)], _node(left), _node(right))
        case ast.BoolOp(op=ast.And(), values=[left, right]):
            return _both(operator.mul, _node(left), _node(right))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _call(name, arguments)
    raise ExpressionUnknown(ast.unparse(node))


def _both(function: Callable[[float, float], float], left: Evaluate, right: Evaluate) -> Evaluate:
    def evaluate(minutes: Minutes) -> Value:
        first, second = left(minutes), right(minutes)
        if first is None or second is None:
            return None
        try:
            return float(function(first, second))
        except ZeroDivisionError:
            return None

    return evaluate


def _call(name: str, arguments: list[ast.expr]) -> Evaluate:
    match name, arguments:
        case "IF", [condition, then, otherwise]:
            return _if(_node(condition), _node(then), _node(otherwise))
        case "FILL", [ast.Name(id=metric), ast.Name(id="REPEAT")]:
            return lambda minutes: _first(minutes.now[metric], minutes.before.get(metric))
        case "SUM", [ast.List(elts=parts)]:
            return _sum([_node(part) for part in parts])
        case "FLOOR", [argument]:
            inner = _node(argument)
            return lambda minutes: _floor(inner(minutes))
    raise ExpressionUnknown(f"{name} of {len(arguments)}")


def _if(condition: Evaluate, then: Evaluate, otherwise: Evaluate) -> Evaluate:
    def evaluate(minutes: Minutes) -> Value:
        holds = condition(minutes)
        if holds is None:
            return None
        return then(minutes) if holds else otherwise(minutes)

    return evaluate


def _sum(parts: list[Evaluate]) -> Evaluate:
    def evaluate(minutes: Minutes) -> Value:
        found = [value for part in parts if (value := part(minutes)) is not None]
        return math.fsum(found) if found else None

    return evaluate


def _first(value: Value, otherwise: Value) -> Value:
    return otherwise if value is None else value


def _floor(value: Value) -> Value:
    return None if value is None else float(math.floor(value))
