"""CPU milliseconds a request, of a real server answering a real client over HTTP."""

import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import waitress
from werkzeug.test import EnvironBuilder

from mace import history
from mace.database import Engines, MaceSession

Environ = dict[str, Any]
ROUNDS = 15


def environ_of(path: str, cookie: str = "", **more: Any) -> Environ:
    """One request as a server hands it over."""
    built = EnvironBuilder(path=path, headers={"Cookie": cookie} if cookie else None, **more).get_environ()
    return dict(built)


def call(app: Any, environ: Environ, status: str = "200") -> bytes:
    """Answer one request without a server; raises for another status than expected."""
    seen: list[str] = []
    body = b"".join(app(dict(environ), lambda line, headers, _info=None: seen.append(line)))
    if not seen[0].startswith(status):
        raise RuntimeError(f"{environ['PATH_INFO']} answered {seen[0]}: {body[:300]!r}")
    return body


class Server:
    """An application served by this process, as ``mace serve`` does, to a client in a process of its own."""

    def __init__(self, app: Any) -> None:
        self.server: Any = waitress.create_server(app, host="127.0.0.1", port=0, threads=2, ident=None)
        threading.Thread(target=self.server.run, daemon=True).start()
        self.client = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.measure", str(self.server.effective_port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """Stop both."""
        self.client.communicate("")
        self.server.close()

    def ask(self, path: str, cookie: str, times: int) -> float:
        """CPU milliseconds that this process spends on one answer, averaged over so many."""
        if self.client.stdin is None or self.client.stdout is None:
            raise RuntimeError("the client has no pipes")
        started = time.process_time()
        self.client.stdin.write(f"{times}\t{path}\t{cookie}\n")
        self.client.stdin.flush()
        answer = self.client.stdout.readline().strip()
        spent = time.process_time() - started
        if answer != "200":
            raise RuntimeError(f"{path} answered {answer}")
        return spent * 1000 / times


def _be_the_client(port: int) -> None:
    """Ask for what each line of the input names, over one connection; say the worst status."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for line in sys.stdin:
        times, path, cookie = line.rstrip("\n").split("\t")
        worst = 200
        for _ in range(int(times)):
            connection.request("GET", path, headers={"Cookie": cookie})
            response = connection.getresponse()
            response.read()
            worst = max(worst, response.status)
        print(worst, flush=True)


def interleaved(acts: Sequence[Callable[[], float]]) -> list[float]:
    """The least of each measurement over rounds that take turns: what else runs on the machine only ever adds, and
    adds to all alike."""
    for act in acts:
        act()
    rounds = [[act() for act in acts] for _ in range(ROUNDS)]
    return [min(column) for column in zip(*rounds, strict=True)]


@dataclass
class TrailClock:
    """CPU spent on writing down what was seen, while it runs."""

    spent: dict[Any, list[float]] = field(default_factory=dict)
    """Of each database, by its engines."""
    real: Callable[..., None] = field(default=history.record_view)

    def __call__(self, session: MaceSession, *given: Any) -> None:
        started = time.thread_time()
        self.real(session, *given)
        self.spent.setdefault(session.engines, []).append((time.thread_time() - started) * 1000)

    def usual(self, engines: Engines) -> float:
        """Milliseconds of the lower quarter: what it takes when little else runs."""
        spent = sorted(self.spent[engines])
        return spent[len(spent) // 4]


@contextmanager
def trail_clock() -> Iterator[TrailClock]:
    """Measure the trail's own part of each read."""
    clock = TrailClock()
    history.record_view = clock
    try:
        yield clock
    finally:
        history.record_view = clock.real


if __name__ == "__main__":
    _be_the_client(int(sys.argv[1]))
