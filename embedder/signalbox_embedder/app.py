"""The HTTP side: the protocol of Weaviate's text2vec-transformers module, and a route of our own for many texts.

Errors are `{ "error": "..." }` with the status that says what kind, which is where Weaviate looks for the reason.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import __version__
from .batcher import Batcher, Overloaded, Stopping, Vector
from .encoder import Encoder
from .metrics import Metrics
from .settings import Settings

log = logging.getLogger("embedder")

#: Up to this many characters tokenizing takes less than a change of thread.
INLINE_CHARACTERS = 2_000


class Config(BaseModel):
    """What Weaviate says about a text. This model has one way of pooling and makes no difference between queries and passages."""

    model_config = ConfigDict(extra="ignore")
    pooling_strategy: str | None = None
    task_type: str | None = None
    dimensions: int | None = None


Shape = TypeVar("Shape", bound=BaseModel)
Result = TypeVar("Result")


class VectorRequest(BaseModel):
    # Weaviate also sends the empty fields of its answer.
    model_config = ConfigDict(extra="ignore")
    text: str
    config: Config | None = None


class BatchRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")
    texts: Annotated[list[str], Field(min_length=1)]


class Refused(Exception):
    def __init__(self, status: int, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after = retry_after


def answer(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    content = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(content, status_code=status, headers=headers, media_type="application/json")


async def while_connected(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """What `work` returns. Cancels it and raises ClientDisconnect when the client goes away: nobody reads its answer."""

    async def gone() -> None:
        # The body has been read, so that there is nothing else to come.
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working, going = asyncio.create_task(work), asyncio.create_task(gone())
    try:
        await asyncio.wait((working, going), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        working.cancel()
        going.cancel()


class Observe:
    """Counts and times every request. Plain ASGI: Starlette's own kind of middleware takes a task and a stream for each."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, routes: frozenset[str]) -> None:
        self.app = app
        self.metrics = metrics
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        status = 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note_status)
        except ClientDisconnect:
            # Nobody is there to get an answer; this is what nginx calls it.
            status = 499
        finally:
            seconds = time.perf_counter() - begun
            path = scope["path"].removesuffix("/")
            route = path if path in self.routes else "other"
            self.metrics.requests.labels(route, str(status)).inc()
            self.metrics.request_seconds.labels(route).observe(seconds)
            level = logging.WARNING if status == 503 else logging.DEBUG
            log.log(level, "request", extra={"route": route, "status": status, "seconds": round(seconds, 4)})


