"""The console as people use it, in headless Chromium on a real service: load, decide, correct, look at the quality."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import openpyxl
import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import Browser, Page, expect, sync_playwright  # noqa: E402

expect.set_options(timeout=30_000)  # a busy machine is no fault
CHANJIAO = Path(sys.executable).with_name("chanjiao")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PLANS = (
    "院校名称,专业名称,层次,年份,省份,计划数\n"
    "复旦大学,法学,本科,2025,上海,5\n"
    "同济大学,软件工程,本科,2025,上海,7\n"
    "同济大学,炼金学,本科,2025,上海,3\n"
    "同济大学,炼金学,本科,2025,江苏,4\n"
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service on an empty database; its address."""
    folder = tmp_path_factory.mktemp("console")
    uploads = folder / "uploads"
    uploads.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CHANJIAO_")}
    environment |= {
        "CHANJIAO_DATA_DIR": str(folder / "data"),
        "CHANJIAO_PORT": str(port),
        "TMPDIR": str(uploads),
        "HOME": str(folder),
    }
    subprocess.run([CHANJIAO, "db", "upgrade"], env=environment, cwd=folder, check=True, timeout=120)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([CHANJIAO, "serve"], env=environment, cwd=folder, stdout=log, stderr=log)
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(600):
                try:
                    httpx.get(f"{address}/health")
                    break
                except httpx.TransportError:
                    assert process.poll() is None, (folder / "log").read_text()
                    time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait(30)
    assert not (folder / ".nicegui").exists()
    assert not list(uploads.iterdir())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, service: str) -> Iterator[Page]:
    """A page of the console; nothing in it may fail, and nothing may come from elsewhere."""
    page = browser.new_page(base_url=service, locale="zh-CN")
    page.set_default_timeout(30_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda asked: faults.append(asked.type) or asked.accept())
    page.on(
        "request",
        lambda asked: asked.url.startswith((service, "data:", "blob:")) or faults.append(asked.url),
    )
    yield page
    page.close()
    assert not faults


def upload(page: Page, path: Path) -> None:
    page.goto("/console/load")
    page.locator("input[type=file]").set_input_files(path)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_file_is_checked_loaded_corrected_and_undone(page: Page, tmp_path: Path, service: str) -> None:
    path = tmp_path / "计划.csv"
    path.write_text(PLANS, "gb18030")
    upload(page, path)
    expect(page.get_by_text("计划.csv 是什么")).to_be_visible()
    page.get_by_label("使用许可").fill("公开信息")
    press(page, "检查（不保存）")
    expect(page.get_by_text("检查完毕，没有保存任何内容")).to_be_visible()
    assert httpx.get(f"{service}/v1/batches").json()["total"] == 0
    press(page, "装入")
    expect(page.get_by_text("已装入", exact=True)).to_be_visible()
    expect(page.get_by_text("4 = 2 + 0 + 2")).to_be_visible()
    batch = httpx.get(f"{service}/v1/batches").json()["items"][0]
    assert (batch["licence"], batch["accepted"], batch["quarantined"]) == ("公开信息", 2, 2)

    page.get_by_role("link", name="改正隔离的 2 行").click()
    expect(page.get_by_text("炼金学").first).to_be_visible()
    page.get_by_role("button", name="改正", exact=True).first.click()
    page.get_by_label("专业名称").fill("软件工程")
    page.get_by_text("值与原因相同的 2 行").click()
    press(page, "改好了")
    expect(page.get_by_text("已改 2 行，尚未交回")).to_be_visible()
    press(page, "检查")
    expect(page.get_by_text("检查的结果（未保存）")).to_be_visible()
    press(page, "知道了")
    press(page, "交回")
    expect(page.get_by_text("接收 2，重复 0，仍被隔离 0")).to_be_visible()
    press(page, "知道了")
    expect(page.get_by_text("这个批次没有等待改正的行。")).to_be_visible()

    page.goto(f"/console/batches/{batch['id']}")
    press(page, "撤回")
    page.get_by_label("理由（可不写）").fill("学校重发")
    page.get_by_role("dialog").get_by_role("button", name="撤回").click()
    expect(page.get_by_text("已拒绝或撤回").first).to_be_visible()
    states = {each["state"] for each in httpx.get(f"{service}/v1/batches").json()["items"]}
    assert states == {"rejected"}  # its corrections went with it


