"""The text of a posting 岗位需求 as the matching reads it."""

from app.models import Posting


def posting_text(posting: Posting) -> str:
    """The description, and the skills and certificates that the enterprise lists beside it and it does not name."""
    parts = [posting.description]
    for title, items in (("技能要求", posting.skills), ("证书", posting.certificates)):
        if further := [item for item in items if item not in posting.description]:
            parts.append(f"{title}：{'、'.join(further)}")
    return "\n".join(part for part in parts if part)
