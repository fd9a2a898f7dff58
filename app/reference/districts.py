"""Districts 区 of Shanghai with their centres."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from types import MappingProxyType

from app.errors import InvalidCodeError
from app.reference.codes import parse_district_code
from app.reference.programs import name_key

EARTH_RADIUS_KM = 6371.0088


@dataclass(frozen=True, slots=True)
class District:
    code: str
    name: str
    latitude: float
    longitude: float
    """Degrees, WGS 84, of about where the district's government sits."""


class Districts:
    """Look-up by code and by name, with or without 区; and the well-known areas within them."""

    def __init__(self, districts: Iterable[District], places: Mapping[str, str] | None = None) -> None:
        self._all = tuple(districts)
        self.places: Mapping[str, str] = MappingProxyType(dict(places or {}))
        """Names of areas (张江, 临港) with the code of the district they lie in."""
        self._by_code = {district.code: district for district in self._all}
        self._by_name = {name_key(district.name): district for district in self._all}
        self._by_name |= {
            name.removesuffix("新区").removesuffix("区"): d for name, d in self._by_name.items()
        }

    def __iter__(self) -> Iterator[District]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def find(self, code: str) -> District | None:
        return self._by_code.get(code)

    def get(self, code: str) -> District:
        """The district. Raises InvalidCodeError for an unknown code."""
        district = self.find(parse_district_code(code))
        if district is None:
            raise InvalidCodeError(
                f"上海没有行政区划代码 {code}",
                remedy=f"可用：{'、'.join(d.name + d.code for d in self._all)}",
            )
        return district

    def named(self, name: str) -> District | None:
        return self._by_name.get(name_key(name))

    def distance_km(self, a: str, b: str) -> float:
        """Great-circle distance between the centres of two districts, km (haversine formula)."""
        one, two = self.find(a) or self.get(a), self.find(b) or self.get(b)
        latitude = radians(two.latitude - one.latitude)
        longitude = radians(two.longitude - one.longitude)
        h = (
            sin(latitude / 2) ** 2
            + cos(radians(one.latitude)) * cos(radians(two.latitude)) * sin(longitude / 2) ** 2
        )
        return 2 * EARTH_RADIUS_KM * asin(sqrt(h))
