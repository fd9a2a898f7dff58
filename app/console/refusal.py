"""Pages that cannot be shown 打不开的页面: what is said instead, in the frame of the others."""

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from nicegui import App, Client, ui
from starlette.exceptions import HTTPException

from app.console.fault import recorded
from app.console.frame import console_page, framed
from app.errors import ChanjiaoError


def install(app: App) -> None:
    """Let every page that cannot be shown say why, without telling of the inside of the service."""
    app.add_exception_handler(ChanjiaoError, _refused)
    app.add_exception_handler(RequestValidationError, _misspelt)
    app.add_exception_handler(404, _missing)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ChanjiaoError)
    return _page(request, error.status, error.message, error.remedy)


def _misspelt(request: Request, _: Exception) -> Response:
    return _page(request, 422, "地址中的参数不对", "请从页面上的链接进入。")


def _missing(request: Request, error: Exception) -> Response:
    if request.method != "GET":  # an upload to a page that is gone
        return Response(status_code=error.status_code if isinstance(error, HTTPException) else 404)
    return _page(request, 404, "没有这一页", "地址可能写错了，请从上面的栏目进入。")


def failed(request: Request, error: Exception) -> Response:
    """The page for what nobody foresaw."""
    return _page(request, 500, "这一页出错了", recorded(error, request.url.path))


def _page(request: Request, status: int, title: str, what_to_do: str) -> Response:
    with Client(console_page(""), request=request) as client:
        with framed(title, what_to_do):
            ui.link("回到总览", "/")
        return client.build_response(request, status)
