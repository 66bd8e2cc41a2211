"""The two ways in which moto is changed: a method replaced, or a method wrapped."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def replace(owner: Any, name: str, function: Any) -> Any:
    """Put `function` in the place of `owner.name`, which is returned; a lost name is an error."""
    if not hasattr(owner, name):
        raise AttributeError(f"{owner!r} has no {name}: is this the moto version of the lock file?")
    original = getattr(owner, name)
    setattr(owner, name, function)
    return original


def wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:
    """Put `around(original, *arguments)` in the place of `owner.name(*arguments)`."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*args: object, **kwargs: object) -> object:
        return around(original, *args, **kwargs)

    setattr(owner, name, wrapped)


def rebind(original: Any, replacement: Any) -> None:
    """Replace a function in every loaded moto module that imported it by name."""
    name = original.__name__
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("moto.") and vars(module).get(name) is original:
            setattr(module, name, replacement)


def add(owner: Any, name: str, function: Any) -> None:
    """Give `owner` a method that AWS has; a name that moto has learnt since is an error."""
    if hasattr(owner, name):
        raise AttributeError(f"{owner!r} has {name} of its own: is this patch still needed?")
    setattr(owner, name, function)
