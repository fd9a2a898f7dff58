"""`chanjiao batches …`: what arrived, and what counts."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from sqlalchemy import select

from app.cli.terminal import Json, emit, opened, out, table

if TYPE_CHECKING:
    from app.ingest.batch_moves import Moved

batches_app = typer.Typer(help="数据批次 Batches: list, show, accept, reject, undo.", no_args_is_help=True)
Which = Annotated[str, typer.Argument(metavar="ID", help="批次编号")]
Who = Annotated[str, typer.Option("--who", help="由谁决定")]
Note = Annotated[str, typer.Option("--reason", help="理由")]


@batches_app.command("list")
def batches_list(
    state: Annotated[
        str | None, typer.Option(help="validated（等待决定）、accepted、rejected、superseded")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="种类，见 chanjiao ingest kinds")] = None,
    top: Annotated[int, typer.Option(min=1, help="至多列出几个")] = 50,
    as_json: Json = False,
) -> None:
    """列出批次，新的在前：读 = 接收 + 重复 + 隔离。"""
    from app.errors import InvalidInputError
    from app.ingest.batch_records import STATES
    from app.models import Batch

    if state is not None and state not in STATES:
        raise InvalidInputError(f"没有状态 {state}", remedy=f"可用：{'、'.join(STATES)}")
    found = select(Batch).order_by(Batch.received_at.desc(), Batch.id.desc()).limit(top)
    found = found.where(Batch.state == state) if state else found
    found = found.where(Batch.kind == kind) if kind else found
    with opened() as session:
        rows = [_row(batch) for batch in session.scalars(found)]
    if as_json:
        emit({"batches": rows})
        return
    names = ("id", "kind", "source", "state_name", "read", "accepted", "repeated", "quarantined", "who")
    titles = ["批次", "种类", "来源", "状态", "读", "接收", "重复", "隔离", "由谁"]
    table("批次", titles, [[str(row[name]) for name in names] for row in rows])


@batches_app.command("show")
def batches_show(which: Which, as_json: Json = False) -> None:
    """一个批次：怎样读的、有什么提醒、状态的每一次改动。"""
    from app.ingest.batch_moves import get_batch, moves_of

    with opened() as session:
        batch = get_batch(session, which)
        moves = [
            {"from": m.from_state, "to": m.to_state, "at": m.at, "who": m.who, "note": m.note}
            for m in moves_of(session, batch.id)
        ]
        row = _row(batch) | {"reading": batch.reading, "warnings": batch.warnings, "moves": moves}
    if as_json:
        emit(row)
        return
    table(f"批次 {which}", ["项", "值"], [[name, str(row[name])] for name in row if name != "moves"])
    table("状态", ["从", "到", "时间", "由谁", "说明"], [list(map(str, move.values())) for move in moves])


@batches_app.command("accept")
def batches_accept(which: Which, who: Who = "local", reason: Note = "", as_json: Json = False) -> None:
    """接收一个留存的批次：从下一次测算起计入。"""
    from app.ingest.batch_moves import accept

    with opened() as session:
        _said(accept(session, which, who, reason), "已接收", as_json)


@batches_app.command("reject")
def batches_reject(which: Which, who: Who = "local", reason: Note = "", as_json: Json = False) -> None:
    """拒绝一个留存的批次。"""
    from app.ingest.batch_moves import reject

    with opened() as session:
        _said(reject(session, which, who, reason), "已拒绝", as_json)


@batches_app.command("undo")
def batches_undo(which: Which, who: Who = "local", reason: Note = "", as_json: Json = False) -> None:
    """撤回一个已接收的批次：下一次测算不再读它；曾算作它的重复的别批的行会补回。"""
    from app.ingest.batch_moves import undo

    with opened() as session:
        _said(undo(session, which, who, reason), "已撤回", as_json)


def _row(batch: Any) -> dict[str, Any]:
    from app.ingest.batch_records import STATES

    names = (
        "id",
        "kind",
        "source",
        "licence",
        "filename",
        "sha256",
        "state",
        "who",
        "parent_id",
        "simulated",
    )
    counts = ("read", "accepted", "repeated", "quarantined", "masked", "received_at", "accepted_at")
    return {name: getattr(batch, name) for name in (*names, *counts)} | {"state_name": STATES[batch.state]}


def _said(moved: "Moved", verb: str, as_json: bool) -> None:
    if as_json:
        emit(moved.as_dict())
        return
    batch = moved.batch
    out.print(
        f"批次 {batch.id} {verb}：读 {batch.read} 行，接收 {batch.accepted}，重复 {batch.repeated}，"
        f"隔离 {batch.quarantined}",
        soft_wrap=True,
    )
    for batches, text in ((moved.taken_out, "一同撤出的批次"), (moved.restored, "补回别批的行，成批次")):
        if batches:
            out.print(f"  {text}：{'、'.join(batches)}", soft_wrap=True)
    if moved.reopened:
        out.print(f"  重新等待改正的隔离行：{moved.reopened}")
