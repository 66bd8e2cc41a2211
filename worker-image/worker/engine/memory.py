"""What to do when memory runs out: half the batch, and half of that, and then say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from scribe.errors import OutOfMemory

if TYPE_CHECKING:
    from collections.abc import Callable

Result = TypeVar("Result")


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error means that memory ran out; torch and CTranslate2 say it in the text."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and "out of memory" in str(error).lower()
    )


def is_gpu_error(error: Exception) -> bool:
    """Whether an error may have left the GPU's context unusable."""
    text = str(error).lower()
    return isinstance(error, RuntimeError) and ("cuda" in text or "cublas" in text)


def with_smaller_batches(run: Callable[[int], Result], batch_size: int) -> Result:
    """Run with this batch size, and with half of it each time memory runs out.

    Raises:
        OutOfMemory: even one window at a time was too much.
    """
    try:
        return run(batch_size)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        if batch_size <= 1:
            raise OutOfMemory("one window at a time does not fit") from error
    # Outside of the handler: its traceback would keep the failed batch in memory.
    return with_smaller_batches(run, batch_size // 2)
