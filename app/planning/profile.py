"""Profiles 政策参数: the thresholds and weights of one jurisdiction. Every number states where it comes from."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError

from app.errors import ProfileError
from app.planning.profile_balance import Allocation, Demand, Supply, Uncertainty
from app.planning.profile_order_classes import OrderClasses, Placement
from app.planning.profile_registers import BulletinTags, Partnerships
from app.planning.profile_rules import Actions, Limits, Portfolio, Readiness, WarningList
from app.planning.profile_values import Count, Part, Positive


class Pathways(Part):
    target_secondary_higher: Count
    target_secondary_bachelor: Count
    target_higher_bachelor: Count
    target_apprenticeships: Count
    apprenticeships_per_posting: Positive
    """Offerings kept as candidates for a modern apprenticeship with one posting."""
    per_program: Positive


class Review(Part):
    """How long the decisions of reviewers hold."""

    figure_change: Positive
    """Relative change of a program's demand or supply above which a rejected action may be proposed again."""


class Profile(Part):
    """All rules of one jurisdiction."""

    name: str
    title: str
    version: str = Field(pattern=r"^\d+(\.\d+)*$")
    """Of the rules, as their keeper counts: a change of numbers is a new version; the digest tells any change."""
    region: str = Field(pattern=r"^\d{6}$")
    favoured_groups: tuple[str, ...]
    protected_groups: tuple[str, ...]
    supply: Supply
    demand: Demand
    allocation: Allocation
    uncertainty: Uncertainty
    actions: Actions
    portfolio: Portfolio
    readiness: Readiness
    limits: Limits = Limits()
    warning_list: WarningList | None = None
    placement: Placement
    order_classes: OrderClasses
    partnerships: Partnerships
    bulletin_tags: BulletinTags
    pathways: Pathways
    review: Review

    @property
    def digest(self) -> str:
        """SHA-256 of all values and sources."""
        return hashlib.sha256(
            json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False).encode()
        ).hexdigest()


def parse_profile(data: Mapping[str, Any]) -> Profile:
    """Check a profile read from TOML. Raises ProfileError naming every key that is missing, unknown or wrong."""
    try:
        return Profile.model_validate(data)
    except ValidationError as error:
        faults = "；".join(
            f"{'.'.join(map(str, fault['loc'])) or '整体'}：{_IN_WORDS.get(fault['type'], fault['msg'].removeprefix('Value error, '))}"
            for fault in error.errors()
        )
        raise ProfileError(
            f"政策参数不合要求：{faults}", remedy="请对照 app/data/profiles/shanghai.toml 修改"
        ) from error


_IN_WORDS = {
    "missing": "缺少",
    "extra_forbidden": "没有这个参数",
    "float_type": "不是数字",
    "string_type": "不是文字",
    "model_type": "应为 { value = …, source = … }",
    "dict_type": "应为一张表",
    "tuple_type": "应为列表",
}
