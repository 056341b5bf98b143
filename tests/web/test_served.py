"""The server as it is run: whatever bytes come down the line, it answers 4xx or hangs up, and goes on serving."""

import re
import socket
from collections.abc import Iterator
from threading import Thread

import pytest
from flask import Flask

from mace.cli import listening

HEAD = b"Host: 127.0.0.1\r\nConnection: close\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture
def port(app: Flask) -> Iterator[int]:
    """Where the application is served, with the settings of ``mace serve``."""
    app.testing = False
    server = listening(app, "127.0.0.1", 0)
    running = Thread(target=server.run)
    running.start()
    yield int(server.effective_port)
    server.task_dispatcher.shutdown()
    server.pull_trigger()
    server.close()
    running.join(10)


def answer_to(port: int, request: bytes) -> bytes:
    """The first line of the answer to these bytes; nothing where the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        try:
            line.sendall(request)
            line.shutdown(socket.SHUT_WR)
            found = line.recv(65536)
        except (BrokenPipeError, ConnectionResetError):
            return b""
    return found


REQUESTS = {
    "a header of 1 MB": b"GET / HTTP/1.1\r\n" + HEAD + b"X-Long: " + b"x" * 1_000_000 + b"\r\n\r\n",
    "an address of 1 MB": b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n",
    "10,000 headers": b"GET / HTTP/1.1\r\n" + HEAD + b"".join(b"X-%d: y\r\n" % n for n in range(10_000)) + b"\r\n",
    "a cookie of 200 KB": b"GET / HTTP/1.1\r\n" + HEAD + b"Cookie: mace=" + b"x" * 200_000 + b"\r\n\r\n",
    "bytes that are no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)) + b"\r\n\r\n",
    "a version that is none": b"GET / HTTP/9.9\r\n" + HEAD + b"\r\n",
    "no version": b"GET /\r\n\r\n",
    "the old version": b"GET / HTTP/1.0\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
    "a host that is none": b"GET / HTTP/1.1\r\nHost: \xff\xfe[::\x00\r\nConnection: close\r\n\r\n",
    "another site's address": b"GET http://evil.test/ HTTP/1.1\r\n" + HEAD + b"\r\n",
    "an address without a slash": b"GET * HTTP/1.1\r\n" + HEAD + b"\r\n",
    "an address of two slashes": b"GET //evil.test/%2f.. HTTP/1.1\r\n" + HEAD + b"\r\n",
    "raw bytes in the address": b"GET /actions/\xff\xfe\xc3\x28 HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a NUL in the address": b"GET /actions/\x00 HTTP/1.1\r\n" + HEAD + b"\r\n",
    "raw bytes in the query": b"GET /actions?words=\xff\xfe\xc3\x28 HTTP/1.1\r\n" + HEAD + b"\r\n",
    "raw bytes in a header": b"GET / HTTP/1.1\r\n" + HEAD + b"X-Odd: \xff\x00\x01\r\n\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\n" + HEAD + b": x\r\n\r\n",
    "a header that goes on": b"GET / HTTP/1.1\r\n" + HEAD + b"X-Odd: a\r\n b\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\n" + HEAD + b"Content-Length : 3\r\n\r\nabc",
    "a length and chunks": b"POST /search HTTP/1.1\r\n"
    + HEAD
    + FORM
    + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /actions HTTP/1.1\r\n\r\n",
    "two lengths": b"POST /search HTTP/1.1\r\n" + HEAD + FORM + b"Content-Length: 4\r\nContent-Length: 9\r\n\r\na=b&",
    "a length below nothing": b"POST /search HTTP/1.1\r\n" + HEAD + FORM + b"Content-Length: -1\r\n\r\na=b",
    "a length beyond all": b"POST /search HTTP/1.1\r\n" + HEAD + FORM + b"Content-Length: " + b"9" * 30 + b"\r\n\r\n",
    "a length that is no number": b"POST /search HTTP/1.1\r\n" + HEAD + FORM + b"Content-Length: 0x4\r\n\r\na=b&",
    "15 MB announced": b"POST /search HTTP/1.1\r\n" + HEAD + FORM + b"Content-Length: 15728640\r\n\r\na=b",
    "chunks that are none": b"POST /search HTTP/1.1\r\n"
    + HEAD
    + FORM
    + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "another coding": b"POST /search HTTP/1.1\r\n" + HEAD + FORM + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "an upgrade": b"GET / HTTP/1.1\r\n" + HEAD + b"Upgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n",
    "a range of nonsense": b"GET /static/app.css HTTP/1.1\r\n" + HEAD + b"Range: bytes=9-1,a-b,-\r\n\r\n",
    "a file outside": b"GET /static/../settings.py HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a file outside, in disguise": b"GET /static/%2e%2e%2fsettings.py HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a file with a NUL": b"GET /static/app.css%00.png HTTP/1.1\r\n" + HEAD + b"\r\n",
    "a date that is none": b"GET /static/app.css HTTP/1.1\r\n" + HEAD + b"If-Modified-Since: \xff yesterday\r\n\r\n",
    "nothing": b"\r\n\r\n\r\n",
}


def test_no_bytes_make_the_server_fall_over(port: int) -> None:
    for what, request in REQUESTS.items():
        answer = answer_to(port, request)
        line = answer.split(b"\r\n", 1)[0]
        if not answer:
            continue
        found = re.match(rb"HTTP/1\.[01] (\d{3}) ", line)
        assert found, f"{what}: {line!r}"
        assert 200 <= int(found.group(1)) < 500 or what == "another coding", f"{what}: {line!r}"
        assert b"Traceback" not in answer, what
        assert b"SHORTEST_SECRET" not in answer, what
        assert b"\r\nServer:" not in answer, what
        assert b"evil.test" not in answer.split(b"\r\n\r\n", 1)[0] or b"/sign-in" in answer, what
    assert answer_to(port, b"GET /healthz HTTP/1.1\r\n" + HEAD + b"\r\n").startswith(b"HTTP/1.1 200")


REFUSED = {
    "a header of 1 MB": 431,
    "15 MB announced": 413,
    "a length below nothing": 400,
    "a length that is no number": 400,
    "chunks that are none": 400,
    "a file outside, in disguise": 404,
    "a file outside": 404,
    "a file with a NUL": 404,
}


def test_these_are_refused_in_their_own_words_and_a_second_request_cannot_hide(port: int) -> None:
    for what, status in REFUSED.items():
        assert f" {status} ".encode() in answer_to(port, REQUESTS[what])[:40], what
    assert answer_to(port, REQUESTS["a length and chunks"]).count(b"HTTP/1.1 ") <= 1
