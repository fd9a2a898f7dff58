"""What every item about a posting 岗位需求 says of it."""

from typing import Any

from pydantic import Field

from app.api.listing import Model
from app.api.naming import MODES, district_name, level_name
from app.models import Posting


class PostingName(Model):
    """The posting a class is for."""

    posting_id: str
    posting_title: str
    enterprise: str
    mode: str
    mode_name: str
    posting_level: str | None = Field(description="要求的最低层次；不限为空。")
    posting_level_name: str | None
    posting_district_code: str | None
    posting_district_name: str | None


def posting_names(posting_id: str, posting: Posting | None) -> dict[str, Any]:
    """The members of PostingName."""
    return {
        "posting_id": posting_id,
        "posting_title": posting.title if posting else "",
        "enterprise": posting.enterprise if posting else "",
        "mode": posting.mode if posting else "",
        "mode_name": MODES.get(posting.mode, posting.mode) if posting else "",
        "posting_level": posting.level if posting else None,
        "posting_level_name": level_name(posting.level) if posting and posting.level else None,
        "posting_district_code": posting.district_code if posting else None,
        "posting_district_name": district_name(posting.district_code) if posting else None,
    }


POSTING_EXAMPLE = {
    "posting_id": "01939c51-6a02-7f11-b0c4-5e8f7d2a1b33",
    "posting_title": "集成电路测试工程师",
    "enterprise": "示例企业",
    "mode": "order_class",
    "mode_name": "订单班",
    "posting_level": "bachelor",
    "posting_level_name": "普通本科",
    "posting_district_code": "310115",
    "posting_district_name": "浦东新区",
}
