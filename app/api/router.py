"""All resources under /v1."""

from fastapi import APIRouter

from app.api import (
    balance,
    batches,
    feedback,
    focus_areas,
    industries,
    match,
    meta,
    occupations,
    offerings,
    pathways,
    placements,
    postings,
    programs,
    publications,
    recommendations,
    reviews,
    runs,
    scenarios,
    schools,
)

router = APIRouter(prefix="/v1")
for resource in (
    programs,
    occupations,
    industries,
    focus_areas,
    schools,
    offerings,
    balance,
    recommendations,
    reviews,
    placements,
    pathways,
    postings,
    match,
    feedback,
    scenarios,
    publications,
    runs,
    batches,
    meta,
):
    router.include_router(resource.router)
