"""Small rows for tests of the planning core: everything has a value, a test names only what it is about."""

from typing import Any

from app.planning.cells import DemandCell, FigureRow, ForecastRow, PostingRow
from app.planning.plans import PlanRow
from app.planning.profile import Profile
from app.planning.rates import OutcomeRow
from app.planning.supply import CampusRow, RegisterRow
from app.runs.profiles import load_profile

PROFILE = load_profile("shanghai")
SCHOOL, LEVEL = "4131010255", "bachelor"


def profile(**changes: float) -> Profile:
    """The Shanghai profile with numbers changed by `part__name`."""
    data = PROFILE.model_dump()
    for path, value in changes.items():
        part, name = path.split("__")
        data[part][name]["value"] = value
    return Profile.model_validate(data)


def plan(*codes: str, seats: int = 30, **changes: Any) -> PlanRow:
    values: dict[str, Any] = {
        "school_code": SCHOOL,
        "year": 2025,
        "province": "上海",
        "level": LEVEL,
        "program_codes": codes,
        "class_code": None,
        "plan": seats,
        "campus": "",
        "batch_id": "b1",
        "simulated": False,
        "row": 1,
    }
    return PlanRow(**{**values, **changes})


def register(code: str, **changes: Any) -> RegisterRow:
    values: dict[str, Any] = {
        "school_code": SCHOOL,
        "level": LEVEL,
        "program_code": code,
        "batch_id": "r1",
        "simulated": False,
    }
    return RegisterRow(**{**values, **changes})


def outcome(code: str, year: int = 2025, **changes: Any) -> OutcomeRow:
    values: dict[str, Any] = {
        "school_code": SCHOOL,
        "level": LEVEL,
        "program_code": code,
        "year": year,
        "registration_rate": None,
        "completion_rate": None,
        "destination_rate": None,
        "matched_rate": None,
        "retention_rate": None,
        "batch_id": "o1",
        "simulated": True,
    }
    return OutcomeRow(**{**values, **changes})


def campus(name: str, district: str, *, main: bool = False) -> CampusRow:
    return CampusRow(SCHOOL, name, district, main, True)


def forecast(industry: str | None, central: float, **changes: Any) -> ForecastRow:
    values: dict[str, Any] = {
        "industry_code": industry,
        "occupation_code": None,
        "level": LEVEL,
        "region": "310000",
        "year": 2028,
        "low": central * 0.8,
        "central": central,
        "high": central * 1.2,
        "source": "预测",
        "batch_id": "f1",
        "row": 1,
        "simulated": False,
    }
    return ForecastRow(**{**values, **changes})


def figure(codes: tuple[str, ...], central: float, **changes: Any) -> FigureRow:
    values: dict[str, Any] = {
        "item": "集成电路",
        "indicator": "人才缺口",
        "measure": "gap",
        "region": "100000",
        "year": 2025,
        "low": central,
        "central": central,
        "high": central,
        "industry_codes": codes,
        "occupation_codes": (),
        "source": "白皮书",
        "batch_id": "d1",
        "row": 1,
        "simulated": False,
    }
    return FigureRow(**{**values, **changes})


def posting(id: str, heads: int, **changes: Any) -> PostingRow:
    values: dict[str, Any] = {
        "id": id,
        "title": "工程师",
        "level": LEVEL,
        "heads": heads,
        "mode": "recruitment",
        "district_code": None,
        "industry_code": None,
        "occupation_code": None,
        "enterprise": "示例",
        "class_size_min": None,
        "batch_id": "p1",
        "row": 1,
        "simulated": False,
    }
    return PostingRow(**{**values, **changes})


def cell(key: str, central: float, **changes: Any) -> DemandCell:
    values: dict[str, Any] = {
        "key": key,
        "kind": "forecast",
        "industry_codes": (),
        "occupation_code": None,
        "posting_id": None,
        "level": LEVEL,
        "low": central * 0.5,
        "central": central,
        "high": central * 2,
        "source": "预测",
        "batch_id": "f1",
        "row": 1,
        "simulated": False,
    }
    return DemandCell(**{**values, **changes})
