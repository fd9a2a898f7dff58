"""All resources under /v1."""

from fastapi import APIRouter

from app.api import (
    apprenticeships,
    balance,
    batches,
    feedback,
    focus_areas,
    indicators,
    industries,
    match,
    meta,
    occupations,
    offerings,
    openings,
    pathways,
    placements,
    portfolio,
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
    indicators,
    recommendations,
    portfolio,
    openings,
    reviews,
    placements,
    pathways,
    apprenticeships,
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
