"""Modes of order classes: what each asks of a posting, under the rules of a profile."""

from dataclasses import replace

import pytest

from app.errors import InvalidInputError
from app.planning.order_class_modes import ModeAsk, class_terms, mode_faults
from app.planning.profile_order_classes import OrderClasses
from app.runs.profiles import load_profile


@pytest.fixture(scope="module")
def rules() -> OrderClasses:
    return load_profile("shanghai").order_classes


def test_sizes_are_those_of_the_mode_unless_the_posting_asks_for_larger_ones(rules: OrderClasses) -> None:
    ask = ModeAsk("order_class", 60)
    assert (class_terms(ask, rules).class_size_min, class_terms(ask, rules).class_size_max) == (15, 50)
    assert class_terms(replace(ask, class_size_min=25), rules).class_size_min == 25
    assert class_terms(replace(ask, class_size_min=5), rules).class_size_min == 15
    assert class_terms(replace(ask, class_size_max=30), rules).class_size_max == 30
    assert class_terms(replace(ask, class_size_min=60), rules).class_size_max == 60
    assert class_terms(ModeAsk("internship", 3), rules).class_size_min == 1


def test_interns_and_staff_who_train_hold_no_seats_and_recruiting_opens_no_class(rules: OrderClasses) -> None:
    def terms(mode: str) -> tuple[bool, bool, str]:
        found = class_terms(ModeAsk(mode, 30), rules)
        return found.placed, found.takes_seats, found.recruits

    assert terms("order_class") == (True, True, "both")
    assert terms("modern_apprenticeship") == (True, True, "both")
    assert terms("enterprise_apprenticeship") == (True, False, "enterprise")
    assert terms("internship") == (True, False, "school")
    assert terms("recruitment")[0] is False


def test_apprentices_need_teachers_of_the_enterprise(rules: OrderClasses) -> None:
    ask = ModeAsk("modern_apprenticeship", 40)
    assert (
        mode_faults(ask, rules) == () and class_terms(ask, rules).heads == 40
    )  # it does not say: nothing is held
    (fault,) = mode_faults(replace(ask, teachers=1), rules)
    assert fault.code == "teachers" and "需要 4 人" in fault.text
    some = class_terms(replace(ask, teachers=2), rules)
    assert some.heads == 20 and "只够 20 人" in some.limits[0]
    assert class_terms(replace(ask, teachers=4), rules).limits == ()


def test_teachers_that_the_enterprise_brings_spare_those_of_the_school(rules: OrderClasses) -> None:
    ask = ModeAsk("order_class", 100)
    assert class_terms(ask, rules).teachers_per_class == 2
    assert (
        class_terms(replace(ask, teachers=2), rules).teachers_per_class == 1
    )  # two classes, one teacher each
    assert class_terms(replace(ask, teachers=9), rules).teachers_per_class == 0


def test_interns_are_a_share_of_the_staff_and_each_has_a_place(rules: OrderClasses) -> None:
    ask = ModeAsk("internship", 30)
    assert class_terms(replace(ask, staff=200), rules).heads == 20
    assert class_terms(replace(ask, places=12), rules).heads == 12
    assert [fault.code for fault in mode_faults(replace(ask, staff=5, places=0), rules)] == [
        "staff",
        "places",
    ]


def test_faults_say_what_to_do(rules: OrderClasses) -> None:
    faults = mode_faults(ModeAsk("order_class", 0, class_size_min=40, class_size_max=30), rules)
    assert [fault.code for fault in faults] == ["heads", "class_size"]
    assert all(fault.remedy for fault in faults)
    with pytest.raises(InvalidInputError, match="冠名") as caught:
        class_terms(ModeAsk("冠名", 10), rules)
    assert "order_class" in str(caught.value.remedy)
