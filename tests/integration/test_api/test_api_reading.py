"""The read side: what is listed, how it is filtered, named and paged."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from published_world import CIRCUITS, COMMUNICATION, COMPUTING, ENGINEERING, FUDAN, NURSING, TONGJI, World

LISTS = (
    "/v1/programs",
    "/v1/programs/bachelor/080703/fit",
    "/v1/offerings",
    "/v1/schools",
    "/v1/industries",
    "/v1/industries/C39/programs",
    "/v1/occupations",
    "/v1/occupations/2-02-10-03/programs",
    "/v1/balance",
    "/v1/balance/unmet",
    "/v1/recommendations",
    "/v1/order-classes/placements",
    "/v1/order-classes/unplaced",
    "/v1/order-classes/seat-prices",
    "/v1/order-classes/blocking-pairs",
    "/v1/pathways",
    "/v1/openings",
    "/v1/apprenticeships",
    "/v1/focus-areas",
)


def get(client: TestClient, path: str, **parameters: Any) -> dict[str, Any]:
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def column(body: dict[str, Any], *names: str) -> list[Any]:
    items = body["items"]
    return [item[names[0]] if len(names) == 1 else tuple(item[name] for name in names) for item in items]


@pytest.mark.parametrize("path", LISTS)
def test_every_item_names_its_run_and_the_things_its_codes_mean(
    client: TestClient, world: World, path: str
) -> None:
    body = get(client, path)
    assert body["run"] == world.run
    assert body["total"] >= len(body["items"]) > 0
    for item in body["items"]:
        assert item["run"] == world.run
        assert isinstance(item["simulated"], bool)
        for name, value in item.items():
            beside = name.removesuffix("_code") + "_name"
            if name.endswith("_code") and beside in item and value is not None:
                assert item[beside], f"{name} {value} has no name"


@pytest.mark.parametrize("path", ["/v1/recommendations", "/v1/offerings", "/v1/programs?q=工程&class=0807"])
def test_pages_put_together_are_the_whole_in_the_same_order(
    client: TestClient, world: World, path: str
) -> None:
    whole = client.get(path).json()["items"]
    assert len(whole) > 1
    answer = client.get(path + ("&" if "?" in path else "?") + "limit=2")
    collected = answer.json()["items"]
    while "next" in answer.links:
        answer = client.get(answer.links["next"]["url"])
        collected += answer.json()["items"]
    assert collected == whole
    assert client.get(answer.links["first"]["url"]).json()["items"] == whole[:2]
    assert client.get(answer.links["last"]["url"]).json()["items"][-1] == whole[-1]


def test_a_page_behind_the_end_is_empty_and_leads_back(client: TestClient, world: World) -> None:
    answer = client.get("/v1/recommendations", params={"limit": 2, "offset": 100})
    assert answer.json()["items"] == []
    assert answer.json()["total"] == 5
    assert len(client.get(answer.links["prev"]["url"]).json()["items"]) == 1


def test_programs_are_filtered_by_level_class_category_and_words(client: TestClient, world: World) -> None:
    assert get(client, "/v1/programs")["total"] == 2553
    assert set(column(get(client, "/v1/programs", level="高职", limit=500), "level")) == {"higher_vocational"}
    by_code = get(client, "/v1/programs", **{"class": "0807"}, limit=500)
    by_name = get(client, "/v1/programs", **{"class": "电子信息类"}, level="本科", limit=500)
    assert column(by_code, "program_code") == column(by_name, "program_code")
    assert set(column(by_code, "class_name")) == {"电子信息类"}
    both = get(client, "/v1/programs", q="集成 系统", level="bachelor")
    assert (CIRCUITS, "集成电路设计与集成系统") in column(both, "program_code", "program_name")
    medical = get(client, "/v1/programs", category="医药卫生大类", limit=500)
    assert set(column(medical, "category_code")) == {"32", "52", "72"}


def test_programs_carry_what_schools_offer(client: TestClient, world: World) -> None:
    offered = get(client, "/v1/programs", offered=True)
    assert set(column(offered, "program_code", "offerings", "seats", "simulated")) == {
        (COMPUTING, 2, 200.0, False),
        (COMMUNICATION, 2, 60.0, True),
        (CIRCUITS, 1, 45.0, False),
        ("510301", 1, 30.0, False),
    }


def test_a_program_has_its_contents_balance_and_schools(client: TestClient, world: World) -> None:
    body = get(client, "/v1/programs/本科/080901")
    assert body["program_name"] == "计算机科学与技术"
    assert body["balance"]["gap"] == 300.0
    assert body["balance"]["evidence"][0]["industries"] == [
        {"code": "C39", "name": "计算机、通信和其他电子设备制造业"}
    ]
    assert [school["school_code"] for school in body["schools"]] == [FUDAN, TONGJI]
    vocational = get(client, "/v1/programs/higher_vocational/510301")
    assert "通信工程" in vocational["continues_to"]
    assert vocational["core_courses"]
    assert vocational["occupations"][0]["name"]


def test_the_same_digits_are_different_programs_at_different_levels(client: TestClient, world: World) -> None:
    assert get(client, "/v1/programs/bachelor/080703")["level_name"] == "普通本科"
    assert client.get("/v1/programs/higher_vocational/080703").status_code == 404


def test_fits_of_a_program_come_by_kind_and_rank(client: TestClient, world: World) -> None:
    body = get(client, "/v1/programs/bachelor/080703/fit")
    assert column(body, "target_kind", "target_code", "rank") == [
        ("industry", "C39", 1),
        ("industry", "C392", 2),
        ("posting", world.posting, 1),
    ]
    assert body["items"][2]["target_name"] == "通信工程师订单班"
    assert body["items"][2]["simulated"] is True
    assert get(client, "/v1/programs/bachelor/080703/fit", kind="posting")["total"] == 1


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("C39", [(COMMUNICATION, "C39"), (COMPUTING, "C39"), ("510301", "C39")]),
        ("39", [(COMMUNICATION, "C39"), (COMPUTING, "C39"), ("510301", "C39")]),
        ("C", [(COMMUNICATION, "C39"), (COMPUTING, "C39"), ("510301", "C39"), (NURSING, "C27")]),
        ("C3921", [(COMMUNICATION, "C392")]),
        ("A", []),
    ],
)
def test_programs_that_fit_an_industry_at_any_level_of_the_classification(
    client: TestClient, world: World, code: str, expected: list[tuple[str, str]]
) -> None:
    body = get(client, f"/v1/industries/{code}/programs")
    assert column(body, "program_code", "target_code") == expected


def test_programs_that_fit_can_be_limited_to_a_level_and_to_what_is_offered(
    client: TestClient, world: World
) -> None:
    bachelor = get(client, "/v1/industries/C/programs", level="本科")
    assert column(bachelor, "program_code") == [COMMUNICATION, COMPUTING, NURSING]
    offered = get(client, "/v1/industries/C/programs", level="本科", offered=True)
    assert column(offered, "program_code", "seats") == [(COMMUNICATION, 60.0), (COMPUTING, 200.0)]


def test_industries_and_occupations_are_found_by_place_and_words(client: TestClient, world: World) -> None:
    assert column(get(client, "/v1/industries", parent="C39"), "parent_code") == ["C39"] * 9
    assert get(client, "/v1/industries", level="section")["total"] == 20
    assert "I652" in column(get(client, "/v1/industries", q="集成电路"), "code")
    assert get(client, "/v1/industries/3963")["ancestors"][-1] == {"code": "C", "name": "制造业"}
    under = get(client, "/v1/occupations", under="2-02-10")
    assert set(column(under, "minor_code")) == {"2-02-10"}
    occupation = get(client, "/v1/occupations/2-02-10-03")
    assert all(program["program_name"] for program in occupation["programs"])


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"school": FUDAN}, [(FUDAN, COMPUTING)]),
        ({"school": "10246"}, [(FUDAN, COMPUTING)]),
        ({"school": "复旦大学"}, [(FUDAN, COMPUTING)]),
        ({"level": "大专"}, [(ENGINEERING, "510301")]),
        ({"program": "计算机科学与技术"}, [(FUDAN, COMPUTING), (TONGJI, COMPUTING)]),
        (
            {"class": "0807", "school": ENGINEERING},
            [(ENGINEERING, COMMUNICATION), (ENGINEERING, CIRCUITS)],
        ),
        (
            {"district": "松江", "level": "bachelor"},
            [(ENGINEERING, COMMUNICATION), (ENGINEERING, CIRCUITS)],
        ),
        ({"simulated": "true"}, [(TONGJI, COMMUNICATION), (ENGINEERING, COMMUNICATION)]),
        ({"program": NURSING}, []),
    ],
)
def test_offerings_by_school_level_program_class_and_district(
    client: TestClient, world: World, parameters: dict[str, str], expected: list[tuple[str, str]]
) -> None:
    body = get(client, "/v1/offerings", **parameters)
    assert column(body, "school_code", "program_code") == expected
    assert body["total"] == len(expected)


def test_an_offering_tells_what_the_run_says_about_it(client: TestClient, world: World) -> None:
    body = get(client, f"/v1/offerings/10856/bachelor/{COMMUNICATION}")
    assert (body["campus"], body["district_name"], body["seats"]) == ("松江校区", "松江区", 60.0)
    assert [each["posting_title"] for each in body["placements"]] == ["通信工程师订单班"]
    missing = client.get(f"/v1/offerings/10856/bachelor/{NURSING}")
    assert missing.status_code == 404
    assert "上海工程技术大学" in missing.json()["detail"]


def test_schools_count_their_offerings_and_actions(client: TestClient, world: World) -> None:
    body = get(client, "/v1/schools", offering=True)
    assert set(column(body, "school_name", "offerings", "seats")) == {
        ("复旦大学", 1, 120.0),
        ("同济大学", 2, 80.0),
        ("上海工程技术大学", 3, 135.0),
    }
    assert get(client, "/v1/schools")["total"] == 69
    school = get(client, "/v1/schools/10856")
    assert school["actions"] == {"open": 1, "keep": 2}
    assert [each["name"] for each in school["districts"]] == ["松江区"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("-gap", [COMPUTING, "510301", COMMUNICATION, CIRCUITS]),
        ("gap", [CIRCUITS, COMMUNICATION, "510301", COMPUTING]),
        ("-ratio", [COMMUNICATION, "510301", COMPUTING, CIRCUITS]),
        ("ratio", [COMPUTING, "510301", COMMUNICATION, CIRCUITS]),
        ("-supply", [COMPUTING, COMMUNICATION, CIRCUITS, "510301"]),
    ],
)
def test_balances_are_sorted_and_programs_without_a_ratio_come_last(
    client: TestClient, world: World, sort: str, expected: list[str]
) -> None:
    assert column(get(client, "/v1/balance", sort=sort), "program_code") == expected


def test_balances_are_filtered_by_level_class_and_category(client: TestClient, world: World) -> None:
    assert column(get(client, "/v1/balance", level="高职"), "program_code") == ["510301"]
    assert column(get(client, "/v1/balance", **{"class": "计算机类"}), "program_code") == [COMPUTING]
    assert get(client, "/v1/balance", category="08")["total"] == 3
    assert column(get(client, "/v1/balance"), "gap")[0] == 300.0
    assert column(get(client, "/v1/balance"), "simulated")[-1] is False


def test_unmet_demand_by_industry_and_level(client: TestClient, world: World) -> None:
    assert column(get(client, "/v1/balance/unmet"), "unmet") == [80.0, 50.0]
    assert column(get(client, "/v1/balance/unmet", industry="C"), "industry_code") == ["C39"]
    assert column(get(client, "/v1/balance/unmet", level="本科"), "industry_name") == ["卫生"]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["expand", "open", "shrink", "keep", "keep"]),
        ({"action": ["open", "shrink"]}, ["open", "shrink"]),
        ({"school": TONGJI}, ["shrink"]),
        ({"district": "310110"}, ["expand", "shrink"]),
        ({"level": "高职"}, ["keep"]),
        ({"industry": "C39"}, ["expand", "open", "keep", "keep"]),
        ({"industry": "C"}, ["expand", "open", "keep", "keep"]),
        ({"industry": "C396"}, ["keep"]),
        ({"industry": "3961"}, ["keep"]),
        ({"industry": "I"}, ["expand", "open", "shrink", "keep"]),
        ({"industry": "I6"}, None),
        ({"program": COMPUTING}, ["expand", "open"]),
        ({"class": "0809", "action": "open"}, ["open"]),
        ({"simulated": "true"}, ["open"]),
        ({"simulated": "false", "school": ENGINEERING}, ["keep", "keep"]),
    ],
)
def test_recommendations_by_every_filter(
    client: TestClient, world: World, parameters: dict[str, Any], expected: list[str] | None
) -> None:
    if expected is None:
        assert client.get("/v1/recommendations", params=parameters).status_code == 422
        return
    body = get(client, "/v1/recommendations", **parameters)
    assert column(body, "action") == expected
    assert body["total"] == len(expected)
    assert all(item["evidence"] for item in body["items"])


def test_a_recommendation_brings_the_balance_of_its_program(client: TestClient, world: World) -> None:
    first = get(client, "/v1/recommendations")["items"][0]
    one = get(client, f"/v1/recommendations/{first['id']}")
    assert {name: one[name] for name in first} == first
    assert one["action_name"] == "扩招"
    assert one["balance"]["gap"] == 300.0
    for wrong in (0, -1, first["id"] + 1000, 2**31, 2**63, 10**30):
        assert client.get(f"/v1/recommendations/{wrong}").status_code == 404


def test_order_classes_name_posting_and_offering(client: TestClient, world: World) -> None:
    placed = get(client, "/v1/order-classes/placements", posting=world.posting)["items"][0]
    assert (placed["enterprise"], placed["mode_name"], placed["posting_district_name"]) == (
        "示例企业",
        "订单班",
        "浦东新区",
    )
    assert (placed["school_name"], placed["program_name"], placed["seats"]) == (
        "上海工程技术大学",
        "通信工程",
        30,
    )
    assert get(client, "/v1/order-classes/placements", school=FUDAN)["total"] == 0
    unplaced = get(client, "/v1/order-classes/unplaced", reason="seats")["items"][0]
    assert (unplaced["unmet"], unplaced["simulated"]) == (20, True)
    assert (unplaced["nearest"]["school_name"], unplaced["nearest"]["shortfalls"][0]["needs"]) == (
        "上海工程技术大学",
        25,
    )
    assert get(client, "/v1/order-classes/unplaced", reason="level")["total"] == 0


def test_prices_of_seats_are_given_by_program_or_by_offering(client: TestClient, world: World) -> None:
    path = "/v1/order-classes/seat-prices"
    program, offering = get(client, path), get(client, path, by="offering")
    assert column(program, "by", "school_name", "program_name") == [("program", None, "通信工程")]
    assert column(offering, "by", "school_name") == [("offering", "上海工程技术大学")]
    assert "0.8 人" in program["items"][0]["text"]
    assert get(client, path, by="offering", school=FUDAN)["total"] == 0
    assert get(client, path, program="080901")["total"] == 0


def test_blocking_pairs_name_both_sides(client: TestClient, world: World) -> None:
    path = "/v1/order-classes/blocking-pairs"
    pair = get(client, path, posting=world.posting)["items"][0]
    assert (pair["enterprise"], pair["school_name"], pair["heads"]) == ("示例企业", "同济大学", 25)
    assert get(client, path, school=FUDAN)["total"] == 0


def test_pathways_by_kind_school_and_program(client: TestClient, world: World) -> None:
    assert column(get(client, "/v1/pathways"), "kind_name") == ["中高贯通", "高本贯通"]
    pair = get(client, "/v1/pathways", kind="secondary_higher")["items"][0]
    assert pair["from"]["school_code"] is None
    assert pair["to"]["school_name"] == "上海工程技术大学"
    assert get(client, "/v1/pathways", school=TONGJI)["total"] == 1
    assert get(client, "/v1/pathways", school=ENGINEERING, program="710301")["total"] == 1


def test_focus_areas_by_kind_and_district(client: TestClient, world: World) -> None:
    assert column(get(client, "/v1/focus-areas", kind="core"), "name") == ["自贸试验区临港新片区"]
    area = get(client, "/v1/focus-areas", district="松江")["items"][0]
    assert area["districts"] == [{"code": "310117", "name": "松江区"}]
    assert all(industry["name"] for industry in area["industries"])


def test_meta_tells_what_the_data_cover(client: TestClient, world: World) -> None:
    body = get(client, "/v1/meta")
    assert body["rows"]["recommendation"] == 5
    bachelor = next(each for each in body["coverage"] if each["level"] == "bachelor")
    assert bachelor == {
        "level": "bachelor",
        "level_name": "普通本科",
        "schools": 3,
        "programs": 3,
        "offerings": 5,
        "seats": 305.0,
        "first_year": 2025,
        "last_year": 2025,
        "simulated": 2,
    }
    assert body["summary"] == {"offerings": 5}
    assert body["profile"]["name"] == "shanghai"


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("program", ["计算机科学与技术", "现代通信技术"]),
        ("class", ["计算机类"]),
        ("category", ["工学"]),
        ("level", ["普通本科"]),
        ("district", ["松江区", "未知"]),
        ("school", ["复旦大学"]),
        ("industry", ["计算机、通信和其他电子设备制造业", "未指明行业"]),
    ],
)
def test_indicators_of_every_grouping(client: TestClient, world: World, by: str, names: list[str]) -> None:
    body = get(client, "/v1/indicators", by=by)
    assert (body["run"], body["total"]) == (world.run, len(names))
    assert sorted(column(body, "name")) == sorted(names)
    assert set(column(body, "by")) == {by}
    assert body["items"][0]["gap"] == 150.0 and body["items"][0]["rates"][0]["percentile"] == 0.4


def test_indicators_are_paged_limited_to_a_level_and_go_by_class_unless_told(
    client: TestClient, world: World
) -> None:
    assert column(get(client, "/v1/indicators", by="program", level="高职"), "code") == ["510301"]
    page = get(client, "/v1/indicators", by="program", limit=1, offset=1)
    assert (page["total"], column(page, "code")) == (2, ["510301"])
    assert get(client, "/v1/indicators") == get(client, "/v1/indicators", by="class")
    assert client.get("/v1/indicators", params={"by": "weather"}).status_code == 422


def test_openings_of_every_school_with_readiness_and_barriers(client: TestClient, world: World) -> None:
    body = get(client, "/v1/openings")
    assert column(body, "school_code", "chosen") == [(TONGJI, False), (ENGINEERING, True)]
    assert body["items"][0]["barriers"] == [{"value": 300.0, "text": "在校生不足"}]
    assert [part["score"] for part in body["items"][1]["parts"]] == [0.75, None]
    assert column(get(client, "/v1/openings", chosen=True), "program_code") == [COMPUTING]
    assert column(get(client, "/v1/openings", school="同济大学"), "program_code") == [CIRCUITS]


def test_apprenticeships_name_enterprise_and_offering(client: TestClient, world: World) -> None:
    (item,) = get(client, "/v1/apprenticeships", asked=False)["items"]
    assert (item["posting_id"], item["capacity"], item["program_name"]) == (world.posting, 24, "现代通信技术")
    assert item["enterprise"] and item["simulated"]
    assert get(client, "/v1/apprenticeships", asked=True)["total"] == 0


def test_a_recommendation_says_what_would_change_it(client: TestClient, world: World) -> None:
    assert get(client, "/v1/recommendations")["items"][0]["flips"] == []
