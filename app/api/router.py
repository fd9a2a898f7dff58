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
    portfolio,
    postings,
    programs,
    publications,
    recommendations,
    runs,
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
    portfolio,
    placements,
    pathways,
    postings,
    match,
    feedback,
    publications,
    runs,
    batches,
    meta,
):
    router.include_router(resource.router)
