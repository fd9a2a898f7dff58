"""What is wrong with a request, in Chinese: the findings of pydantic, one sentence each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from app.api.listing import Model
from app.errors import InvalidCodeError

INVALID_CODE = "invalid_code"
_FORM = "form:"


class FieldProblem(Model):
    """One thing that is wrong, and where."""

    location: str
    """query, path, body or header."""
    field: str
    """Name of the parameter, or the path of the member of the body, e.g. `kinds.0`."""
    pointer: str | None = None
    """JSON pointer (RFC 6901) into the body."""
    code: str
    message: str
    remedy: str = ""


_MESSAGES: dict[str, str] = {
    "missing": "缺少必填项",
    "extra_forbidden": "不认识的参数，请核对名称",
    "int_parsing": "必须是整数",
    "int_type": "必须是整数",
    "int_from_float": "必须是整数，不能有小数",
    "int_parsing_size": "整数太大",
    "float_parsing": "必须是数",
    "float_type": "必须是数",
    "bool_parsing": "必须是 true 或 false",
    "bool_type": "必须是 true 或 false",
    "string_type": "必须是文字",
    "string_unicode": "含有无效的 Unicode 字符",
    "string_too_short": "至少要有 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不符合 {pattern}",
    "list_type": "必须是列表",
    "too_short": "至少要有 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "greater_than": "必须大于 {gt}",
    "greater_than_equal": "必须大于或等于 {ge}",
    "less_than": "必须小于 {lt}",
    "less_than_equal": "必须小于或等于 {le}",
    "literal_error": "只能是 {expected} 之一",
    "enum": "只能是 {expected} 之一",
    "json_invalid": "请求体不是有效的 JSON（{error}）",
    "model_attributes_type": "请求体必须是 JSON 对象，Content-Type 为 application/json",
    "model_type": "必须是 JSON 对象",
    "dict_type": "必须是 JSON 对象",
}


def field_problems(errors: Sequence[Mapping[str, Any]]) -> list[FieldProblem]:
    """Each finding of pydantic as a sentence in Chinese, with the place it is about."""
    return [_field_problem(error) for error in errors]


def in_body(form: str) -> str:
    """The tag of one of the forms a body can have; it is no part of the place of a finding."""
    return _FORM + form


def _field_problem(error: Mapping[str, Any]) -> FieldProblem:
    location, *path = (str(part) for part in error["loc"]) if error["loc"] else ("body",)
    path = [part for part in path if not part.startswith(_FORM)]
    kind, context = str(error["type"]), dict(error.get("ctx") or {})
    if kind == "json_invalid":
        path = []
    return FieldProblem(
        location=location,
        field=".".join(path),
        pointer="".join(f"/{part}" for part in path) if location == "body" else None,
        code=kind,
        message=_message(kind, context, str(error["msg"])),
        remedy=str(context.get("remedy", "")),
    )


def _message(kind: str, context: dict[str, Any], original: str) -> str:
    if kind in _MESSAGES:
        return _MESSAGES[kind].format_map({**context, "expected": _listed(context.get("expected", ""))})
    return str(context.get("message") or f"取值无效（{original}）")


def _listed(expected: object) -> str:
    return str(expected).replace(" or ", "、").replace(", ", "、").replace("'", "")


def refused(code: str, message: str, remedy: str = "") -> PydanticCustomError:
    """A finding of our own, to be raised by a validator."""
    return PydanticCustomError(code, "{message}", {"message": message, "remedy": remedy})


def checked(parse: Callable[[str], str]) -> BeforeValidator:
    """A validator that reads a text by `parse` and reports InvalidCodeError as a finding about its field."""

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return parse(value)
        except InvalidCodeError as error:
            raise refused(INVALID_CODE, error.message, error.remedy) from error

    return BeforeValidator(read)
