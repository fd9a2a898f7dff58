"""What the official catalogue lists: plans and registers of a program it does not have (any more) are left out, and said."""

from dataclasses import replace

from app.planning.warning import Warning
from app.reference import Reference
from app.runs.snapshot import Snapshot


def listed(snapshot: Snapshot, reference: Reference) -> tuple[Snapshot, list[Warning]]:
    """The snapshot with programs of the catalogue only.

    Ingest refuses unknown codes, but a catalogue may lose a program after the file was accepted. Of a broad
    category the programs that are listed remain.
    """
    known = {program.key for program in reference.programs}
    lost: dict[tuple[str, str], list[str]] = {}

    def keep(level: str, code: str, where: str) -> bool:
        if (level, code) in known:
            return True
        lost.setdefault((level, code), []).append(where)
        return False

    plans = []
    for row in snapshot.plans:
        where = f"批次 {row.batch_id} 第 {row.row} 行"
        codes = tuple(code for code in row.program_codes if keep(row.level, code, where))
        if codes or not row.program_codes:
            plans.append(row if codes == row.program_codes else replace(row, program_codes=codes))
    registers = tuple(
        row for row in snapshot.registers if keep(row.level, row.program_code, f"批次 {row.batch_id}的备案")
    )
    warnings = [
        Warning(
            "program_not_listed",
            f"专业目录中没有代码 {code}（{level}），{'、'.join(places[:3])}未计入",
            (code,),
        )
        for (level, code), places in sorted(lost.items())
    ]
    if not warnings:
        return snapshot, []
    return replace(snapshot, plans=tuple(plans), registers=registers), warnings
