"""Campuses 校区."""

from app.ingest.kinds.entities import DISTRICT, SCHOOL_CODE, SCHOOL_NAME, district_of, school_of
from app.ingest.schema import SIMULATED, Cells, Column, Kind, Record
from app.ingest.values import truth
from app.models import Campus


def build(cells: Cells) -> Record:
    school = school_of(cells)
    district = district_of(cells)
    return {
        "school_code": school.code,
        "name": cells.need("name")[:100],
        "district_code": district.code,
        "main": cells.read("main", truth, False),
    }


CAMPUSES = Kind(
    name="campuses",
    title="校区",
    description="学校的校区及其所在区。",
    model=Campus,
    columns=(
        SCHOOL_CODE,
        SCHOOL_NAME,
        Column("name", "校区", ("校区名称", "campus"), required=True),
        DISTRICT,
        Column("main", "主校区", ("是否主校区",)),
        SIMULATED,
    ),
    build=build,
    one_of=(("school_code", "school_name"), ("district_code",)),
    example="学校标识码=4131010255，校区=松江校区，区=松江区，主校区=是",
)
