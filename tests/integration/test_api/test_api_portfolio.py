"""The portfolio of the published run: objective, limits, comparison, conflict; none before there were any."""

from fastapi.testclient import TestClient
from published_world import CIRCUITS, World, make_run, portfolio
from sqlalchemy.orm import Session

from app.runs.publish import publish


def test_the_portfolio_is_served_with_its_limits_and_the_comparison(client: TestClient, world: World) -> None:
    answer = client.get("/v1/portfolio")
    assert answer.status_code == 200 and answer.headers["etag"] == f'"{world.run}"'
    body = answer.json()
    assert (body["run"], body["status"], body["objective"], body["gap"]) == (
        world.run,
        "optimal",
        90.0,
        0.0011,
    )
    assert body["sets"]["rules"]["objective"] > body["sets"]["portfolio"]["objective"]
    (limit,) = body["limits"]
    assert (limit["code"], limit["slack"], limit["price"]) == ("changed_most", 0.0, 1.5)
    (difference,) = body["differences"]
    assert difference["program_code"] == CIRCUITS and difference["program_name"]
    assert (difference["rule_action_name"], difference["action_name"]) == ("扩招", "保持")
    assert body["conflict"] is None and body["seconds"] is None
    again = client.get("/v1/portfolio", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_an_infeasible_portfolio_names_the_limits_that_conflict(
    client: TestClient, session: Session, world: World
) -> None:
    run = make_run(session, timings={"portfolio": 0.25})
    text = "“全市每年新增学位不少于 500 人/年”与“每校每年增设的专业点 1 个”相互冲突"
    names = {"name": "每校每年增设的专业点", "unit": "个"}
    conflict = {
        "text": text,
        "limits": [{"code": "open_per_school", "limit": 1.0, "needed": None, **names}],
    }
    session.add(portfolio(run, status="infeasible", bound=None, lp_bound=None, gap=None, conflict=conflict))
    session.commit()
    publish(session, run)
    body = client.get("/v1/portfolio").json()
    assert (body["status"], body["gap"], body["seconds"]) == ("infeasible", None, 0.25)
    assert body["conflict"]["text"] == text and body["conflict"]["limits"][0]["needed"] is None


def test_a_run_from_before_there_were_portfolios_says_what_to_do(
    client: TestClient, session: Session, world: World
) -> None:
    publish(session, make_run(session))
    answer = client.get("/v1/portfolio")
    assert answer.status_code == 404 and "chanjiao run --publish" in answer.text
