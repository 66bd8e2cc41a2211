"""The two ways in which moto is changed: a method replaced, or a method wrapped."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def replace(owner: Any, name: str, function: Any) -> Any:  # noqa: ANN401 - a class or a module
    """Put `function` in the place of `owner.name`, which is returned; a lost name is an error."""
    if not hasattr(owner, name):
        raise AttributeError(f"{owner!r} has no {name}: is this the moto version of the lock file?")
    original = getattr(owner, name)
    setattr(owner, name, function)
    return original


def wrap(owner: Any, name: str, around: Callable[..., Any]) -> None:  # noqa: ANN401 - as above
    """Put `around(original, *arguments)` in the place of `owner.name(*arguments)`."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*args: object, **kwargs: object) -> object:
        return around(original, *args, **kwargs)

    setattr(owner, name, wrapped)


def rebind(original: Any, replacement: Any) -> None:  # noqa: ANN401 - any function of moto
    """Replace a function in every loaded moto module that imported it by name."""
    for module_name, module in list(sys.modules.items()):
        in_moto = module_name.startswith("moto.")
        if in_moto and vars(module).get(original.__name__) is original:
            setattr(module, original.__name__, replacement)
