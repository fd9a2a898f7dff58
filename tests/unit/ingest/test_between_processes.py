"""What goes through the pipe between two processes arrives as it was sent."""

import pickle

from app.errors import UnreadableFileError
from app.ingest import second_process
from app.ingest.preparation import Prepared
from app.ingest.reading import Row
from app.ingest.refusals import Refusal
from app.ingest.resolve_enterprises import EnterpriseNames, Enterprises


class Stubborn(Exception):  # noqa: N818 (a name that says what it does)
    """Cannot be made again from what it says of itself."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first)


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:
        return pickle.loads(pickle.dumps(second_process._sendable(caught)))


def test_errors_arrive_as_what_they_are() -> None:
    known = raised(UnreadableFileError("坏了", remedy="请重来", where={"行": 3}))
    assert type(known) is UnreadableFileError
    assert (str(known), known.where, getattr(known, "__notes__", [])) == (
        "坏了（行：3）。请重来",
        {"行": 3},
        [],
    )
    unforeseen = raised(ValueError("odd"))
    assert type(unforeseen) is ValueError
    assert "in raised" in unforeseen.__notes__[0]
    stubborn = raised(Stubborn("one", "two"))
    assert type(stubborn) is RuntimeError
    assert "Stubborn: one" in str(stubborn)


def test_a_chunk_arrives_as_it_was_sent() -> None:
    row = Row(3, {"编号": "a1", "人数": 4}, ("多",), sheet="表")
    some = Prepared(
        read=5,
        lines=[("a", 1, None), ("b", 2, ["x"])],
        notes={"f": [("n", 0.5)]},
        masked={"f": 2},
        refusals=[Refusal("g", ["r"], 1, True)],
        said=("单位",),
        rows={"f": row},
    )
    for sent in (some, Prepared(0, [], {}, {}, [], (), {})):
        got = second_process._unpacked(pickle.loads(pickle.dumps(second_process._packed(sent))))
        assert got == sent
    assert type(second_process._unpacked(second_process._packed(some)).rows["f"]) is Row


def test_a_register_of_enterprises_can_be_sent_while_it_is_asked() -> None:
    register = Enterprises([EnterpriseNames("k", "示例芯片有限公司", "91310000MA1FL00000", ("芯片厂",))])
    before = register.resolve("", "芯片厂")
    assert pickle.loads(pickle.dumps(register)).resolve("", "芯片厂") == before
    assert before.code == "k"
