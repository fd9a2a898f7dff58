"""Which programs serve which group of the pilot plan: what is protected and favoured rests on this."""

import pytest

from app.reference import load_reference

R = load_reference()
GROUPS = {group.id: group for group in R.industry_groups}


def served(group: str) -> set[str]:
    return {program.name for program in R.programs if GROUPS[group].serves(program)}


@pytest.mark.parametrize(
    ("group", "in_it", "not_in_it"),
    [
        ("integrated_circuits", ("微电子科学与工程", "集成电路技术"), ("电子商务",)),
        ("artificial_intelligence", ("人工智能", "智能科学与技术"), ("智能建造",)),
        (
            "biomedicine",
            ("药学", "制药工程", "生物制药技术"),
            ("动物药学", "化妆品经营与管理", "精细化工", "涂料工程"),
        ),
        ("aerospace", ("飞行器设计与工程", "飞机机电设备维修"), ("空中乘务", "民航运输服务", "航空物流管理")),
        (
            "advanced_manufacturing",
            ("机械工程", "数控技术", "新能源汽车技术"),
            ("邮政工程", "汽车维修工程教育"),
        ),
        (
            "information_services",
            ("软件工程", "物联网工程"),
            ("网络营销与直播电商", "数字印刷技术", "酒店管理与数字化运营"),
        ),
        ("business_services", ("人力资源管理", "会展经济与管理"), ("旅游管理",)),
        (
            "research_services",
            ("测控技术与仪器", "检验检测技术与管理"),
            ("汽车检测与维修技术", "医学检验技术"),
        ),
        ("cultural_creative", ("动画", "数字媒体艺术", "文化产业管理"), ("美容美体艺术",)),
        (
            "health",
            ("护理", "临床医学", "康复治疗技术", "中医学"),
            ("动物医学", "法医学", "中兽医学", "食品营养与健康"),
        ),
        ("elderly_care", ("智慧健康养老服务与管理",), ("护理",)),
        ("childcare", ("学前教育", "婴幼儿托育服务与管理"), ("小学教育",)),
        ("domestic_service", ("现代家政服务与管理",), ("社区矫正",)),
    ],
)
def test_a_group_has_its_programs_and_no_others(
    group: str, in_it: tuple[str, ...], not_in_it: tuple[str, ...]
) -> None:
    for name in (*in_it, *not_in_it):
        assert R.programs.named(name), name
    assert set(in_it) <= served(group)
    assert served(group).isdisjoint(not_in_it)


def test_each_word_of_a_group_is_a_class_or_in_the_name_of_a_program() -> None:
    classes = {program.class_name for program in R.programs}
    for group in R.industry_groups:
        for word in (*group.program_keywords, *group.program_exceptions):
            if word.endswith("类"):
                assert word in classes, (group.id, word)
            else:
                assert any(word in program.name for program in R.programs), (group.id, word)


def test_no_program_of_animals_or_crime_is_protected() -> None:
    protected = {
        program.name for program in R.programs for g in R.industry_groups if g.protected and g.serves(program)
    }
    assert not {
        name for name in protected if any(word in name for word in ("兽", "动物", "犯罪", "法医", "矫正"))
    }