def test_a_header_in_doubt_is_asked_about_and_the_answer_kept(
    page: Page, tmp_path: Path, service: str
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("学校,招的专业,年,计划\n复旦大学,法学,2025,5\n", "utf-8")
    upload(page, path)
    expect(page.get_by_text("有 1 列不能确定，请选择。")).to_be_visible()
    press(page, "装入")
    expect(page.get_by_text("请选择：招的专业 是哪一列，或不用")).to_be_visible()
    assert not httpx.get(f"{service}/v1/batches", params={"source": "某校"}).json()["total"]
    page.get_by_label("来源").fill("某校")
    page.get_by_label("来源").blur()
    field = page.get_by_label("招的专业 成为")
    field.click()
    page.get_by_role("option", name="专业名称").first.click()
    press(page, "装入")
    expect(page.get_by_text("1 = 1 + 0 + 0")).to_be_visible()

    later = tmp_path / "later.csv"
    later.write_text("学校,招的专业,年,计划\n同济大学,法学,2025,6\n", "utf-8")
    upload(page, later)
    page.get_by_label("来源").fill("某校")
    page.get_by_label("来源").blur()
    expect(page.get_by_text("采用了为此来源保存的列对应。")).to_be_visible()
    expect(page.get_by_text("不能确定")).to_have_count(0)


def test_a_column_that_the_file_lacks_is_given_for_all_of_it(
    page: Page, tmp_path: Path, service: str
) -> None:
    path = tmp_path / "no-year.csv"
    path.write_text("学校,专业名称,层次,计划数\n复旦大学,法学,本科,9\n", "utf-8")
    upload(page, path)
    press(page, "装入")
    expect(page.get_by_text("缺少列").first).to_be_visible()
    page.get_by_label("年份", exact=True).fill("2024")
    press(page, "装入")
    expect(page.get_by_text("1 = 1 + 0 + 0")).to_be_visible()
    found = httpx.get(f"{service}/v1/batches", params={"kind": "enrolment-plan"}).json()["items"][0]
    detail = httpx.get(f"{service}/v1/batches/{found['id']}").json()
    assert (found["filename"], detail["reading"]["constants"]) == ("no-year.csv", {"year": "2024"})

    path.write_text("学校,专业名称,层次,计划数\n复旦大学,法学,本科,11\n", "utf-8")
    upload(page, path)
    kept = page.get_by_label("年份", exact=True)
    expect(kept).to_have_value("2024")  # of the file before: seen, and taken away
    kept.fill("")
    press(page, "装入")
    expect(page.get_by_text("缺少列：年份")).to_be_visible()
    kept.fill("2025")
    press(page, "装入")
    expect(page.get_by_text("1 = 1 + 0 + 0")).to_be_visible()


def test_a_held_batch_waits_until_somebody_accepts_it(page: Page, tmp_path: Path, service: str) -> None:
    path = tmp_path / "held.csv"
    path.write_text(PLANS.replace(",5\n", ",55\n"), "utf-8")
    upload(page, path)
    page.get_by_text("只检查并留存，接收后才计入").click()
    press(page, "装入")
    expect(page.get_by_text("已检查并留存，接收后才计入").first).to_be_visible()
    page.get_by_role("link", name="查看这个批次").click()
    expect(page.get_by_text("已检查，等待决定").first).to_be_visible()
    press(page, "接收")
    page.get_by_role("dialog").get_by_role("button", name="接收").click()
    expect(page.get_by_text("已接收", exact=True).first).to_be_visible()
    found = httpx.get(f"{service}/v1/batches", params={"state": "accepted"}).json()["items"]
    assert "held.csv" in {each["filename"] for each in found}


def test_a_corrected_workbook_is_handed_in(page: Page, tmp_path: Path, service: str) -> None:
    path = tmp_path / "books.csv"
    path.write_text(PLANS.replace("复旦大学,法学", "复旦大学,哲学").replace("炼金学", "占星学"), "utf-8")
    upload(page, path)
    press(page, "装入")
    expect(page.get_by_text("已装入", exact=True)).to_be_visible()
    with page.expect_download() as started:
        page.get_by_text("导出隔离的行（XLSX）").click()
    export = tmp_path / "export.xlsx"
    started.value.save_as(export)
    book = openpyxl.load_workbook(export)
    for row in book.worksheets[0].iter_rows(min_row=2):
        for cell in row:
            if cell.value == "占星学":
                cell.value = "天文学"
    book.save(export)
    page.goto("/console/quarantine")
    page.get_by_text("用表格改正：").click()
    page.locator("input[type=file]").set_input_files(export)
    expect(page.get_by_text("改动 2 行")).to_be_visible()


def test_what_is_refused_is_said_with_what_to_do(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "broken.xlsx"
    path.write_bytes(b"PK\x03\x04 not a workbook")
    upload(page, path)
    expect(page.get_by_role("dialog")).to_contain_text("broken.xlsx")
    press(page, "知道了")
    expect(page.get_by_role("dialog")).to_have_count(0)
    path = tmp_path / "alchemy.csv"
    path.write_text(PLANS.splitlines()[0] + "\n同济大学,炼金学,本科,2025,上海,3\n", "utf-8")
    page.locator("input[type=file]").set_input_files(path)
    expect(page.get_by_text("alchemy.csv 是什么")).to_be_visible()
    press(page, "装入")
    expect(page.get_by_role("dialog")).to_contain_text("没有一行可以接收")
    press(page, "知道了")
    expect(page.get_by_role("button", name="装入", exact=True)).to_be_enabled()
    page.goto("/console/batches/none")
    expect(page.get_by_text("没有这个批次", exact=True)).to_be_visible()


def test_a_template_is_at_hand_for_every_kind(page: Page, tmp_path: Path) -> None:
    page.goto("/console/load")
    page.get_by_text("填写用的模板").click()
    with page.expect_download() as started:
        page.get_by_text("招生计划", exact=True).click()
    template = tmp_path / "template.xlsx"
    started.value.save_as(template)
    assert "招生计划" in openpyxl.load_workbook(template).sheetnames[0]


def test_the_quality_of_what_counts_is_shown_and_exported(page: Page) -> None:
    page.goto("/console/")
    page.get_by_role("link", name="数据质量").click()
    page.get_by_text("招生计划：").click()
    expect(page.get_by_text("完整度", exact=True).first).to_be_visible()
    with page.expect_download() as started:
        page.get_by_text("导出（XLSX）").click()
    assert started.value.suggested_filename.endswith(".xlsx")
