"""Programs of every level against industries of every level, through the packaged engine."""

import numpy as np
import pytest

from app.matching.documents import Document
from app.reference import load_reference
from app.runs.carried import INDUSTRIES, PROGRAMS, SCOPES, Carried
from app.runs.documents import industry_documents, program_documents
from app.runs.engine import load_engine
from app.runs.thesaurus import load_thesaurus


@pytest.fixture(scope="module")
def carried() -> Carried:
    return Carried(load_engine(), load_reference(), load_thesaurus())


FIRST = {
    "bachelor:101101K": "Q84",
    "bachelor:080902": "I65",
    "bachelor:030302": "Q85",
    "higher_vocational:590101": "Q85",
    "higher_vocational:510401": "C39",
    "higher_vocational:500211": "C36",
    "higher_vocational:570102K": "P83",
    "postgraduate:0835": "I65",
}
"""Where graduates plainly go: program → division of the best industry."""


@pytest.mark.parametrize("program", list(FIRST))
def test_a_program_fits_the_industry_it_trains_for(carried: Carried, program: str) -> None:
    reference = load_reference()
    documents = industry_documents(reference, {})
    query = carried.engine.encode([d for d in program_documents(reference, {}) if d.id == program])
    targets = carried.engine.encode(documents)
    [scores] = carried.scores(query, targets, INDUSTRIES)
    assert np.isfinite(scores).all() and ((scores >= 0) & (scores <= 1)).all()
    best = int(scores.argmax())
    assert documents[best].id[:3] == FIRST[program]
    [[(answer, why)]] = carried.reasons(query, targets, [[best]], INDUSTRIES)
    assert answer
    assert all(np.isfinite(list(why.log_odds.values())))


def test_every_industry_can_be_scored(carried: Carried) -> None:
    """Classes and sections as well, not only what runs keep."""
    every = [Document(i.code, i.name) for i in load_reference().industries]
    assert len(every) == 1971
    query = carried.engine.encode([Document("q", "软件工程", "计算机类", "bachelor", "080902")])
    [scores] = carried.scores(query, carried.engine.encode(every), INDUSTRIES)
    best = [every[place].id for place in np.argsort(-scores, kind="stable")[:20]]
    assert all(code.startswith("I") for code in best[:5])
    assert np.isfinite(scores).all()


def test_a_posting_reaches_programs_of_every_level(carried: Carried) -> None:
    documents = program_documents(load_reference(), {})
    targets = carried.engine.encode(documents)
    query = carried.engine.encode([Document("q", "数控车床操作工", "操作数控车床加工零件，会看机械图纸")])
    [scores] = carried.scores(query, targets, PROGRAMS)
    best = {d.level: d for d in (documents[place] for place in np.argsort(scores, kind="stable"))}
    assert "数控" in best["higher_vocational"].title and "数控" in best["secondary_vocational"].title
    assert (best["bachelor"].program_code or "").startswith("0802")


def test_a_scope_reaches_groups_of_its_division(carried: Carried) -> None:
    documents = industry_documents(load_reference(), {})
    query = carried.engine.encode(
        [Document("q", "", "集成电路芯片设计及服务；集成电路制造；半导体分立器件销售")]
    )
    [scores] = carried.scores(query, carried.engine.encode(documents), SCOPES)
    assert documents[int(scores.argmax())].id[:3] in {"C39", "I65"}
