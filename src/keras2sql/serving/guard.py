"""What stands before the application: who may ask, and how much.

A page of somebody else in the same browser must not drive this one.  It can't have its own name
stand for this address; what it sends carries its origin; and JSON, which the application insists
on, it can't send without asking first, which nobody answers.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any
from urllib.parse import urlsplit

import anyio

from keras2sql.serving.limits import Limits

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class _Refused(Exception):
    def __init__(self, status: int, error: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.content = {"error": error, "detail": detail}


class Guard:
    """The application, for requests that are let through."""

    def __init__(self, app: Application, limits: Limits, hosts: Collection[str] = ()) -> None:
        """`hosts` are names by which this server may be called beside localhost and addresses."""
        self.app = app
        self.limits = limits
        self.hosts = {"localhost", *(host.lower() for host in hosts)}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # nothing but HTTP is spoken here

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        try:
            self._check(scope)
            body = await self._body(scope, receive)
        except _Refused as refused:
            await _answer(guarded, refused)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def received() -> Message:
            return waiting.pop() if waiting else await receive()

        await self.app(scope, received, guarded)

    def _check(self, scope: Message) -> None:
        """Raise for who may not ask."""
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        if not self._is_own(host):
            raise _Refused(403, "Forbidden", "this server goes by another name; see --allow-host")
        origin = headers.get(b"origin")
        if origin is not None and origin.lower() != f"{scope['scheme']}://{host}".lower():
            raise _Refused(403, "Forbidden", "pages of other origins may not ask here")
        site = headers.get(b"sec-fetch-site", "none")
        opens = scope["method"] == "GET" and headers.get(b"sec-fetch-mode") == "navigate"
        if site not in ("none", "same-origin") and not opens:
            raise _Refused(403, "Forbidden", "pages of other sites may not ask here")

    def _is_own(self, host: str) -> bool:
        """Whether this is localhost, an address or a name that is allowed: a name that somebody
        else lets point here is none of these."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self.hosts:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    async def _body(self, scope: Message, receive: Receive) -> bytes:
        """All of what is sent; raises where that is too much, or takes too long."""
        if scope["method"] != "POST":
            return b""
        told = dict(scope["headers"]).get(b"content-length", b"0")
        most = self.limits.body
        large = _Refused(413, "TooLarge", f"more than {self.limits.upload} MB; see --upload")
        if told.isdigit() and int(told) > most:
            raise large
        parts, size = [], 0
        try:
            with anyio.fail_after(self.limits.seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _Refused(400, "InputError", "the request ends too early")
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > most:
                        raise large
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError:
            raise _Refused(408, "Late", "the request takes too long to arrive") from None


async def _answer(send: Send, refused: _Refused) -> None:
    body = json.dumps(refused.content).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
