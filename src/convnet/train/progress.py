"""A progress bar for people, and silence for files."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


@contextmanager
def progress_bar(steps: int, done: int, shown: bool | None) -> Iterator[Callable[[str], None]]:
    """Show how far ``steps`` steps have come; yields ``advance(text)``, to call after each.

    Args:
        steps: how many there will be.
        done: how many there are already.
        shown: whether to show a bar; None shows it in a terminal and in a notebook only.
    """
    console = Console(stderr=True)
    visible = (console.is_terminal or console.is_jupyter) if shown is None else shown
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(
        *columns, TimeRemainingColumn(), console=console, disable=not visible, refresh_per_second=4
    ) as bar:
        task = bar.add_task("", total=steps, completed=done)
        yield lambda text: bar.update(task, advance=1, description=text)
