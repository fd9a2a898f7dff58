"""Build the packaged reference tables from the folder of official facts, cleaning what scanning left behind.

    python scripts/build_reference.py ../shared/reference [TARGET]

Writes app/data/reference/*.tsv (the tables written by hand there stay: districts, aliases, pilot.toml and SOURCES.tsv) and
prints how many rows each has and how many entries were cleaned. The output depends on the input only.
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
_CUT = {
    "foundation_courses": (
        "240601 260201 260301 260307 260601 260701 300103 320301 330201 330303 410118 410305 420101 "
        "420310 460607 470204 490104 500210 520601 530802 550110 550118 550209 550406 690101 700202 "
        "700209 720502"
    ),
    "core_courses": (
        "220701 230401 230501 240201 240401 250401 260104 260203 280301 300401 300601 320504 320601 "
        "330501 350101 350401 370301 410101 420501 420906 430201 430501 440501 460101 460114 460119 "
        "460203 480401 490301 500301 510208 520804 530207 530401 530504 560101 570101K 580402 590201 "
        "620502 630101 630104 630301 630704 640401 640501 660108 660301 680402 700305 740106 790101"
    ),
}
CUT = {name: frozenset(codes.split()) for name, codes in _CUT.items()}
"""Codes of vocational programs whose list stops at the end of a line of the source, in the middle of its last entry. How
the entry and the list went on cannot be read from the list, so the entry is left out.
"""

CLASS_NAMES = {
    "5201": "临床医学类",
    "5701": "教育类",
    "5801": "公安管理类",
    "5802": "公安技术类",
    "5803": "侦查类",
}
"""职业教育专业目录(2021): classes of 高职 whose programs under state control carry no class name in the source."""

TORN = (
    ("供热", "供燃气", "通风及空调工程"),
    ("港口", "海岸及近海工程"),
    ("粮食", "油脂及植物蛋白工程"),
)
"""Disciplines whose names hold 、, taken for several entries."""

BROKEN = (
    ("嵌入", "式技术"),
    ("财税", "大数据应用"),
    ("食品质量与", "安全"),
    ("机械电子工", "程技术"),
    ("机械电", "子工程技术"),
    ("高速铁", "路动车组制造与维护"),
    ("商务数据分", "析与应用"),
)
"""Names broken at the end of a line and taken for two entries."""

MISREAD = {
    "釆购管理": "采购管理",
    "电力电子与电力传": "电力电子与电力传动",
    "临场医学": "临床医学",
    "复合材料与工程功能材料": "复合材料与工程|功能材料",
}


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


def joined_again(entries: Sequence[str], cleaned: Counter[str]) -> list[str]:
    """Entries with those put together that were torn apart inside a bracket, inside a name, or at the end of a line."""
    whole: list[str] = []
    i = 0
    while i < len(entries):
        parts, by = 1, ""
        for torn, glue in (*((t, "、") for t in TORN), *((b, "") for b in BROKEN)):
            if tuple(entries[i : i + len(torn)]) == torn:
                parts, by = len(torn), glue
        if opened(entries[i]) > 0:
            for end in range(i + 2, len(entries) + 1):
                if opened("".join(entries[i:end])) == 0:
                    parts, by = end - i, "、"
                    break
        whole.append(by.join(entries[i : i + parts]))
        cleaned["joined"] += parts - 1
        i += parts
    return whole


def opened(text: str) -> int:
    """How many round brackets are opened and not closed; negative where more are closed than opened."""
    return sum((c in "（(") - (c in "）)") for c in text)


def clean_list(joined: str, cut: bool, cleaned: Counter[str]) -> str:
    """A list joined by `|`, each entry once, without the empty, the remarks and, where it is `cut`, its last entry."""
    kept: list[str] = []
    entries = joined.split("|")
    if cut:
        entries.pop()
        cleaned["cut off"] += 1
    for entry in joined_again(entries, cleaned):
        text = clean_entry(entry)
        if text in NOTHING or NOTE.search(text) or len(text) < 2:
            cleaned["dropped"] += bool(entry)
            continue
        text = MISREAD.get(text, text)
        cleaned["mended"] += text != entry
        for one in text.split("|"):
            if one in kept:
                cleaned["repeated"] += 1
            else:
                kept.append(one)
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


def occupation_groups(occupations: Sequence[dict[str, str]], cleaned: Counter[str]) -> list[tuple[str, str]]:
    """Each group by its code with the name that most of its occupations give it; a row may name a wrong one."""
    names: dict[str, Counter[str]] = {}
    for row in occupations:
        for part in ("major", "middle", "minor"):
            names.setdefault(row[f"{part}_code"], Counter())[row[f"{part}_name"]] += 1
    cleaned["occupations with another name of their group"] += sum(
        count.total() - max(count.values()) for count in names.values()
    )
    return [(code, max(count, key=lambda name: count[name])) for code, count in sorted(names.items())]


def main(folder: Path, target: Path = TARGET) -> None:
    cleaned: Counter[str] = Counter()
    programs = read(folder, "programs.csv")
    categories = {
        (r["level"], r["category_code"]): r["category_name"] for r in programs if r["category_name"]
    }
    for row in programs:
        if not row["class_name"]:
            row["class_name"] = CLASS_NAMES[row["class_code"]]
            cleaned["class names filled in"] += 1
        row["category_name"] = categories[row["level"], row["category_code"]]
    plain = ("level", "code", "name", "class_code", "class_name", "category_code", "category_name")
    counts = {
        "programs": write(
            target,
            "programs.tsv",
            (*plain, *LISTS),
            (
                [clean_name(row[c]) if c == "name" else row[c] for c in plain]
                + [clean_list(row[c], row["code"] in CUT.get(c, ()), cleaned) for c in LISTS]
                for row in programs
            ),
        )
    }
    occupations = read(folder, "occupations.csv")
    counts["occupations"] = write(
        target, "occupations.tsv", ("code", "name"), ([r["code"], r["name"]] for r in occupations)
    )
    counts["occupation groups"] = write(
        target, "occupation_groups.tsv", ("code", "name"), occupation_groups(occupations, cleaned)
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
    print("cleaned: " + ", ".join(f"{name} {count}" for name, count in sorted(cleaned.items())))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
