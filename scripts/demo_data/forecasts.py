"""Simulated demand forecasts: a table of 2027 heads, growth and spread, spread over the years by formula.

central(t) = heads_2027 · (1 + growth)^(t − 2027); low and high lie `spread` + 2 points per year away from it.
"""

from collections.abc import Iterator
from pathlib import Path

from demo_data.catalogue import read_csv

SHANGHAI = "310000"
YEARS = range(2027, 2031)
WIDENING = 0.02
"""Share by which the interval grows each year; an assumption."""


def forecasts() -> Iterator[dict[str, str | int]]:
    """Heads per year 人/年 by industry or occupation and level, growth and replacement together."""
    for row in read_csv(Path(__file__).with_name("forecasts.csv")):
        for year in YEARS:
            ahead = year - YEARS[0]
            central = float(row["heads_2027"]) * (1 + float(row["growth"])) ** ahead
            spread = float(row["spread"]) + WIDENING * ahead
            yield {
                "industry_code": row["industry_code"],
                "occupation_code": row["occupation_code"],
                "level": row["level"],
                "region": SHANGHAI,
                "year": year,
                "low": round(central * (1 - spread)),
                "central": round(central),
                "high": round(central * (1 + spread)),
                "source": f"模拟数据：{row['scenario']}情景，量级参照所附招生计划，非官方预测",
                "simulated": 1,
            }
