"""Official names and codes, read from the folder of shared facts."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


def read_csv(path: Path, encoding: str = "utf-8-sig") -> Iterator[dict[str, str]]:
    """Rows of a CSV file as dicts, in file order."""
    with path.open(encoding=encoding, newline="") as file:
        yield from csv.DictReader(file)


@dataclass(frozen=True, slots=True)
class Program:
    level: str
    code: str
    name: str
    class_code: str
    class_name: str


@dataclass(slots=True)
class Catalogue:
    """Programs by level and name, program class names, and the schools by short (5-digit) code."""

    programs: dict[tuple[str, str], Program] = field(default_factory=dict)
    named: dict[tuple[str, str], Program] = field(default_factory=dict)
    class_names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    schools: dict[str, str] = field(default_factory=dict)
    """Ten-digit school code → name."""
    applied: dict[str, str] = field(default_factory=dict)
    """Ten-digit school code → 本科 or 专科."""

    def find(self, level: str, name: str) -> Program | None:
        return self.named.get((level, name))

    def long_code(self, short: str) -> str | None:
        """The ten-digit code whose last five digits are `short`."""
        return next((code for code in self.schools if code.endswith(short)), None)


def load_catalogue(shared: Path) -> Catalogue:
    """The catalogue as it stands under `shared/reference`."""
    catalogue = Catalogue()
    for row in read_csv(shared / "reference" / "programs.csv"):
        program = Program(row["level"], row["code"], row["name"], row["class_code"], row["class_name"])
        catalogue.programs[program.level, program.code] = program
        catalogue.named.setdefault((program.level, program.name), program)
        catalogue.class_names[program.level].add(program.class_name)
    for row in read_csv(shared / "reference" / "schools_shanghai.csv"):
        catalogue.schools[row["school_code"]] = row["name"]
        catalogue.applied[row["school_code"]] = row["education_level"]
    return catalogue
