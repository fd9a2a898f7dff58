"""Build the packaged reference tables from the folder of official facts, cleaning what scanning left behind.

    python scripts/build_reference.py ../shared/reference [TARGET]

Writes app/data/reference/*.tsv (the tables written by hand there, districts, aliases and pilot.toml, stay) and prints how
many rows each has and how many entries were cleaned. The output depends on the input only.
"""

import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

TARGET = Path(__file__).parents[1] / "app" / "data" / "reference"
LISTS = ("foundation_courses", "core_courses", "certificates", "continues_to")
NOTHING = {"", "暂无", "无", "与管理", "略"}
PREFIX = re.compile(r"^(?:接?续|持续)(?:高职本科|高职专科|普通本科|专业硕士|学术硕士|硕士)?专业举例[：:]")
NOTE = re.compile(r"本专业主要服务|各(?:学校|地区)(?:按照|根据)|举例[：:]?$")


def clean_entry(entry: str) -> str:
    """One entry of a list without the traces of formula recognition, stray blanks and half brackets."""
    text = re.sub(r"\\mathrm|[${}~]|\\left|\\right", "", entry)
    text = text.replace("^+", "+").replace("_2", "2").replace("_ 2", "2").replace("•", "·")
    text = PREFIX.sub("", re.sub(r"\s+", " ", text).strip())
    text = re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", text)
    text = text.replace("(", "（").replace(")", "）").strip("、，。；;：: ")
    text = text.replace("WindowsServer", "Windows Server")
    if text.count("（") > text.count("）"):
        text = text[: text.rindex("（")] if text.endswith("（") else text + "）"
    while text.count("）") > text.count("（"):
        text = "".join(text.rsplit("）", 1))
    return text.strip()


def clean_name(name: str) -> str:
    """A program name without the remarks on degrees that the scan ran into it."""
    return re.sub(r"（(?:可授|同时设|含).*$", "", re.sub(r"(?:士?学)?位）$", "", name)).strip()


def clean_list(joined: str, cleaned: Counter[str]) -> str:
    """A list joined by `|`, each entry once, without the empty, the truncated and the remarks."""
    kept: list[str] = []
    for entry in joined.split("|"):
        text = clean_entry(entry)
        if text in NOTHING or NOTE.search(text) or len(text) < 2:
            cleaned["dropped"] += bool(entry)
            continue
        cleaned["mended"] += text != entry
        if text in kept:
            cleaned["repeated"] += 1
        else:
            kept.append(text)
    return "|".join(kept)


def write(target: Path, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    lines = ["\t".join(columns)]
    for row in rows:
        fields = [re.sub(r"\s+", " ", field).strip() for field in row]
        lines.append("\t".join(fields))
    (target / name).write_text("\n".join(lines) + "\n", "utf-8")
    return len(lines) - 1


def read(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def main(folder: Path, target: Path = TARGET) -> None:
    cleaned: Counter[str] = Counter()
    programs = read(folder, "programs.csv")
    plain = ("level", "code", "name", "class_code", "class_name", "category_code", "category_name")
    counts = {
        "programs": write(
            target,
            "programs.tsv",
            (*plain, *LISTS),
            (
                [clean_name(row[c]) if c == "name" else row[c] for c in plain]
                + [clean_list(row[c], cleaned) for c in LISTS]
                for row in programs
            ),
        )
    }
    occupations = read(folder, "occupations.csv")
    counts["occupations"] = write(
        target, "occupations.tsv", ("code", "name"), ([r["code"], r["name"]] for r in occupations)
    )
    groups = {
        r[f"{part}_code"]: r[f"{part}_name"] for r in occupations for part in ("major", "middle", "minor")
    }
    counts["occupation groups"] = write(
        target, "occupation_groups.tsv", ("code", "name"), sorted(groups.items())
    )
    industries = read(folder, "industries.csv")
    counts["industries"] = write(
        target, "industries.tsv", ("code", "name"), ([r["code"], r["name"]] for r in industries)
    )
    counts["policy tags"] = write(
        target,
        "policy_tags.tsv",
        ("tag", "industry_code", "partial", "category_path", "key_products"),
        (
            [
                "ip" if r["tag"].startswith("ip") else r["tag"],
                r["gbt_code"],
                r["partial"],
                r["category_path"],
                r["key_products"],
            ]
            for r in read(folder, "industry_policy_tags.csv")
        ),
    )
    links: dict[tuple[str, str], list[str]] = {}
    unknown: dict[str, str] = {}
    known = {r["code"] for r in occupations}
    for row in read(folder, "program_occupation.csv"):
        links.setdefault((row["level"], row["program_code"]), []).append(row["occupation_code"])
        if row["occupation_code"] not in known:
            unknown[row["occupation_code"]] = row["occupation_name"]
    write(
        target,
        "program_occupation.tsv",
        ("level", "program_code", "occupation_codes"),
        ([*key, "|".join(v)] for key, v in links.items()),
    )
    counts["program-occupation links"] = sum(map(len, links.values()))
    counts["linked occupations outside the table"] = write(
        target, "unlisted_occupations.tsv", ("code", "name"), sorted(unknown.items())
    )
    counts["schools"] = write(
        target,
        "schools.tsv",
        ("code", "name", "education_level", "ownership"),
        (
            [r["school_code"], r["name"], r["education_level"], r["ownership"]]
            for r in read(folder, "schools_shanghai.csv")
        ),
    )
    for name, count in counts.items():
        print(f"{name}: {count}")
    print("list entries " + ", ".join(f"{name}: {count}" for name, count in sorted(cleaned.items())))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
