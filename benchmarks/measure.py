"""CPU milliseconds a request, through the application as a server calls it."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import EnvironBuilder

from mace import history

Environ = dict[str, Any]
ROUNDS = 7


def environ_of(path: str, cookie: str = "", **more: Any) -> Environ:
    """One request as a server hands it over."""
    built = EnvironBuilder(path=path, headers={"Cookie": cookie} if cookie else None, **more).get_environ()
    return dict(built)


def call(app: Any, environ: Environ, status: str = "200") -> bytes:
    """Answer one request; raises for another status than expected."""
    seen: list[str] = []
    body = b"".join(app(dict(environ), lambda line, headers, _info=None: seen.append(line)))
    if not seen[0].startswith(status):
        raise RuntimeError(f"{environ['PATH_INFO']} answered {seen[0]}: {body[:300]!r}")
    return body


def cpu_of(act: Callable[[], object], times: int) -> float:
    """CPU milliseconds of one act, averaged over so many."""
    started = time.process_time()
    for _ in range(times):
        act()
    return (time.process_time() - started) * 1000 / times


def interleaved(acts: Sequence[Callable[[], object]], times: int) -> list[float]:
    """The median CPU milliseconds of each act over rounds that take turns, so that noise falls on all alike."""
    for act in acts:
        cpu_of(act, max(3, times // 5))
    rounds = [[cpu_of(act, times) for act in acts] for _ in range(ROUNDS)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


@dataclass
class TrailClock:
    """CPU spent on writing down what was seen, while it runs."""

    seconds: float = 0.0
    writes: int = 0
    real: Callable[..., None] = field(default=history.record_view)

    def __call__(self, *given: Any, **more: Any) -> None:
        started = time.process_time()
        self.real(*given, **more)
        self.seconds += time.process_time() - started
        self.writes += 1


@contextmanager
def trail_clock() -> Iterator[TrailClock]:
    """Measure the trail's own part of each read."""
    clock = TrailClock()
    history.record_view = clock
    try:
        yield clock
    finally:
        history.record_view = clock.real
