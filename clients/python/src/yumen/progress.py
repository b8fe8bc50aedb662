"""Shows how far something long has come: on a terminal, with tqdm where that is installed."""

from __future__ import annotations

import sys
from typing import Any, Callable, Optional, Union

# How progress is wanted: True shows a bar on a terminal, a function is called with what is done and the total
# (0 where that is not known), False shows nothing.
Progress = Union[bool, Callable[[int, int], None]]


class Shown:
    """A bar while something goes on."""

    def __init__(self, wanted: Progress, title: str, unit: str = "B") -> None:
        self._call: Optional[Callable[[int, int], None]] = wanted if callable(wanted) else None
        self._bar: Any = None
        if wanted is True and sys.stderr.isatty():
            try:
                from tqdm.auto import tqdm
            except ImportError:
                return
            self._bar = tqdm(desc=title, unit=unit, unit_scale=True, leave=False)

    def at(self, done: int, total: int) -> None:
        """Shows how far it has come. Total is 0 where it is not known."""
        if self._call is not None:
            self._call(done, total)
        if self._bar is not None:
            self._bar.total = total or None
            self._bar.n = done
            self._bar.refresh()

    def __enter__(self) -> "Shown":
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
