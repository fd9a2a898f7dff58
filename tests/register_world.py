"""Entries of the registers, told like the files of a city: by kind, under the columns' own names."""

from typing import Any

from sqlalchemy.orm import Session

from app.ingest import accept_rows

CHIPS, LANGUAGE, CLOUD, WINGS = (
    "91990000DEMA00013U",
    "91990000DEMA00080R",
    "91990000DEMA0011X2",
    "91990000DEMA00347C",
)


def step(code: str, status: str, since: str, until: str = "", **more: str) -> dict[str, Any]:
    names = {CHIPS: "示例芯片", LANGUAGE: "示例语义", CLOUD: "示例软件", WINGS: "示例航空"}
    row = {"credit_code": code, "name": names[code], "status": status, "since": since, "until": until}
    return {**row, "round": "第一批", **more}


REGISTERS: dict[str, list[dict[str, Any]]] = {
    "enterprise-register": [
        step(CHIPS, "储备", "2022-01-10", industry_name="集成电路制造", district_code="浦东新区"),
        step(CHIPS, "建设培育", "2023-01-10"),
        step(CHIPS, "认证", "2024-06-30", "2027-06-29", round="第二批"),
        step(LANGUAGE, "储备", "2022-01-10", industry_code="I65", district_code="徐汇区"),
        step(LANGUAGE, "认证", "2023-01-01", "2025-12-31"),
        step(CLOUD, "建设培育", "2025-03-01", industry_code="I651", district_code="杨浦区"),
        step(WINGS, "认证", "2025-03-01", "2028-02-29", industry_code="C374"),
        step(WINGS, "移出", "2026-03-01"),
    ],
    "enterprise-contributions": [
        {"credit_code": CHIPS, "year": "2024", "order_classes": "2", "funds_wan": "320"},
        {"credit_code": CHIPS, "year": "2025", "order_classes": "3", "teachers": "12"},
    ],
    "training-bases": [
        {
            "school_code": "10856",
            "name": "芯片测试实训基地",
            "kind": "生产性",
            "places": "120",
            "open_to_enterprises": "是",
            "programs": "集成电路设计与集成系统",
            "district_code": "松江",
            "credit_code": CHIPS,
        },
        {
            "school_code": "10856",
            "name": "机械实训中心",
            "kind": "校内",
            "places": "60",
            "programs": "机械类",
        },
    ],
    "dual-qualified-teachers": [
        {"school_code": "10856", "year": "2025", "teachers": "900", "dual_qualified": "300"},
        {
            "school_code": "10856",
            "level": "本科",
            "class": "机械类",
            "year": "2026",
            "teachers": "60",
            "dual_qualified": "24",
        },
    ],
    "training-services": [
        {
            "school_code": "10856",
            "title": "芯片测试",
            "programs": "电子信息类",
            "capacity": "40",
            "price": "1800",
        },
        {
            "school_code": "10246",
            "title": "已停的培训",
            "capacity": "20",
            "price": "免费",
            "until": "2020-01-01",
        },
    ],
    "alliances": [
        {
            "alliance": "示例集成电路职教集团",
            "demonstration": "是",
            "member": "上海工程技术大学",
            "lead": "是",
            "since": "2020-09-01",
        },
        {
            "alliance": "示例集成电路职教集团",
            "member": "示例芯片",
            "credit_code": CHIPS,
            "since": "2021-01-01",
        },
        {
            "alliance": "示例集成电路职教集团",
            "member": "示例语义",
            "credit_code": LANGUAGE,
            "until": "2024-12-31",
        },
        {"alliance": "示例软件产教融合联盟", "member": "复旦大学"},
        {"alliance": "示例软件产教融合联盟", "member": "示例软件", "credit_code": CLOUD},
        {"alliance": "示例软件产教融合联盟", "member": "某中等职业学校", "member_kind": "学校"},
    ],
    "innovation-platforms": [
        {
            "name": "示例协同创新中心",
            "industries": "C397",
            "year": "2024",
            "state": "运行",
            "schools": "上海工程技术大学",
            "enterprises": CHIPS,
        },
        {"name": "示例航空中心", "industries": "航空航天装备", "year": "2025", "partners": "某研究院"},
        {"name": "示例筹建中心", "year": "2026", "state": "筹建", "schools": "同济大学"},
    ],
    "joint-projects": [
        {
            "name": "示例软件实训",
            "category": "实验实训",
            "year": "2025",
            "state": "在建",
            "schools": "复旦大学",
            "enterprises": CLOUD,
        },
    ],
}


def tell(session: Session, kind: str, *rows: dict[str, Any]) -> str:
    """A delivery of one kind; the id of its batch."""
    batch = accept_rows(session, kind, rows, source="测试").batch
    assert batch is not None
    return batch


def fill_registers(session: Session) -> None:
    for kind, rows in REGISTERS.items():
        tell(session, kind, *rows)
