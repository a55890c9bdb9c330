"""A real HTTP server on loopback that speaks chat completions with token probabilities, and fails on demand.

What it says of an answer is either set in `says` or follows from the answer's text by `opinion`. `faults`
holds, for an answer, what the next requests about it meet instead of a reply; `seen` counts the requests
about each answer.
"""

import hashlib
import json
import math
import re
import socket
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "judge-large-2026-10-01"
"""The id that comes back, which is not the name that was asked for."""
KEY = "sk-a-key-that-nobody-may-see"
Likeliest = list[tuple[str, float]]
"""Tokens with their probabilities."""
Fault = Callable[["Handler", dict[str, Any]], None]

_FENCED = re.compile(r"\[BEGIN ANSWER ([0-9a-f]+)\]\n(.*)\n\[END ANSWER \1\]", re.DOTALL)


def opinion(answer: str) -> Likeliest:
    """Two numbers that follow from the text."""
    first, second, share = hashlib.sha256(answer.encode()).digest()[:3]
    return [(str(first % 101), 0.5 + share / 1000), (str(second % 101), 0.1)]


def mean(likeliest: Likeliest) -> float:
    """What a judge must make of plain numbers; written apart from the code under test."""
    found = [(int(token), p) for token, p in likeliest if token.strip().isdecimal()]
    return sum(value * p for value, p in found) / sum(p for _, p in found)


class ChatServer:
    """A running server; its attributes may be changed between requests.

    Attributes:
        says: answer -> the likeliest tokens of a judgement of it.
        written: answer -> texts of sampled replies.
        faults: answer -> what its next requests meet.
        seen: requests about each answer, those that met a fault included.
        told: tokens listed at each position.
        digits: numbers are written digit by digit.
        lives: answers that are judged once more, after which every line is reset; None for ever.
    """

    def __init__(self) -> None:
        self.says: dict[str, Likeliest] = {}
        self.written: dict[str, list[str]] = {}
        self.faults: dict[str, deque[Fault]] = {}
        self.seen: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.told = 20
        self.probabilities = True
        self.digits = False
        self.several = True
        self.counts = True
        self.usage = True
        self.seconds = 0.0
        self.lives: set[str] | None = None
        self.refuses: dict[str, str] = {}
        self.under_way = self.most_under_way = 0
        self.lock = threading.Lock()
        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.chat = self

    @property
    def url(self) -> str:
        """For `base_url`."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    @property
    def judged(self) -> list[dict[str, Any]]:
        """Requests that were about an answer."""
        return [body for body in self.bodies if _FENCED.search(_content(body))]

    def fail(self, answer: str, *faults: Fault) -> None:
        """Let the next requests about an answer meet these."""
        self.faults.setdefault(answer, deque()).extend(faults)


class Server(ThreadingHTTPServer):
    """Many lines at once; resets by tests are no news."""

    request_queue_size = 128
    daemon_threads = True
    chat: ChatServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: clients are killed, and lines are broken on purpose."""


class Handler(BaseHTTPRequestHandler):
    """One line to the server."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        """A chat completion, or the fault that is due."""
        chat = self.server.chat
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with chat.lock:
            chat.bodies.append(body)
            chat.headers.append({name.lower(): value for name, value in self.headers.items()})
            chat.under_way += 1
            chat.most_under_way = max(chat.most_under_way, chat.under_way)
        try:
            self._answer(chat, body)
        finally:
            with chat.lock:
                chat.under_way -= 1

    def _answer(self, chat: ChatServer, body: dict[str, Any]) -> None:
        if self.path != "/v1/chat/completions":
            return self.send(404, {"error": {"message": f"no route {self.path}"}})
        for name, message in chat.refuses.items():
            if name in body:
                return self.send(400, {"error": {"message": message, "param": name}})
        fenced = _FENCED.search(_content(body))
        if chat.lives is not None:
            with chat.lock:
                dead = fenced[2] not in chat.lives if fenced else not chat.lives
                if fenced:
                    chat.lives.discard(fenced[2])
                    chat.seen[fenced[2]] += dead
            if dead:
                return reset(self, {})
        if not fenced:
            return self.send(200, first_reply(chat, body))
        answer = fenced[2]
        with chat.lock:
            chat.seen[answer] += 1
            due = chat.faults.get(answer)
            fault = due.popleft() if due else None
        time.sleep(chat.seconds)
        reply = judgement(chat, body, answer)
        if fault:
            return fault(self, reply)
        return self.send(200, reply)

    def send(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        """A whole response."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def first_reply(chat: ChatServer, body: dict[str, Any]) -> dict[str, Any]:
    """To the request that finds out what the server can do."""
    if not body.get("logprobs"):
        return completion(chat, body, ["42"] * _replies(chat, body))
    text = ",".join(map(str, range(101))) if chat.counts else "Sure! Which numbers do you mean?"
    pattern = r"[0-9]|[^0-9]+" if chat.digits else r"[0-9]+|[^0-9]+"
    tokens = re.findall(pattern, text)
    return completion(chat, body, [text], [[(token, 0.9)] for token in tokens])


