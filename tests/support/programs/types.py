"""What an expression is, as far as annotations and assignments tell."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.support.programs.sources import Class, External, Function, Module

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_STUBS: Final = "mypy_boto3_"


_OF_THE_LANGUAGE: Final = (
    *(ast.Constant, ast.JoinedStr),
    *(ast.Dict, ast.List, ast.Set, ast.Tuple),
    *(ast.DictComp, ast.ListComp, ast.SetComp),
)


@dataclass(frozen=True)
class Client:
    """A client of one AWS service, by boto3's name of it."""

    service: str


Type = Class | Client | External | None
"""External: a value of somebody else's class. None: unknown, so that it may be anything."""

_ANSWER: Final = External("what a client answers")
"""Nothing that is found in it is the program's."""


def annotated(module: Module, annotation: ast.expr | None) -> Type:
    """The type that an annotation names; of several, the first of the program's."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body
    if isinstance(annotation, ast.BinOp):
        left = annotated(module, annotation.left)
        return annotated(module, annotation.right) if isinstance(left, External) else left
    if isinstance(annotation, ast.Constant):
        return External("None")
    if isinstance(annotation, ast.Subscript) and _says(annotation.value, "Final"):
        return annotated(module, annotation.slice)
    if isinstance(annotation, ast.Name | ast.Attribute | ast.Subscript):
        return _named(module, annotation)
    return None


def _named(module: Module, annotation: ast.Name | ast.Attribute | ast.Subscript) -> Type:
    if _says(annotation, "Any", "Final", "Self"):
        return None
    meaning = module.meaning(annotation)
    if isinstance(meaning, External):
        package, _, _ = meaning.name.partition(".")
        is_client = package.startswith(_STUBS) and meaning.name.endswith("Client")
        service = package.removeprefix(_STUBS).replace("_", "-")
        return Client(service) if is_client else meaning
    if meaning is None:
        return External(ast.unparse(annotation))  # a type of the language
    return meaning if isinstance(meaning, Class) else None


def _says(expression: ast.expr, *names: str) -> bool:
    return isinstance(expression, ast.Name) and expression.id in names


@dataclass
class Scope:
    """The names of one function, or of a module's own statements."""

    module: Module
    owner: Class | None = None
    types: dict[str, Type] = field(default_factory=dict)

    @staticmethod
    def of(function: Function) -> Scope:
        """The scope of a function and of those inside of it, whose names do not differ."""
        scope = Scope(function.module, function.owner)
        if function.owner and function.node.args.args:
            scope.types[function.node.args.args[0].arg] = function.owner
        for node in ast.walk(function.node):
            if isinstance(node, ast.arg) and node.annotation:
                scope.types[node.arg] = annotated(function.module, node.annotation)
        for _ in range(2):  # a comprehension's names are bound behind their use
            for node in ast.walk(function.node):
                scope.types |= dict(scope.assigned(node))
        return scope

    def assigned(self, node: ast.AST) -> Iterator[tuple[str, Type]]:
        """The names that a node binds, where their types are known."""
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, annotated(self.module, node.annotation)
        elif isinstance(node, ast.NamedExpr):
            yield node.target.id, self.type_of(node.value)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, self.type_of(node.value)
        elif isinstance(node, ast.For | ast.comprehension):
            if self.type_of(node.iter) == _ANSWER:
                names = (name for name in ast.walk(node.target) if isinstance(name, ast.Name))
                yield from ((name.id, _ANSWER) for name in names)
        elif isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
            yield node.optional_vars.id, self.type_of(node.context_expr)

    def type_of(self, expression: ast.expr) -> Type:  # noqa: PLR0911  # one for each kind
        """The type of an expression's value."""
        match expression:
            case ast.NamedExpr(value=value):
                return self.type_of(value)
            case ast.BoolOp(values=values):
                return _one_of(self.type_of(value) for value in values)
            case ast.IfExp(body=body, orelse=orelse):
                return _one_of(map(self.type_of, (body, orelse)))
            case ast.Name(id=name) if name in self.types:
                return self.types[name]
            case ast.Call():
                return self._result(expression)
            case ast.Attribute() | ast.Subscript():
                found = self._member(expression)
                if found is not None:
                    return found
        if isinstance(expression, _OF_THE_LANGUAGE):
            return External("a value of the language")
        meaning = self.module.meaning(expression)
        # A variable of a module.
        return Scope(self.module).type_of(meaning) if isinstance(meaning, ast.Call) else None

    def _member(self, expression: ast.Attribute | ast.Subscript) -> Type:
        owner = self.type_of(expression.value)
        if isinstance(owner, Client) or owner == _ANSWER:
            return _ANSWER
        if isinstance(expression, ast.Subscript):
            return None  # somebody else's collection may hold what is ours
        return attribute(owner, expression.attr) if isinstance(owner, Class) else owner

    def _result(self, call: ast.Call) -> Type:
        if _says(call.func, "cast") and call.args:
            return annotated(self.module, call.args[0])
        if service := _made_for(call):
            return Client(service)
        if isinstance(call.func, ast.Attribute) and self.type_of(call.func) == _ANSWER:
            return _ANSWER
        called = self.called(call.func)
        if isinstance(called, Class):
            return called
        if isinstance(called, Function):
            returned = annotated(called.module, called.node.returns)
            return called.owner if returned is None and _is_self(called) else returned
        return None

    def called(self, expression: ast.expr) -> Class | Function | External | None:
        """What is called where an expression is."""
        if isinstance(expression, ast.Attribute):
            if isinstance(expression.value, ast.Call) and _says(expression.value.func, "super"):
                bases = self.owner.bases if self.owner else []
                found = (base.method(expression.attr) for base in bases)
                return next((method for method in found if method), None)
            owner = self.type_of(expression.value)
            if isinstance(owner, Class):
                return owner.method(expression.attr)
        meaning = self.module.meaning(expression)
        return meaning if isinstance(meaning, Class | Function | External) else None


def _made_for(call: ast.Call) -> str | None:
    """The service of a client that boto3, or a session of it, is asked for by name."""
    match call:
        case ast.Call(func=ast.Attribute(attr="client"), args=[ast.Constant(value=str(service))]):
            return service
    return None


def _one_of(types: Iterable[Type]) -> Type:
    """The type of a value that is one of several; unknown where two of them matter."""
    found = set(types)
    ours = {each for each in found if not isinstance(each, External)}
    return (ours or found).pop() if len(ours) < 2 else None


def _is_self(function: Function) -> bool:
    returns = function.node.returns
    return returns is not None and _says(returns, "Self")


def attribute(owner: Class, name: str) -> Type:
    """The type of an object's attribute."""
    for each in owner.lineage():
        for declared in each.fields:
            if isinstance(declared.target, ast.Name) and declared.target.id == name:
                return annotated(each.module, declared.annotation)
        if name in each.methods:
            method = each.methods[name]
            return annotated(each.module, method.node.returns) if method.is_property else None
        if (constructor := each.methods.get("__init__")) is None:
            continue
        scope = Scope.of(constructor)
        for node in ast.walk(constructor.node):
            if isinstance(node, ast.AnnAssign) and _is_own(node.target, name):
                return annotated(each.module, node.annotation) or (
                    scope.type_of(node.value) if node.value else None
                )
            if isinstance(node, ast.Assign) and any(_is_own(t, name) for t in node.targets):
                return scope.type_of(node.value)
    return None


def _is_own(target: ast.expr, name: str) -> bool:
    return ast.unparse(target) == f"self.{name}"
