"""A profile states every number with its source; what is wrong is named."""

import json
import math
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from app.errors import ProfileError
from app.planning.profile import parse_profile
from app.runs.profile_listing import listed_profiles, profile_numbers
from app.runs.profiles import load_profile, packaged_profiles


def shanghai() -> dict[str, Any]:
    return tomllib.loads((files("app.data") / "profiles" / "shanghai.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", packaged_profiles())
def test_the_packaged_profiles_are_valid_and_have_a_digest(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name and len(profile.digest) == 64


def test_another_number_or_another_source_is_another_profile() -> None:
    one, two, three = shanghai(), shanghai(), shanghai()
    two["actions"]["shrink_above"]["value"] = 2
    three["actions"]["shrink_above"]["source"] = "某省办法"
    assert len({parse_profile(data).digest for data in (one, two, three)}) == 3


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("demand", "year"), None, "demand.year：缺少"),
        (("demand", "regional_share", "value"), 1.5, "demand.regional_share.value"),
        (("actions", "seat_step", "source"), None, "actions.seat_step.source：缺少"),
        (("actions", "seat_step", "value"), "many", "actions.seat_step.value：不是数字"),
        (("allocation", "surprise"), {"value": 1, "source": "x"}, "allocation.surprise：没有这个参数"),
        (("supply", "rates", "bachelor"), None, "bachelor"),
        (("allocation", "fit_floor", "value"), 0, "allocation：fit_floor"),
        (("allocation", "supply_pull", "value"), 1, "allocation：supply_pull"),
        (("actions", "seat_step", "value"), True, "actions.seat_step.value：不是数字"),
        (("actions", "seat_step", "value"), "5", "actions.seat_step.value：不是数字"),
        (("actions", "low_percentile", "value"), math.nan, "actions.low_percentile.value"),
        (("demand", "posting_weight", "value"), math.inf, "demand.posting_weight.value"),
        (("actions", "close_above", "value"), 2, "actions：suspend_above 不应大于 close_above"),
        (("actions", "favoured_tolerance", "value"), 0.5, "actions：favoured_tolerance"),
        (("placement", "class_size_min", "value"), 60, "placement：class_size_min"),
        (("portfolio",), None, "portfolio：缺少"),
        (("portfolio", "budget", "value"), -1, "portfolio.budget.value"),
        (("portfolio", "favoured_weight", "value"), 0.5, "portfolio：favoured_weight"),
        (("portfolio", "pooled_weight", "value"), 0.1, "portfolio：pooled_weight"),
        (("portfolio", "changed_share_least", "value"), 0.9, "portfolio：changed_share_least"),
        (("region",), "上海", "region"),
    ],
)
def test_a_wrong_profile_names_the_key(path: tuple[str, ...], value: object, said: str) -> None:
    data = shanghai()
    part = data
    for key in path[:-1]:
        part = part[key]
    if value is None:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    with pytest.raises(ProfileError, match=said.replace(".", r"\.")):
        parse_profile(data)


def numbers(part: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every number of a profile as read from TOML, with its path."""
    if isinstance(part, dict) and "value" in part:
        yield path, part
    elif isinstance(part, dict):
        for key, inner in part.items():
            yield from numbers(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(part, int | float):
        yield path, {"value": part}


@pytest.mark.parametrize("name", packaged_profiles())
def test_every_number_states_its_source(name: str) -> None:
    data = tomllib.loads((files("app.data") / "profiles" / f"{name}.toml").read_text("utf-8"))
    found = dict(numbers(data))
    assert len(found) > 40
    assert [path for path, number in found.items() if not number.get("source", "").strip()] == []


def test_all_faults_are_named_at_once() -> None:
    data = shanghai()
    del data["demand"]["year"], data["pathways"]["per_program"]
    with pytest.raises(ProfileError) as caught:
        parse_profile(data)
    assert "demand.year" in str(caught.value) and "pathways.per_program" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"version": None}, "version：缺少"),
        ({"version": "v-next"}, "version"),
        (
            {"limits": {"min_enrolment": {"bachelor": {"value": 5, "source": "某省"}}}},
            "min_enrolment_years 应同时给出",
        ),
        ({"limits": {"no_enrolment_years": {"value": 3, "source": "某省"}}}, "year_known_share"),
        (
            {"limits": {"max_programs": {"college": {"value": 5, "source": "某省"}}}},
            "limits.max_programs.college",
        ),
        ({"demand": {"overlap": {"value": "guess", "source": "某省"}}}, "demand.overlap.value"),
    ],
)
def test_a_wrong_version_limit_or_choice_is_named(changes: dict[str, Any], said: str) -> None:
    data = shanghai()
    for key, value in changes.items():
        if value is None:
            del data[key]
        elif isinstance(value, dict):
            data[key] = {**data.get(key, {}), **value}
        else:
            data[key] = value
    with pytest.raises(ProfileError, match=said.replace(".", r"\.")):
        parse_profile(data)


def test_profiles_are_listed_and_shown_with_every_source() -> None:
    listed = {each["name"]: each for each in listed_profiles()}
    assert set(listed) == set(packaged_profiles())
    numbers = {number["key"]: number for number in profile_numbers(load_profile("strict"))}
    assert len(numbers) == listed["strict"]["numbers"]
    assert numbers["limits.mean_enrolment.higher_vocational"]["value"] == 300
    assert "福建省 2023 年" in numbers["limits.mean_enrolment.higher_vocational"]["source"]
    assert all(number["source"] for number in numbers.values())
    assert listed["strict"]["assumptions"] < listed["strict"]["numbers"]


def test_the_command_lists_shows_and_checks(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from app.cli import app

    run = CliRunner().invoke
    assert json.loads(run(app, ["profiles", "list", "--json"]).stdout)["profiles"][0]["version"]
    assert json.loads(run(app, ["profiles", "show", "strict", "--json"]).stdout)["title"].startswith("从严")
    good = tmp_path / "mine.toml"
    good.write_text((files("app.data") / "profiles" / "strict.toml").read_text("utf-8"), "utf-8")
    assert json.loads(run(app, ["profiles", "check", str(good), "--json"]).stdout)["ok"]
    good.write_text(good.read_text("utf-8").replace("[limits]", "[limit]"), "utf-8")
    assert isinstance(run(app, ["profiles", "check", str(good)]).exception, ProfileError)