def create_app(settings: Settings) -> FastAPI:
    """Loads the model at once, so that whoever gets an application can use it."""
    started = time.monotonic()
    encoder = Encoder(text_tokens=settings.text_tokens)
    metrics = Metrics()
    # The first run of a graph allocates what later ones use.
    encoder.vectors([tokens.ids for tokens in encoder.tokenize(["ready"])])

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        batcher = Batcher(
            encoder.vectors,
            lanes=settings.lanes,
            window_ms=settings.window_ms,
            batch_tokens=settings.batch_tokens,
            queue_tokens=settings.queue_tokens,
            metrics=metrics,
        )
        metrics.gauge("waiting_texts", "Texts in the queue", lambda: batcher.waiting_texts)
        metrics.gauge("waiting_tokens", "Tokens in the queue", lambda: batcher.waiting_tokens)
        app.state.batcher = batcher
        seconds = round(time.monotonic() - started, 3)
        log.info("ready", extra={"model": encoder.model.name, "lanes": settings.lanes, "seconds": seconds})
        yield
        log.info("stopping", extra={"waiting": batcher.waiting_texts})
        app.state.batcher = None
        await batcher.stop()
        log.info("stopped")

    app = FastAPI(title="Signalbox embedder", version=__version__, lifespan=life, docs_url=None, redoc_url=None)
    app.state.batcher = None

    async def read_body(request: Request) -> bytes:
        """Counted while it comes: what is too large is not kept."""
        limit = settings.request_bytes
        too_large = Refused(413, f"The body may have {limit} bytes.")
        declared = request.headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > limit:
            raise too_large
        parts, size = [], 0
        async for part in request.stream():
            size += len(part)
            if size > limit:
                raise too_large
            parts.append(part)
        return b"".join(parts)

    async def parse(request: Request, shape: type[Shape]) -> Shape:
        body = await read_body(request)
        try:
            return shape.model_validate_json(body)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_context=False, include_input=False)[0]
            if problem["type"] == "json_invalid":
                raise Refused(400, "The body is not JSON in UTF-8.") from None
            path = "/".join(str(part) for part in problem["loc"])
            raise Refused(422, f"/{path}: {problem['msg']}") from None

    async def embed(request: Request, texts: list[str]) -> tuple[list[Vector], list[int]]:
        """Vectors, and the indexes of the texts of which only the beginning counted."""
        batcher: Batcher | None = app.state.batcher
        if batcher is None:
            raise Refused(503, "The service is being stopped.", retry_after=1)
        if sum(map(len, texts)) <= INLINE_CHARACTERS:
            tokens = encoder.tokenize(texts)
        else:
            tokens = await asyncio.to_thread(encoder.tokenize, texts)
        truncated = [index for index, text in enumerate(tokens) if text.truncated]
        try:
            vectors = await while_connected(request, batcher.vectors([text.ids for text in tokens]))
        except Overloaded as full:
            raise Refused(503, str(full), retry_after=full.retry_after) from None
        except Stopping:
            raise Refused(503, "The service is being stopped.", retry_after=1) from None
        metrics.truncated.inc(len(truncated))
        return vectors, truncated

    @app.get("/.well-known/live", status_code=204)
    async def live() -> Response:
        return Response(status_code=204)

    @app.get("/.well-known/ready", status_code=204)
    async def ready() -> Response:
        return Response(status_code=204 if app.state.batcher is not None else 503)

    @app.get("/meta")
    async def meta() -> Response:
        return answer(
            {
                "model": encoder.model.name,
                "modelVersion": encoder.model.version,
                "dim": encoder.dim,
                "pooling": "masked_mean",
                "normalized": True,
                "maxTokens": settings.text_tokens,
                "maxTexts": settings.request_texts,
                "version": __version__,
            }
        )

    @app.get("/metrics")
    async def show_metrics() -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.post("/vectors")
    @app.post("/vectors/", include_in_schema=False)
    async def vector(request: Request) -> Response:
        wanted = await parse(request, VectorRequest)
        config = wanted.config or Config()
        if config.pooling_strategy not in (None, "", "masked_mean"):
            raise Refused(422, f"/config/pooling_strategy: this model pools by masked_mean, not {config.pooling_strategy!r:.40}")
        if config.dimensions not in (None, encoder.dim):
            raise Refused(422, f"/config/dimensions: this model has {encoder.dim}, not {config.dimensions}")
        vectors, truncated = await embed(request, [wanted.text])
        headers = {"x-truncated": "true"} if truncated else None
        return answer({"text": wanted.text, "vector": vectors[0], "dim": encoder.dim}, headers=headers)

    @app.post("/vectors/batch")
    async def batch(request: Request) -> Response:
        wanted = await parse(request, BatchRequest)
        if len(wanted.texts) > settings.request_texts:
            raise Refused(422, f"/texts: at most {settings.request_texts} texts, not {len(wanted.texts)}")
        vectors, truncated = await embed(request, wanted.texts)
        return answer({"vectors": vectors, "dim": encoder.dim, "model": encoder.model.name, "truncated": truncated})

    routes = frozenset(route.path for route in app.routes if hasattr(route, "path"))
    app.add_middleware(Observe, metrics=metrics, routes=routes)

    @app.exception_handler(Refused)
    async def refused(_: Request, error: Refused) -> Response:
        headers = None if error.retry_after is None else {"retry-after": str(error.retry_after)}
        return answer({"error": error.message}, status=error.status, headers=headers)

    @app.exception_handler(HTTPException)
    async def known(_: Request, error: HTTPException) -> Response:
        return answer({"error": str(error.detail)}, status=error.status_code, headers=dict(error.headers or {}))

    @app.exception_handler(Exception)
    async def unknown(_: Request, error: Exception) -> Response:
        log.error("failed", exc_info=error)
        return answer({"error": "The service failed; its log says how."}, status=500)

    return app
