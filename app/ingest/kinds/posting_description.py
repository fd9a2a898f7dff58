"""The description of a posting, which tables put into one column or part into duties and requirements."""

from app.ingest.schema import Cells, Column

DESCRIPTION_COLUMNS = (
    Column(
        "description",
        "岗位描述",
        ("职位描述", "描述", "岗位说明", "职位说明", "岗位介绍", "职位介绍", "text"),
    ),
    Column(
        "duties",
        "岗位职责",
        ("工作内容", "工作职责", "职责描述", "职位职责", "岗位内容", "主要职责", "responsibilities"),
        note="并入岗位描述",
    ),
    Column(
        "requirements",
        "任职要求",
        ("岗位要求", "职位要求", "任职资格", "任职条件", "岗位条件", "招聘要求", "招聘条件"),
        note="并入岗位描述",
    ),
)
_PARTS = frozenset(column.name for column in DESCRIPTION_COLUMNS)


def description_of(cells: Cells) -> str:
    """What the columns say, in the order in which the file has them, each below its title; of one column alone, its
    text as it is.
    """
    parts = {name: text for name in cells.raw if name in _PARTS and (text := cells.text(name))}
    if len(parts) < 2:
        return next(iter(parts.values()), "")
    return "\n".join(_titled(cells.title(name), text) for name, text in parts.items())


def own_cells(cells: Cells) -> dict[str, str]:
    """All that the row says, by column: the parts of its description as the one text that they make."""
    said = {name: cells.text(name) for name in cells.raw if name not in _PARTS}
    if _PARTS & cells.raw.keys():
        said["description"] = description_of(cells)
    return said


def _titled(title: str, text: str) -> str:
    return text if text.startswith(title) else f"{title}:\n{text}"
