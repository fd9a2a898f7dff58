"""The labelled tasks as files for `chanjiao rank` and `chanjiao evaluate`, written to a folder outside the project:

    .venv/bin/python scripts/bench/gold.py --out /tmp/gold
    cd /tmp/gold
    chanjiao rank --queries scope-industry.queries.jsonl --candidates scope-industry.candidates.jsonl \\
        --task scope-industry --top 97 --out run.tsv
    chanjiao evaluate run.tsv --gold scope-industry.gold.jsonl

The packaged model was trained on these very labels: such figures show that everything works, not how good it is on texts
it has not seen. `quality.py` shows that.
"""

import argparse
import json
from pathlib import Path

from app.runs.training.labelled import LABELLED, LabelledTask

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "eval"


def write(labelled: LabelledTask, folder: Path) -> None:
    queries = [
        {"id": d.id, "title": d.title, "text": d.text, "level": d.level, "program_code": d.program_code}
        for d in labelled.queries
    ]
    candidates = [{"code": d.id, "name": d.title, "text": d.text} for d in labelled.candidates]
    gold = [{"query_id": query, "codes": gains} for query, gains in labelled.gold.items()]
    for name, lines in (("queries", queries), ("candidates", candidates), ("gold", gold)):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{labelled.task}.{name}.jsonl").write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="write the labelled tasks as files for `chanjiao rank`")
    parser.add_argument("--out", type=Path, required=True, help="a folder outside the project")
    folder = parser.parse_args().out.resolve()
    if folder.is_relative_to(ROOT):
        parser.error(f"{folder} 在项目目录内：评测文本不得写入项目，请改用项目之外的目录")
    folder.mkdir(parents=True, exist_ok=True)
    for read in LABELLED.values():
        labelled = read(DATA)
        write(labelled, folder)
        print(f"{labelled.task}: {len(labelled.queries)} queries, {len(labelled.candidates)} candidates")


if __name__ == "__main__":
    main()
