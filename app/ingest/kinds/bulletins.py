"""Bulletins 行业动态 of industry bodies."""

import hashlib

from app.ingest.dates import day
from app.ingest.fault import RowFault
from app.ingest.kinds.entries import masked
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.models import Bulletin


def build(cells: Cells) -> Record:
    for name in ("title", "source", "published"):
        cells.need(name)
    texts, count = masked(cells, "title", "text", "source")
    link = cells.text("link")
    if link and not link.lower().startswith(("http://", "https://")):
        raise RowFault(
            "bad_link",
            f"“{link[:40]}”不是网页地址",
            "请填写以 http:// 或 https:// 开头的地址",
            "网址",
            link[:200],
        )
    return {
        "id": cells.text("id") or _content_id(cells),
        **texts,
        "published": cells.read("published", day),
        "link": link,
        "_masked": count,
    }


def _content_id(cells: Cells) -> str:
    """An id made of all that the row says."""
    parts = (f"{name}={cells.text(name)}" for name in sorted(cells.raw))
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


BULLETINS = Kind(
    name="bulletins",
    title="行业动态",
    description="行业组织发布的动态；由匹配引擎标出所涉及的行业与专业。手机号、座机号、身份证号、邮箱、QQ 号与微信号在保存前遮去。",
    model=Bulletin,
    columns=(
        Column("id", "编号", ("动态编号",)),
        Column("title", "标题", ("动态标题", "题目"), required=True),
        Column("text", "正文", ("内容", "动态内容")),
        Column("source", "发布单位", ("来源", "行业组织", "发布机构"), required=True),
        Column("published", "发布日期", ("发布时间", "日期"), required=True),
        Column("link", "网址", ("链接", "原文地址", "url")),
        SIMULATED,
    ),
    build=build,
    example="标题=集成电路封装测试企业扩产，正文=多家企业新建先进封装产线，测试工程师需求上升，发布单位=示例行业协会，发布日期=2026-09-10",
)
