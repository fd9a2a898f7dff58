"""Errors as problem documents (RFC 9457): every error of the service is one, and none tells of its inside."""

from dataclasses import dataclass
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import Field
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from app.api.listing import Model
from app.api.validation import FieldProblem, field_problems
from app.errors import ChanjiaoError
from app.models import new_id

MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger("chanjiao.api")


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem: its status, its title, what it means and what to do."""

    status: int
    title: str
    meaning: str


PROBLEM_TYPES = {
    "bad_request": ProblemType(400, "请求无法理解 Bad request", "请求体读不出来，例如编码损坏。"),
    "forbidden": ProblemType(403, "没有权限 Forbidden", "当前身份没有这项权限，请向管理员申请。"),
    "not_found": ProblemType(404, "没有找到 Not found", "地址或编号不存在；列表接口给出现有的编号。"),
    "method_not_allowed": ProblemType(
        405, "不支持这个方法 Method not allowed", "Allow 头列出该地址支持的方法。"
    ),
    "conflict": ProblemType(409, "状态不允许 Conflict", "对象当前的状态不允许这项操作。"),
    "content_too_large": ProblemType(
        413, "请求体太大 Content too large", "请缩短文字；文件请压缩成 ZIP 或分成几个。"
    ),
    "validation_failed": ProblemType(
        422, "参数不合要求 Validation failed", "errors 逐项列出哪个参数、为什么、怎样改。"
    ),
    "invalid_code": ProblemType(
        422, "代码无效 Invalid code", "代码不合格式，或不在官方目录中；列表接口可按名称查到代码。"
    ),
    "invalid_input": ProblemType(422, "取值无效 Invalid input", "取值超出允许的范围。"),
    "invalid_profile": ProblemType(422, "政策参数无效 Invalid profile", "政策参数文件缺少或写错了某一项。"),
    "unreadable_file": ProblemType(422, "文件无法读取 Unreadable file", "文件不是所说的种类，或已损坏。"),
    "error": ProblemType(400, "请求有误 Error", "详见 detail。"),
    "http_error": ProblemType(400, "请求有误 HTTP error", "详见 status。"),
    "internal_error": ProblemType(
        500, "服务内部错误 Internal error", "错误已记入日志；请把 instance 中的编号告诉管理员。"
    ),
    "invalid_settings": ProblemType(
        500, "设置有误 Invalid settings", "某个 CHANJIAO_ 环境变量取值不合要求。"
    ),
    "invalid_sources": ProblemType(
        500, "来源配置有误 Invalid sources", "sources.toml 某一处写错，detail 逐项说明。"
    ),
    "pull_failed": ProblemType(
        502, "拉取失败 Pull failed", "数据来源没有给出可用的数据；原因见 /v1/pulls，没有改变任何数据。"
    ),
    "embedding_unavailable": ProblemType(
        503,
        "向量服务不可用 Embedding server unavailable",
        "向量服务没有给出可用的回答：运行 chanjiao embeddings check。",
    ),
    "insufficient_storage": ProblemType(
        507, "磁盘空间不足 Insufficient storage", "服务器的磁盘放不下收到的文件；没有保存任何内容。"
    ),
    "nothing_published": ProblemType(
        503, "尚无发布结果 Nothing published", "还没有发布测算：运行 chanjiao run --publish。"
    ),
    "reader_lost": ProblemType(
        503, "读取中断 Reader lost", "读取文件的进程意外结束，没有保存任何内容：稍后再试，或检查内存。"
    ),
    "database_state": ProblemType(
        503,
        "数据库不可用 Database not ready",
        "数据库连不上、繁忙或版本不符：稍后再试，或 chanjiao db upgrade。",
    ),
}
"""By code. GET /v1/problems/{code} serves them, so that the `type` of a problem leads to an explanation."""

_HTTP = {
    400: ("bad_request", "请求体无法读取，请检查编码与格式"),
    404: ("not_found", "没有这个地址，接口一览见 /docs"),
    405: ("method_not_allowed", "这个地址不支持该方法"),
    413: ("content_too_large", "请求体超过上限；文件可以压缩成 ZIP 或分成几个提交"),
}


class Problem(Model):
    """A problem document (RFC 9457)."""

    type: str = Field(description="问题种类的地址，打开可见说明。Leads to an explanation.")
    title: str
    status: int
    detail: str = Field(description="哪里不对、怎样改。What is wrong and what to do.")
    instance: str = Field(description="出问题的请求；内部错误为日志编号。")
    code: str = Field(description="稳定的机器可读代码。Stable, machine readable.")
    errors: list[FieldProblem] = Field(description="逐项的问题。What is wrong, item by item.")


def type_address(code: str) -> str:
    return f"/v1/problems/{code}"


def problem(
    code: str, status: int, detail: str, instance: str, errors: list[FieldProblem] | None = None
) -> Problem:
    return Problem(
        type=type_address(code),
        title=PROBLEM_TYPES[code].title,
        status=status,
        detail=detail,
        instance=instance,
        code=code,
        errors=errors or [],
    )


def _answer(document: Problem, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(
        document.model_dump(mode="json"),
        status_code=document.status,
        media_type=MEDIA_TYPE,
        headers={**(headers or {}), "Cache-Control": "no-store"},
    )


def _domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, ChanjiaoError)
    field = str(error.where.get("参数", ""))
    errors = (
        [
            FieldProblem(
                location="query" if request.method in ("GET", "HEAD") else "body",
                field=field,
                pointer=None if request.method in ("GET", "HEAD") else f"/{field}",
                code=error.code,
                message=error.message,
                remedy=error.remedy,
            )
        ]
        if field
        else []
    )
    code = error.code if error.code in PROBLEM_TYPES else "error"
    return _answer(problem(code, error.status, str(error), request.url.path, errors))


def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = field_problems(error.errors())
    said = "；".join(f"{each.field or '请求体'}：{each.message}" for each in found)
    code = "invalid_code" if {each.code for each in found} == {"invalid_code"} else "validation_failed"
    detail = f"有 {len(found)} 处不合要求：{said}"
    return _answer(problem(code, 422, detail, request.url.path, found))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, detail = _HTTP.get(error.status_code, ("http_error", HTTPStatus(error.status_code).phrase))
    return _answer(
        problem(code, error.status_code, detail, request.url.path),
        dict(getattr(error, "headers", None) or {}),
    )


def _database(request: Request, error: Exception) -> Response:
    occurrence = new_id()
    log.error("database unavailable", id=occurrence, path=request.url.path, error=str(error))
    detail = "数据库暂时不可用或版本不符，请稍后再试；若一直如此，请管理员运行 chanjiao db check"
    document = problem("database_state", 503, detail, f"urn:uuid:{occurrence}")
    return _answer(document, {"Retry-After": "5"})


def _unexpected(request: Request, error: Exception) -> Response:
    occurrence = new_id()
    log.error("unexpected error", id=occurrence, method=request.method, path=request.url.path, exc_info=error)
    detail = f"服务内部出错，已记入日志。请把编号 {occurrence} 告诉管理员"
    return _answer(problem("internal_error", 500, detail, f"urn:uuid:{occurrence}"))


def install(app: FastAPI) -> None:
    """Let every error of the application be answered with a problem document."""
    app.add_exception_handler(ChanjiaoError, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OperationalError, _database)
    app.add_exception_handler(PoolTimeoutError, _database)
    app.add_exception_handler(Exception, _unexpected)
