"""What a profile says of order classes: their placement and the rules of each mode."""

from typing import Literal, get_args

from pydantic import Field, model_validator

from app.planning.profile_values import Count, Levels, Part, Positive, Share, Words


class Placement(Part):
    class_size_min: Positive
    class_size_max: Positive
    fit_floor: Share
    unmet_weight: Positive
    fit_weight: Count
    distance_weight: Count
    """Cost per head and 10 km."""
    seat_share: Share
    """Largest share of an offering's seats that order classes may take."""
    partnership_weight: Count
    """What an existing partnership of full strength saves per head …"""
    preference_weight: Count
    """… and the wish of the enterprise for the school, or of the school for the enterprise, each."""
    enterprise_share: Share
    """Most of an offering's seats that one enterprise may hold while another lacks a class there."""
    priority_certified: Positive
    priority_cultivated: Positive
    """Factors, 1 at least, on the cost of unmet heads of integration enterprises 产教融合型企业: certified, in the making."""
    priority_focus: Positive
    """The same for postings in the industries of favoured groups."""

    @model_validator(mode="after")
    def _priorities(self) -> "Placement":
        for name in ("priority_certified", "priority_cultivated", "priority_focus"):
            if getattr(self, name).value < 1:
                raise ValueError(f"{name} 不应小于 1")
        return self

    @model_validator(mode="after")
    def _sizes(self) -> "Placement":
        if self.class_size_min.value > self.class_size_max.value:
            raise ValueError("class_size_min 不应大于 class_size_max")
        return self


class Recruiters(Part):
    value: Literal["school", "enterprise", "both"]
    source: str = Field(min_length=2)


class YesNo(Part):
    value: bool = Field(strict=True)
    source: str = Field(min_length=2)


class OrderClassMode(Part):
    """Rules of one mode 培养方式; see order_class_modes.py."""

    recruits: Recruiters
    """Who chooses the students."""
    placed: YesNo
    """Whether classes are placed for it; recruiting opens none."""
    takes_seats: YesNo
    """Whether its students hold seats of the intake; interns are there already, and apprentices of a firm its staff."""
    levels: Words
    """Levels of the offerings that may run it."""
    class_size_min: Positive
    class_size_max: Positive
    students_per_enterprise_teacher: Count
    """Students whom one teacher of the enterprise may guide; 0 where none is needed."""
    school_teachers_per_class: Count
    """Teachers of the school that a class needs, less those the enterprise brings."""
    staff_share: Share | None = None
    """Most students as a share of the enterprise's staff."""
    places_per_student: Count | None = None
    """Workplaces the enterprise offers for each student at least."""

    @model_validator(mode="after")
    def _sizes(self) -> "OrderClassMode":
        if self.class_size_min.value > self.class_size_max.value:
            raise ValueError("class_size_min 不应大于 class_size_max")
        if unknown := set(self.levels.value) - set(get_args(Levels)):
            raise ValueError(f"levels 有不认识的层次 {'、'.join(sorted(unknown))}")
        return self


class OrderClasses(Part):
    order_class: OrderClassMode
    modern_apprenticeship: OrderClassMode
    enterprise_apprenticeship: OrderClassMode
    internship: OrderClassMode
    recruitment: OrderClassMode
