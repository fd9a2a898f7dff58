"""Score the accepted batches anew, under other rules if wanted, and say what would change.

    python scripts/rescore.py                              # same data, same rules: nothing should change
    python scripts/rescore.py --profile my-city.toml       # other rules
    python scripts/rescore.py --out changes.csv --publish  # keep the list, publish the new run

Nothing is published unless --publish is given. The comparison is with the run that is published now.
"""

import csv
from pathlib import Path
from typing import Annotated

import typer

from app.cli import main
from app.cli.terminal import Steps, emit, opened, opened_layer, out, table
from app.errors import NothingPublishedError
from app.runs.compare import compare_runs
from app.runs.execute import execute
from app.runs.publish import current_run, publish
from app.settings import get_settings


def rescore(
    profile: Annotated[str | None, typer.Option(help="政策参数：名称或 TOML 文件")] = None,
    out_file: Annotated[Path | None, typer.Option("--out", help="把每条变化写入 CSV")] = None,
    publish_after: Annotated[bool, typer.Option("--publish", help="比较后发布新的测算")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")] = False,
) -> None:
    """Run once more and compare with the publication."""
    with opened() as session, opened_layer() as layer:
        try:
            before = current_run(session)
        except NothingPublishedError:
            before = None
        with Steps() as steps:
            after = execute(session, profile or get_settings().profile, steps, layer)
        comparison = compare_runs(session, before, after)
        if publish_after:
            publish(session, after.id, note="rescore")
    if out_file:
        with out_file.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(comparison.columns))
            writer.writeheader()
            writer.writerows(comparison.changes)
    if as_json:
        emit({**comparison.summary, "published": publish_after})
        return
    table("重新测算", ["项目", "值"], [[key, str(value)] for key, value in comparison.summary.items()])
    if comparison.changes:
        shown = comparison.changes[:20]
        table(
            f"变化的建议（共 {len(comparison.changes)} 条，列出 {len(shown)} 条）",
            list(comparison.columns),
            [[str(change[column]) for column in comparison.columns] for change in shown],
        )
    else:
        out.print("建议没有变化。")


if __name__ == "__main__":
    main(rescore)
