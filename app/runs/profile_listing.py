"""Profiles as they are listed and shown: every number with what it is, its value and its source."""

from typing import Any

from app.planning.profile import Profile
from app.runs.profiles import load_profile, packaged_profiles

ASSUMPTION = "assumption"


def listed_profiles() -> list[dict[str, Any]]:
    """Name, title, version, region, digest and counts of numbers of every packaged profile."""
    return [described(load_profile(name)) for name in packaged_profiles()]


def described(profile: Profile) -> dict[str, Any]:
    numbers = profile_numbers(profile)
    return {
        "name": profile.name,
        "title": profile.title,
        "version": profile.version,
        "region": profile.region,
        "digest": profile.digest,
        "numbers": len(numbers),
        "assumptions": sum(ASSUMPTION in number["source"] for number in numbers),
    }


def profile_numbers(profile: Profile) -> list[dict[str, Any]]:
    """`key`, `value` and `source` of everything the profile states, in its order."""
    found: list[dict[str, Any]] = []

    def walk(part: Any, path: str) -> None:
        if isinstance(part, dict) and set(part) == {"value", "source"}:
            found.append({"key": path, **part})
        elif isinstance(part, dict):
            for key, inner in part.items():
                walk(inner, f"{path}.{key}" if path else str(key))

    walk(profile.model_dump(mode="json"), "")
    return found
