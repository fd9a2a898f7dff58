"""Outcomes of order classes 订单班成效."""

from datetime import date

from app.ingest.dates import day
from app.ingest.fault import RowFault
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.ingest.values import whole
from app.matching.personal import mask_personal
from app.models import ClassOutcome, now

MOST = 100_000
_COUNTS = (
    Column("filled", "到班人数", ("实际人数", "在班人数", "录取人数"), required=True, note="班里的学生数"),
    Column("graduated", "毕业人数", ("毕业生数",)),
    Column("hired", "企业录用人数", ("录用人数", "入职人数"), note="毕业后由该企业录用"),
    Column("staying", "一年后在职人数", ("留任人数", "满一年在职"), note="录用满一年仍在该企业"),
)


def build(cells: Cells) -> Record:
    for required in ("order_class_id", "day", "filled"):
        cells.need(required)
    counted: date = cells.read("day", day)
    if counted > now().date():
        raise RowFault(
            "future_day",
            f"统计日期 {counted.isoformat()} 还没有到",
            "请填写已统计的日期",
            "统计日期",
            cells.text("day"),
        )
    numbers = {
        column.name: cells.read(column.name, lambda text: whole(text, most=MOST)) for column in _COUNTS
    }
    above: Column | None = None
    for column in _COUNTS:
        number = numbers[column.name]
        if number is None:
            continue
        if above is not None and number > numbers[above.name]:
            raise RowFault(
                "more_than_before",
                f"{column.title} {number} 多于{above.title} {numbers[above.name]}",
                "请核对两个数：到班 ≥ 毕业 ≥ 录用 ≥ 一年后在职",
                column.title,
                str(number),
            )
        above = column
    note, masked = mask_personal(cells.text("note"))
    return {
        "order_class_id": cells.text("order_class_id"),
        "day": counted,
        **numbers,
        "note": note,
        "_masked": masked,
    }


CLASS_OUTCOMES = Kind(
    name="class-outcomes",
    title="订单班成效",
    description="一个订单班到某日的到班、毕业、企业录用与一年后在职人数。同一个班以日期最近的一条为准；"
    "编号不是本平台订单班的行保存但不计入。",
    model=ClassOutcome,
    columns=(
        Column(
            "order_class_id",
            "订单班编号",
            ("班级编号", "order_class"),
            required=True,
            note="见 GET /v1/order-classes",
        ),
        Column("day", "统计日期", ("日期", "截至日期"), required=True),
        *_COUNTS,
        Column("note", "备注", ("说明",)),
        SIMULATED,
    ),
    build=build,
    example="订单班编号=01939c58-…，统计日期=2024-08-31，到班人数=30，毕业人数=29，企业录用人数=25，一年后在职人数=21",
)
