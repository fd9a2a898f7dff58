"""The application: wiring only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline

from app.api import health, openapi, problems
from app.api.body_limit import BodyLimit
from app.api.conditional import Conditional
from app.api.meta import VERSION
from app.api.router import router
from app.console import PATH, UPLOADS, mount
from app.database import make_engine, session_factory
from app.ingest.uploads import LARGEST_UPLOAD
from app.runs.embeddings import configured
from app.settings import Settings, get_settings

LARGEST_BODY = 256 * 1024
LARGER_BODIES = {
    "/v1/batches": LARGEST_UPLOAD,
    "/v1/column-proposals": LARGEST_UPLOAD,
    "/v1/feedback": 4 * 1024 * 1024,
    "/v1/postings/batch": 4 * 1024 * 1024,
    "/v1/postings/file": 16 * 1024 * 1024,
    "/v1/quarantine/import": 64 * 1024 * 1024,
    UPLOADS: LARGEST_UPLOAD,
}


def create_app(settings: Settings | None = None, *, console: bool = True) -> FastAPI:
    """The service on the configured database, which `chanjiao serve` has brought to the current revision.

    A process can have one console; for more services in it, `console=False`.
    """
    chosen = settings or get_settings()
    engine = make_engine(chosen.resolved_database_url)
    layer = configured(chosen, engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        if layer is not None:
            layer.close()
        engine.dispose()

    app = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        title=openapi.TITLE,
        version=VERSION,
        description=openapi.DESCRIPTION,
        openapi_tags=openapi.TAGS,
        generate_unique_id_function=_operation_id,
        lifespan=lifespan,
    )
    app.state.engine = engine
    app.state.sessions = session_factory(engine)
    app.state.embedding = layer
    app.state.sources_file = chosen.resolved_sources_file
    app.add_middleware(Conditional)
    app.add_middleware(BodyLimit, largest=LARGEST_BODY, larger=LARGER_BODIES)
    problems.install(app)
    app.include_router(router)
    app.include_router(health.router)
    home = f"{PATH}/" if console else "/docs"
    app.add_api_route("/", lambda: RedirectResponse(home), include_in_schema=False)
    openapi.describe(app)
    if console:
        mount(app, app.state.sessions, chosen.resolved_sources_file)
    return app


def _operation_id(route: APIRoute) -> str:
    return route.name