def judgement(chat: ChatServer, body: dict[str, Any], answer: str) -> dict[str, Any]:
    """What the server says of an answer."""
    likeliest = chat.says.get(answer) or opinion(answer)
    if not body.get("logprobs"):
        texts = chat.written.get(answer) or [likeliest[0][0]]
        count = _replies(chat, body)
        with chat.lock:
            start = sum(_FENCED.search(_content(one))[2] == answer for one in chat.judged) - 1  # type: ignore[index]
        return completion(chat, body, [texts[(start * count + one) % len(texts)] for one in range(count)])
    return completion(chat, body, [likeliest[0][0]], [likeliest, [("<end>", 1.0)]])


def completion(
    chat: ChatServer, body: dict[str, Any], texts: list[str], positions: list[Likeliest] | None = None
) -> dict[str, Any]:
    """A chat completion; positions are those of the first text."""
    content = [
        {"token": likeliest[0][0], "logprob": _log(likeliest[0][1]), "top_logprobs": _listed(chat, likeliest)}
        for likeliest in positions or ()
    ]
    logprobs = {"content": content} if positions and chat.probabilities else None
    choices = [
        {
            "index": index,
            "message": {"role": "assistant", "content": text},
            "finish_reason": "stop",
            "logprobs": logprobs if index == 0 else None,
        }
        for index, text in enumerate(texts)
    ]
    usage = {"prompt_tokens": 100, "completion_tokens": 2 * len(texts), "total_tokens": 100 + 2 * len(texts)}
    reply = {"id": "1", "object": "chat.completion", "created": 1, "model": MODEL, "choices": choices}
    return reply | ({"usage": usage} if chat.usage else {})


def status(code: int, message: str = "", headers: dict[str, str] | None = None) -> Fault:
    """An error status."""
    return lambda handler, _: handler.send(code, {"error": {"message": message}}, headers)


def changed(change: Callable[[dict[str, Any]], Any]) -> Fault:
    """A reply that `change` has changed in place, or replaced."""

    def fault(handler: Handler, reply: dict[str, Any]) -> None:
        replaced = change(reply)
        handler.send(200, reply if replaced is None else replaced)

    return fault


def slow(seconds: float) -> Fault:
    """A reply that comes late."""

    def fault(handler: Handler, reply: dict[str, Any]) -> None:
        time.sleep(seconds)
        handler.send(200, reply)

    return fault


def dripping(seconds: float) -> Fault:
    """A reply that comes byte by byte, all of it after so long."""

    def fault(handler: Handler, reply: dict[str, Any]) -> None:
        content = json.dumps(reply).encode()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        for byte in content:
            handler.wfile.write(bytes([byte]))
            time.sleep(seconds / len(content))
        handler.close_connection = True

    return fault


def cut_json(handler: Handler, reply: dict[str, Any]) -> None:
    """Half of a reply, sent as if it were whole."""
    content = json.dumps(reply).encode()
    handler.send(200, content[: len(content) // 2])


def cut_line(handler: Handler, reply: dict[str, Any]) -> None:
    """Half of a reply; then the line ends."""
    content = json.dumps(reply).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content[: len(content) // 2])
    handler.close_connection = True


def reset(handler: Handler, _: dict[str, Any]) -> None:
    """The line is reset without a word."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


@contextmanager
def running() -> Iterator[ChatServer]:
    """A server, until the end of the block."""
    chat = ChatServer()
    thread = threading.Thread(target=chat.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield chat
    finally:
        chat.server.shutdown()
        chat.server.server_close()
        thread.join()


def _replies(chat: ChatServer, body: dict[str, Any]) -> int:
    return body.get("n", 1) if chat.several else 1


def _listed(chat: ChatServer, likeliest: Likeliest) -> list[dict[str, Any]]:
    """The tokens, filled up with unlikely ones to as many as the server tells."""
    filled = likeliest + [(f"filler{number}", 0.0) for number in range(chat.told - len(likeliest))]
    return [
        {"token": token, "logprob": _log(p), "bytes": list(token.encode())}
        for token, p in filled[: chat.told]
    ]


def _log(p: float) -> float:
    return math.log(p) if p > 0 else -9999.0


def _content(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])
