"""The page and the interface: what each address answers."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

import anyio
from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest

from keras2sql.dialects import DIALECTS
from keras2sql.errors import one_line
from keras2sql.report import render
from keras2sql.serving import process
from keras2sql.serving.guard import Guard
from keras2sql.serving.limits import Limits
from keras2sql.serving.schema import (
    DialectAnswer,
    Generated,
    Health,
    InspectionAnswer,
    ModelAnswer,
    ModelRequest,
    Refusal,
    Request,
    ScoresAnswer,
    ScoresRequest,
    Statement,
)
from keras2sql.version import __version__

ASSETS = Path(__file__).parent / "assets"

STATUSES = {
    "UnsupportedMediaType": (415, "no application/json"),
    "Busy": (503, "too many requests at once"),
    "Gone": (507, "the model takes more memory than is given"),
    "InternalError": (500, "a fault of keras2sql"),
    "Late": (504, "the model takes longer than is given"),
    "TooLarge": (507, "the answer, or what it takes, is too large"),
}
"""Of errors that are none of the request's; those are 422."""

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": told}
    for status, told in (
        (400, "the request ended too early, or its JSON can't be read"),
        (403, "another origin, or another name"),
        (408, "the request took too long to arrive"),
        (413, "the request is too large"),
        (422, "what is asked for can't be done; `detail` says why"),
        *STATUSES.values(),
    )
}


class Refused(Exception):
    """An answer that says why there is none."""

    def __init__(self, error: str, detail: str) -> None:
        super().__init__(detail)
        self.status = STATUSES.get(error, (422, ""))[0]
        self.content = {"error": error, "detail": detail}


class Desk:
    """Works on some jobs at once, lets some wait, and refuses more."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._free = threading.BoundedSemaphore(limits.together + limits.waiting)
        self._limiter: anyio.CapacityLimiter | None = None

    async def work(self, kind: str, request: Request, **told: Any) -> dict[str, Any]:
        """What the job gives; raises `Refused`."""
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(self.limits.together)
        if not self._free.acquire(blocking=False):
            raise Refused("Busy", "too many requests at once; try again")
        try:
            job, files = _job(kind, request, told)
            found = await anyio.to_thread.run_sync(
                process.run, job, files, self.limits, limiter=self._limiter
            )
        except process.Late:
            seconds = self.limits.seconds
            raise Refused("Late", f"this takes longer than {seconds:g} s; see --timeout") from None
        except process.Gone:
            detail = f"this takes more than {self.limits.memory} MB of memory; see --memory"
            raise Refused("Gone", detail) from None
        finally:
            self._free.release()
        if "done" not in found:
            raise Refused(found["error"], found["detail"])
        return dict(found["done"])


def _job(kind: str, request: Request, told: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    name = one_line(request.name)
    job = {
        "kind": kind,
        "name": Path(name.replace("\\", "/")).stem or "model",
        "features": request.features,
        "order_by": request.order_by,
        "labels": request.labels,
        "outputs": request.outputs,
        "strategy": request.strategy,
        "held": request.held,
        "precision": request.precision,
        "dialect": request.dialect,
        **told,
    }
    files = {"model": (name, request.model)}
    if request.serialized_weights is not None:
        files["weights"] = (one_line(request.weights_name), request.serialized_weights)
    return job, files


def json_only(asked: HttpRequest) -> None:
    """What a form of another site sends without asking is no JSON."""
    if (
        asked.headers.get("content-type", "").partition(";")[0].strip().lower()
        != "application/json"
    ):
        raise Refused("UnsupportedMediaType", "send application/json")


ONLY_JSON = [Depends(json_only)]


def application(limits: Limits | None = None, hosts: Collection[str] = ()) -> Guard:
    """What a server of ASGI runs."""
    bounds = limits or Limits()
    desk = Desk(bounds)
    # The pages that FastAPI makes of the interface load their scripts from elsewhere.
    app = FastAPI(
        title="keras2sql",
        version=__version__,
        summary="A trained Keras network becomes SQL that your own database runs",
        docs_url=None,
        redoc_url=None,
    )
    text, policy = _page()

    @app.get("/", include_in_schema=False)
    async def page() -> HTMLResponse:
        return HTMLResponse(text, headers={"content-security-policy": policy})

    @app.get("/page.js", include_in_schema=False)
    async def script() -> Response:
        return Response((ASSETS / "page.js").read_bytes(), media_type="text/javascript")

    @app.get("/health", responses={403: REFUSALS[403]})
    async def health() -> Health:
        return Health(status="ok", version=__version__)

    @app.get("/dialects", responses={403: REFUSALS[403]})
    async def dialects() -> list[DialectAnswer]:
        return [
            DialectAnswer(name=one.name, title=one.title, aliases=list(one.aliases))
            for one in DIALECTS.values()
        ]

    @app.post("/model", responses=REFUSALS, dependencies=ONLY_JSON)
    async def model(request: ModelRequest) -> ModelAnswer:
        """The SQL of a model, as the web service of 2018 gave it."""
        told = {"table": request.table, "key": request.key, "coloured": request.coloured}
        found = await desk.work("convert", request, **told)
        statement = Statement(
            SQL=found["sql"], **{name.capitalize(): found[name] for name in found if name != "sql"}
        )
        made = Generated(
            Name=request.name, SQLDialect=request.dialect, SQLGenrationResult=[statement]
        )
        return ModelAnswer(model=made)

    @app.post("/inspection", responses=REFUSALS, dependencies=ONLY_JSON)
    async def inspection(request: Request) -> InspectionAnswer:
        """Layers, a drawing, and what rows look like."""
        return InspectionAnswer(**await desk.work("inspect", request))

    @app.post("/scores", responses=REFUSALS, dependencies=ONLY_JSON)
    async def scores(request: ScoresRequest) -> ScoresAnswer:
        """Predictions of rows, by the SQL in an embedded DuckDB."""
        if len(request.rows) > bounds.rows:
            raise Refused("InputError", f"{len(request.rows)} rows, more than {bounds.rows}")
        return ScoresAnswer(**await desk.work("score", request, rows=request.rows))

    _refuse(app)
    return Guard(app, bounds, hosts)


def _refuse(app: FastAPI) -> None:
    """All refusals are one JSON."""

    @app.exception_handler(Refused)
    async def refused(_: Any, error: Refused) -> JSONResponse:
        return JSONResponse(error.content, error.status)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Any, error: RequestValidationError) -> JSONResponse:
        said = "; ".join(
            f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}".lstrip(": ")
            for one in error.errors()[:5]
        )
        return JSONResponse({"error": "InputError", "detail": one_line(said, 500)}, 422)

    @app.exception_handler(HTTPException)
    async def missing(_: Any, error: HTTPException) -> JSONResponse:
        names = {404: "NotFound", 405: "MethodNotAllowed"}
        content = {"error": names.get(error.status_code, "InputError"), "detail": error.detail}
        return JSONResponse(content, error.status_code, error.headers)


def _page() -> tuple[str, str]:
    """The page, and the policy by which a browser loads nothing but what belongs to it."""
    text = render("serve.html", dialects=[(d.name, d.title) for d in DIALECTS.values()])
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'sha256-{digest}'; connect-src 'self'; "
        "img-src blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return text, policy
