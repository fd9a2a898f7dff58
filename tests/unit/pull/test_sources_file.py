"""sources.toml: what is right is read, what is wrong is named."""

from pathlib import Path

import pytest

from app.errors import NotFoundError
from app.ingest.pull import SourcesError, read_sources
from app.ingest.pull.source import Folder, HttpFile, HttpJson, Query

DOCS = Path(__file__).parents[3] / "docs" / "sources.md"
JSON = """
[sources.plans]
connector = "http-json"
kind = "enrolment-plan"
url = "https://portal.example.gov.cn/api"
"""


def read(tmp_path: Path, text: str, name: str = "sources.toml") -> str:
    """What is wrong with a file."""
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(SourcesError) as caught:
        read_sources(path)
    assert str(path) in str(caught.value)
    return caught.value.message


def test_the_documented_example_is_valid(tmp_path: Path) -> None:
    page = DOCS.read_text("utf-8")
    blocks = [block.split("```")[0] for block in page.split("```toml\n")[1:]]
    path = tmp_path / "sources.toml"
    path.write_text(blocks[0], "utf-8")
    sources = read_sources(path)
    assert {type(source) for source in sources.entries.values()} == {HttpJson, HttpFile, Folder, Query}
    assert sources.timezone == "Asia/Shanghai"
    folder = next(source for source in sources.entries.values() if isinstance(source, Folder))
    assert folder.path.is_absolute() or folder.path.is_relative_to(tmp_path)


def test_amounts_are_read_as_people_write_them(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(
        JSON + 'every = "6h"\nrate = "30/m"\nlimits = { bytes = "20MB", seconds = 90 }\n', "utf-8"
    )
    source = read_sources(path)["plans"]
    assert isinstance(source, HttpJson)
    assert (source.every, source.rate, source.limits.bytes, source.limits.seconds) == (
        21_600,
        0.5,
        20 << 20,
        90,
    )
    with pytest.raises(NotFoundError, match="plans"):
        read_sources(path)["other"]
    assert read_sources(tmp_path / "none.toml", may_lack=True).entries == {}
    with pytest.raises(SourcesError, match="CHANJIAO_SOURCES_FILE"):
        read_sources(tmp_path / "none.toml")


def test_what_is_fetched_decides_the_fingerprint_and_nothing_else(tmp_path: Path) -> None:
    def fingerprint(more: str) -> str:
        path = tmp_path / "sources.toml"
        path.write_text(JSON + more, "utf-8")
        return read_sources(path)["plans"].fingerprint

    plain = fingerprint("")
    assert fingerprint('title = "x"\nevery = 60\nrate = 1\nretry = { attempts = 2 }\n') == plain
    assert fingerprint('items = "rows"\n') != plain
    assert fingerprint("simulated = true\n") != plain
    mapping = tmp_path / "m.toml"
    mapping.write_text("a = 1", "utf-8")
    before = fingerprint('mapping = "m.toml"\n')
    mapping.write_text("a = 2", "utf-8")
    assert fingerprint('mapping = "m.toml"\n') != before


FAULTS = {
    "sources = 1": "sources 要写成 [sources.名称] 各节",
    "zone = 1": "最外层的 zone 不认识",
    'timezone = "Mars"': "没有时区 Mars",
    "[sources.a]": "[sources.a] 缺少 connector；可用：http-json、http-file、directory、sql",
    '[sources.a]\nconnector = "ftp"': "没有 'ftp' 这一种",
    "[sources]\na = 1": "[sources.a] 要写成一节",
    JSON.replace("plans", "Plans"): "name （节名）只能用小写字母",
    JSON.replace('url = "https://portal.example.gov.cn/api"', ""): "[sources.plans] 缺少 url",
    JSON + "colour = 1": "colour 不认识；可用：title、connector",
    JSON + "headers = 3": "headers 要写成一节",
    JSON + "enabled = 7": "enabled 要写成 true 或 false",
    JSON + 'every = "often"': "every：要写成时长，如 30s、5m、6h、1d",
    JSON + "every = 0": "every 必须大于 0",
    JSON + 'every = "1h"\nschedule = "0 3 * * *"': "schedule 与 every 只能写一个",
    JSON + 'schedule = "0 25 * * *"': "schedule 不是有效的 cron",
    JSON + 'schedule = "daily"': "要有五项",
    JSON + 'rate = "fast"': "rate：要写成次数/单位时间，如 2/s、30/m",
    JSON + 'limits = { bytes = "much" }': "limits.bytes：要写成大小",
    JSON + "limits = { bits = 1 }": "limits.bits 不认识；可用：seconds",
    JSON + "retry = { attempts = 0 }": "retry.attempts 不能小于 1",
    JSON + "retry = { attempts = 99 }": "retry.attempts 不能大于 20",
    JSON + 'paging = { type = "random" }': "paging.type 要写成 none、offset、page、cursor 之一",
    JSON + "paging = { size = 3 }": "paging.type 要写成",
    JSON + 'paging = { type = "page", size = -1 }': "paging.size 不能小于 1",
    JSON + 'paging = { type = "page", cursor = "x" }': "paging.cursor 不认识；可用：total",
    JSON + 'paging = { type = "cursor" }': "缺少 paging.next",
    JSON + 'fields = { seats = "n" }': "fields 中 seats 不是 enrolment-plan 的列",
    JSON + 'constants = { seats = "n" }': "constants 中 seats 不是",
    JSON + 'fields = { plan = "n" }\nmapping = "m.toml"': "fields 与 mapping 只能写一个",
    JSON + 'headers = { Authorization = "Bearer abc" }': "headers.Authorization 像是密钥",
    JSON + 'params = { api_key = "abc" }': "params.api_key 像是密钥",
    JSON + 'headers = { Host = "x" }': "headers.Host 不能设置",
    JSON + 'headers = { "a b" = "x" }': "headers.a b 不能设置",
    JSON.replace("https://", "https://u:p@"): "不能含用户名、密码",
    JSON.replace("https://", "ftp://"): "url 要以 http:// 或 https:// 开头",
    JSON.replace("enrolment-plan", "plans"): "没有种类 plans；可用：enrolment-plan",
    '[sources.q]\nconnector = "sql"\nkind = "postings"\nurl = "postgresql://u:p@h/d"\nquery = "SELECT 1"': (
        "url 要写成 ${环境变量名}"
    ),
    '[sources.q]\nconnector = "sql"\nkind = "postings"\nurl = "${DB}"\nquery = "DROP TABLE x"': "只能以 SELECT",
    '[sources.q]\nconnector = "sql"\nkind = "postings"\nurl = "${DB}"\nquery = "SELECT 1; SELECT 2"': "分号",
    '[sources.f]\nconnector = "http-file"\nkind = "postings"\nurl = "https://a/b"\nfilename = "a/b"': "文件名",
    '[sources.d]\nconnector = "directory"\nkind = "postings"\npath = 3': "path 要写成路径",
    "[sources.a\n": "来源配置文件无法读取",
}


@pytest.mark.parametrize("text", FAULTS, ids=list(FAULTS.values()))
def test_each_fault_is_named_with_what_is_allowed(tmp_path: Path, text: str) -> None:
    message = read(tmp_path, text)
    assert FAULTS[text] in message
    for secret in ("Bearer abc", "u:p@"):
        assert secret not in message


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    message = read(tmp_path, JSON + "colour = 1\nenabled = 7\n" + JSON.replace("plans", "b") + "rate = -1\n")
    assert "3 处写错" in message
    assert "[sources.plans] colour" in message and "[sources.b] rate" in message
