"""Shows progress on standard error: bars on a terminal, lines elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import RenderableType
    from rich.progress import TaskID


class Display:
    """What the person at the keyboard sees while a command runs.

    Args:
        console: where to; standard error by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[step]}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
        )
        self._tasks: dict[str, TaskID] = {}
        self._steps: dict[str, str] = {}
        self._download: Progress | None = None
        self._downloading: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def say(self, line: str) -> None:
        """Show one line."""
        self._console.print(escape(line), soft_wrap=True)

    def show(self, renderable: RenderableType) -> None:
        """Show a table."""
        self._console.print(renderable)

    def begin(self, name: str, total_bytes: int) -> None:
        """Show a bar for a download."""
        self.close()
        if self._console.is_terminal:
            self._download = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(bar_width=24),
                DownloadColumn(),
                TimeElapsedColumn(),
                console=self._console,
            )
            self._downloading = self._download.add_task(name, total=total_bytes)
            self._download.start()

    def advance(self, count: int) -> None:
        """Move the download's bar by so many bytes; back when negative."""
        if self._download is not None and self._downloading is not None:
            self._download.update(self._downloading, advance=count)

    def step(self, name: str, step: str, done: float) -> None:
        """Show what is being done with a file, and the share of it that is done."""
        if self._console.is_terminal:
            if not self._tasks:
                self._bars.start()
            if name not in self._tasks:
                self._tasks[name] = self._bars.add_task(name, total=1.0, step=step)
            self._bars.update(self._tasks[name], completed=done, step=step)
            if done >= 1.0:
                self._bars.stop_task(self._tasks[name])
        elif self._steps.get(name) != step:
            self._steps[name] = step
            self.say(f"{name}: {step}")

    def close(self) -> None:
        """Leave every bar as it is."""
        if self._tasks:
            self._bars.stop()
        if self._download is not None:
            self._download.stop()
            self._download = None
