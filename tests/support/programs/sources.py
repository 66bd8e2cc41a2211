"""The modules of a program as syntax trees, and what each name in them stands for."""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Meaning: TypeAlias = "Module | Class | Function | ast.expr | External | None"
"""What a name stands for; an expression is a variable's value."""

FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_ELSEWHERE: Final = re.compile("TYPE_CHECKING|__name__ == '__main__'")
"""Conditions that are never true of a module that is imported."""


@dataclass(frozen=True)
class External:
    """Something that the program does not define, by its dotted name."""

    name: str


@dataclass(frozen=True, eq=False)
class Function:
    """A function or a method of the program."""

    module: Module
    node: Definition
    owner: Class | None = None

    @property
    def name(self) -> str:
        owner = f"{self.owner.node.name}." if self.owner else ""
        return f"{self.module.name}:{owner}{self.node.name}"

    @property
    def is_property(self) -> bool:
        return any(
            isinstance(decorator, ast.Name) and decorator.id == "property"
            for decorator in self.node.decorator_list
        )

    def parameters(self) -> list[ast.arg]:
        """Those that a caller gives, in their order; without `self`."""
        arguments = self.node.args
        listed = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        return listed[1:] if self.owner else listed


@dataclass(frozen=True, eq=False)
class Class:
    """A class of the program."""

    module: Module
    node: ast.ClassDef

    @functools.cached_property
    def methods(self) -> Mapping[str, Function]:
        return {
            node.name: Function(self.module, node, self)
            for node in self.node.body
            if isinstance(node, FUNCTIONS)
        }

    @functools.cached_property
    def fields(self) -> list[ast.AnnAssign]:
        return [node for node in self.node.body if isinstance(node, ast.AnnAssign)]

    @functools.cached_property
    def bases(self) -> list[Class]:
        found = (self.module.meaning(base) for base in self.node.bases)
        return [base for base in found if isinstance(base, Class)]

    @property
    def is_called_from_elsewhere(self) -> bool:
        """Whether it inherits from a class that the program does not define."""
        return len(self.bases) < len(self.node.bases) and not self.is_protocol

    @property
    def is_protocol(self) -> bool:
        return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in self.node.bases)

    def lineage(self) -> Iterator[Class]:
        """The class itself, then what it inherits from."""
        yield self
        for base in self.bases:
            yield from base.lineage()

    def method(self, name: str) -> Function | None:
        return next((c.methods[name] for c in self.lineage() if name in c.methods), None)


@dataclass(eq=False)
class Module:
    """One module."""

    program: Sources
    name: str
    tree: ast.Module
    names: dict[str, Class | Function | ast.expr | str] = field(default_factory=dict)
    """What is defined here; a text is the dotted name of what was imported."""

    def __post_init__(self) -> None:
        # Imports inside of functions count like those above them: a name has one meaning.
        for node in ast.walk(self.tree):
            self.names |= dict(_imported(node))
        for node in self.tree.body:
            self.names |= dict(self._defined(node))

    def _defined(self, node: ast.stmt) -> Iterator[tuple[str, Class | Function | ast.expr]]:
        if isinstance(node, ast.ClassDef):
            yield node.name, Class(self, node)
        elif isinstance(node, FUNCTIONS):
            yield node.name, Function(self, node)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.value or node.annotation
        elif isinstance(node, ast.Assign):
            yield from ((t.id, node.value) for t in node.targets if isinstance(t, ast.Name))

    def meaning(self, expression: ast.expr) -> Meaning:
        """What an expression of names and dots stands for."""
        if isinstance(expression, ast.Subscript):
            return self.meaning(expression.value)
        if isinstance(expression, ast.Name):
            found = self.names.get(expression.id)
            return self.program.lookup(found) if isinstance(found, str) else found
        if isinstance(expression, ast.Attribute):
            base = self.meaning(expression.value)
            if isinstance(base, Module):
                return self.program.lookup(f"{base.name}.{expression.attr}")
            if isinstance(base, External):
                return External(f"{base.name}.{expression.attr}")
        return None

    def imports(self, statements: list[ast.stmt]) -> Iterator[str]:
        """The modules that some statements import when they run."""
        for node in at_run_time(statements):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield str(node.module)
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


class Sources:
    """The modules of a program and of the packages that it shares with others.

    Args:
        roots: the folder in which each package of the program lies.
    """

    def __init__(self, roots: Mapping[str, Path]) -> None:
        self._roots = roots
        self._modules: dict[str, Module | None] = {}

    def module(self, name: str) -> Module | None:
        """The module of that dotted name; None where it is none of the program's."""
        if name not in self._modules:
            root = self._roots.get(name.partition(".")[0])
            self._modules[name] = None if root is None else self._read(name, root)
        return self._modules[name]

    def lookup(self, dotted: str) -> Meaning:
        """What a dotted name stands for, through all modules that hand it on."""
        if module := self.module(dotted):
            return module
        owner, _, name = dotted.rpartition(".")
        module = self.module(owner) if owner else None
        if module is None:
            return External(dotted)
        found = module.names.get(name)
        return self.lookup(found) if isinstance(found, str) else found

    def _read(self, name: str, root: Path) -> Module | None:
        path = root.joinpath(*name.split("."))
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.is_file():
                return Module(self, name, ast.parse(candidate.read_text("utf-8")))
        return None


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            package = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (package, package)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def at_run_time(statements: list[ast.stmt]) -> Iterator[ast.AST]:
    """All nodes of some statements, without what only type checkers read, without what only a
    program's own start runs, and without the bodies of functions, which run when they are called.
    """
    waiting: list[ast.AST] = list(statements)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and _ELSEWHERE.search(ast.unparse(node.test)):
            continue
        yield node
        if isinstance(node, FUNCTIONS):
            waiting += [*node.decorator_list, *node.args.defaults]
            waiting += [default for default in node.args.kw_defaults if default]
        elif not isinstance(node, ast.AnnAssign):
            waiting += ast.iter_child_nodes(node)
        elif node.value:
            waiting.append(node.value)
