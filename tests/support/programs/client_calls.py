"""Which calls of AWS clients a program can make, from its entry points on.

A method counts as called where its name is so much as mentioned on a value of its class, or on
a value of which nothing is known. So the answer may hold too much, which a policy then shows;
it cannot hold too little, for a client that gets out of sight is told as well.
"""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass, field
from typing import Any, Final

import boto3

from tests.support.programs.sources import (
    FUNCTIONS,
    Class,
    External,
    Function,
    Module,
    Sources,
    at_run_time,
)
from tests.support.programs.types import Client, Scope, annotated

_NO_CALLS: Final = frozenset({"exceptions", "meta", "close", "can_paginate"})
_BY_NAME: Final = frozenset({"get_paginator", "get_waiter", "generate_presigned_url"})
"""Their first argument says which operation they are about."""


@dataclass
class Reach:
    """What a program can reach.

    Attributes:
        operations: `service:Operation`, as the service itself names it.
        out_of_sight: clients that were handed to code which is not the program's, by its name.
    """

    operations: set[str] = field(default_factory=set)
    out_of_sight: set[str] = field(default_factory=set)


class Walk:
    """Follows a program from its entry points.

    Args:
        sources: the program.
    """

    def __init__(self, sources: Sources) -> None:
        self.reach = Reach()
        self._sources = sources
        self._seen: set[object] = set()
        self._waiting: list[Function] = []
        self._classes: list[Class] = []
        self._wanted: set[str] = set()

    def run(self, module_name: str, function_name: str) -> Reach:
        """Walk from one function of one module."""
        module = self._sources.module(module_name)
        if module is None:
            raise LookupError(module_name)
        self._import(module_name)
        self._touch(module.names[function_name])
        while self._waiting:
            function = self._waiting.pop()
            self._statements(Scope.of(function), [*ast.walk(function.node)])
            for name in function.module.imports(function.node.body):
                self._import(name)
        return self.reach

    def _import(self, name: str) -> None:
        module = self._sources.module(name)
        if module is None or module in self._seen:
            return
        self._seen.add(module)
        for imported in module.imports(module.tree.body):
            self._import(imported)
        self._statements(Scope(module), [*at_run_time(module.tree.body)])
        for node in module.tree.body:
            if isinstance(node, FUNCTIONS) and node.decorator_list:
                self._touch(module.names[node.name])  # its decorator was given it

    def _touch(self, meaning: object) -> None:
        if meaning in self._seen:
            return
        if isinstance(meaning, Function):
            self._seen.add(meaning)
            self._waiting.append(meaning)
        elif isinstance(meaning, Class):
            self._seen.add(meaning)
            self._classes.append(meaning)
            for each in meaning.lineage():
                for name, method in each.methods.items():
                    wanted = name.startswith("__") or name in self._wanted
                    if wanted or meaning.is_called_from_elsewhere:
                        self._touch(method)

    def _want(self, name: str) -> None:
        """Reach the methods of that name of all classes that are or will be reached."""
        if name in self._wanted:
            return
        self._wanted.add(name)
        for each in self._classes:
            if method := each.method(name):
                self._touch(method)

    def _statements(self, scope: Scope, nodes: list[ast.AST]) -> None:
        for node in nodes:
            if isinstance(node, ast.Attribute):
                self._attribute(scope, node)
            elif isinstance(node, ast.Name):
                if node.id not in scope.types:
                    self._touch(scope.module.meaning(node))
            elif isinstance(node, ast.Call):
                self._call(scope, node)
            for child in _kept_values(node):
                if isinstance(kept := scope.type_of(child), Client):
                    self.reach.out_of_sight.add(f"{kept.service} in {scope.module.name}")

    def _attribute(self, scope: Scope, node: ast.Attribute) -> None:
        owner = scope.type_of(node.value)
        if isinstance(owner, Client):
            if node.attr not in _NO_CALLS | _BY_NAME:
                self.reach.operations.add(operation(owner.service, node.attr))
        elif isinstance(owner, Class):
            if method := owner.method(node.attr):
                self._touch(method)
            self._want_of(owner, node.attr)
        elif (meaning := scope.module.meaning(node)) is not None:
            self._touch(meaning)
        elif owner is None and not isinstance(scope.module.meaning(node.value), Module):
            called = scope.called(node)
            self._touch(called) if called else self._want(node.attr)

    def _want_of(self, owner: Class, name: str) -> None:
        if owner.is_protocol:
            self._want(name)
        for each in self._classes:
            if owner in each.lineage() and (method := each.method(name)):
                self._touch(method)

    def _call(self, scope: Scope, call: ast.Call) -> None:
        called = scope.called(call.func)
        if isinstance(call.func, ast.Attribute) and call.func.attr in _BY_NAME:
            owner = scope.type_of(call.func.value)
            if isinstance(owner, Client):
                self._by_name(scope, owner, call)
        given = [*enumerate(call.args), *((k.arg, k.value) for k in call.keywords)]
        for place, value in given:
            client = scope.type_of(value)
            if isinstance(client, Client) and not _takes(called, place, client):
                name = called.name if isinstance(called, External) else ast.unparse(call.func)
                self.reach.out_of_sight.add(f"{client.service} to {name}")

    def _by_name(self, scope: Scope, client: Client, call: ast.Call) -> None:
        """Record the operation that is named, here or by whoever calls the function around."""
        named = call.args[0]
        names = [named.value] if isinstance(named, ast.Constant) else []
        if isinstance(named, ast.Name) and scope.owner:
            names = list(_literals_for(scope.owner, named.id))
        if not names:
            self.reach.out_of_sight.add(f"{client.service} by {ast.unparse(call)}")
        self.reach.operations |= {operation(client.service, str(name)) for name in names}


def operation(service: str, method: str) -> str:
    """An operation as the service names it, of a client's method."""
    return f"{service}:{_operations(service)[method]}"


@functools.cache
def _operations(service: str) -> dict[str, str]:
    client: Any = boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]  # any service
    return dict(client.meta.method_to_api_mapping)


def _literals_for(owner: Class, parameter: str) -> set[str]:
    """What the methods of a class give each other for a parameter, where it is written out."""
    found = set()
    for method in owner.methods.values():
        for call in (node for node in ast.walk(method.node) if isinstance(node, ast.Call)):
            called = Scope.of(method).called(call.func)
            if not isinstance(called, Function):
                continue
            for argument, value in zip(called.parameters(), call.args, strict=False):
                if argument.arg == parameter and isinstance(value, ast.Constant):
                    found.add(str(value.value))
    return found


def _takes(called: object, place: int | str | None, client: Client) -> bool:
    """Whether a parameter is declared to be that client, so that it is followed there."""
    if not isinstance(called, Class | Function):
        return False
    function = called.method("__init__") if isinstance(called, Class) else called
    if function is not None:
        declared = {parameter.arg: parameter.annotation for parameter in function.parameters()}
    elif isinstance(called, Class):  # a dataclass
        declared = {ast.unparse(each.target): each.annotation for each in called.fields}
    annotation = [*declared.values()][place] if isinstance(place, int) else declared.get(str(place))
    return annotated(called.module, annotation) == client


def _kept_values(node: ast.AST) -> list[ast.expr]:
    """Values that are put where their types are not followed."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return node.elts
    if isinstance(node, ast.Dict):
        return node.values
    return []
