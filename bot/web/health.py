"""Whether a process lives and can do its work, for whoever starts processes and balances among them."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Response

from bot.bootstrap import Product
from bot.web.metrics import metrics_router


def health_router(product: Product) -> APIRouter:
    """Return /health/live and /health/ready."""
    router = APIRouter()

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "live"}

    @router.get("/health/ready")
    async def ready(response: Response) -> dict[str, bool]:
        """Say whether messages can be answered: the database is current and the engine answers."""
        state = {"database": await product.database.is_current(), "engine": await (await product.engine.client()).is_ready()}
        response.status_code = 200 if all(state.values()) else 503
        return state

    return router


def watch_app(product: Product) -> FastAPI:
    """Return what a process without pages answers: its health and its metrics, and nothing else."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(health_router(product))
    app.include_router(metrics_router(product))
    return app
