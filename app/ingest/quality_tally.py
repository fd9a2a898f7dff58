"""Records counted in one pass: how many have what, which codes, which characters, which figures by year."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Float, Integer

from app.ingest.quality_names import name_of, titles_of
from app.ingest.schema import Kind
from app.models import DemandFigure, EnrolmentPlan, EnterpriseContribution

_OWN = {"id", "batch_id", "sheet", "row", "fingerprint", "simulated", "received_at", "at", "who", "pair"}
_OWN |= {"read_from_text", "run_id", "origin", "subject", "broad", "main"}
_CODES = {"level", "region", "province"}
_TEXTS = {
    "name",
    "program_name",
    "title",
    "description",
    "text",
    "item",
    "indicator",
    "cluster",
    "enterprise",
}
_NO_AMOUNT = {
    "year",
    "quarter",
    "schooling_years",
    "tuition",
    "experience_years",
    "start_year",
    "low",
    "high",
}
_KEYS: Mapping[Any, tuple[str, ...]] = {
    EnrolmentPlan: ("school_code", "level", "name"),
    EnterpriseContribution: ("credit_code",),
    DemandFigure: ("item", "indicator", "measure", "region"),
}
"""What names a figure from year to year, where it is not all the codes of the record."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Which columns of a kind's records are looked at, and how."""

    columns: tuple[str, ...]
    codes: tuple[str, ...]
    texts: tuple[str, ...]
    key: tuple[str, ...]
    amounts: tuple[str, ...]
    rates: tuple[str, ...]
    titles: Mapping[str, str]
    within: str | None
    """Column of which only values that both years have are compared: provinces, of which a file may bring a few."""

    @property
    def figures(self) -> tuple[str, ...]:
        return self.amounts + self.rates


def shape_of(kind: Kind) -> Shape:
    """By the columns of the table: codes by their names, texts likewise, figures by their types."""
    table = [c for c in kind.model.__table__.columns if c.name not in _OWN]
    names = tuple(column.name for column in table)
    codes = tuple(name for name in names if name in _CODES or name.endswith(("_code", "_codes")))
    codes = tuple(name for name in codes if name != "credit_code")
    numbers = tuple(
        column.name
        for column in table
        if isinstance(column.type, Integer | Float) and column.name not in _NO_AMOUNT
    )
    yearly = "year" in names
    return Shape(
        columns=names,
        codes=codes,
        texts=tuple(name for name in names if name in _TEXTS),
        key=_KEYS.get(kind.model, tuple(code for code in codes if not code.endswith("_codes"))),
        amounts=tuple(name for name in numbers if yearly and not name.endswith("_rate")),
        rates=tuple(name for name in numbers if yearly and name.endswith("_rate")),
        titles=titles_of(kind),
        within="province" if "province" in names else None,
    )


Figures = dict[tuple[str, int], dict[str, dict[str, dict[str, float]]]]
"""By column and year: by key, by value of `within`, by batch, the sum."""


def _nested() -> Any:
    return defaultdict(lambda: defaultdict(lambda: defaultdict(float)))


@dataclass(slots=True)
class Tally:
    rows: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    codes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    characters: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    texts: Counter[str] = field(default_factory=Counter)
    figures: Figures = field(default_factory=lambda: defaultdict(_nested))
    years: set[int] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    """What the key of a figure names, in words."""

    def take(self, shape: Shape, records: Iterable[Mapping[str, Any]]) -> "Tally":
        """Count records: mappings of the shape's columns and `batch_id`."""
        for record in records:
            self.rows += 1
            for name in shape.columns:
                value = record[name]
                if value is None or value == "" or value == [] or value == {}:
                    continue
                self.filled[name] += 1
                if name in shape.codes:
                    self.codes[name].update(value if isinstance(value, list) else [str(value)])
                elif name in shape.texts:
                    self.characters[name].update(str(value))
                    self.texts[name] += 1
            self._take_figures(shape, record)
        return self

    def _take_figures(self, shape: Shape, record: Mapping[str, Any]) -> None:
        year = record.get("year")
        if year is None or not shape.figures:
            return
        self.years.add(year)
        key = " ".join(str(record[name]) for name in shape.key if record[name] not in (None, ""))
        if key not in self.names:
            self.names[key] = name_of({name: record[name] for name in shape.key})
        part = str(record[shape.within]) if shape.within else ""
        for name in shape.figures:
            if (value := record[name]) is not None:
                cell = self.figures[name, year][key][part]
                batch = str(record["batch_id"])
                cell[batch] = float(value) if name in shape.rates else cell[batch] + float(value)


def compared(
    now: Mapping[str, Mapping[str, Mapping[str, float]]],
    before: Mapping[str, Mapping[str, Mapping[str, float]]],
) -> tuple[dict[str, float], dict[str, float]]:
    """Figures by key of two years over the parts that both have; of several batches the largest, as a run counts them."""

    def total(parts: Mapping[str, Mapping[str, float]], common: set[str]) -> float:
        return sum(max(parts[part].values()) for part in common)

    here: dict[str, float] = {}
    there: dict[str, float] = {}
    for key in now.keys() & before.keys():
        if common := now[key].keys() & before[key].keys():
            here[key], there[key] = total(now[key], common), total(before[key], common)
    return here, there
