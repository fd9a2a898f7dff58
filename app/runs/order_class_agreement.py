"""The draft of an agreement 协议草案: an order class written into a DOCX template that a city can replace."""

import zipfile
from collections.abc import Mapping
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any

from docx.opc.exceptions import PackageNotFoundError
from docxtpl import DocxTemplate  # type: ignore[import-untyped]
from jinja2 import StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment
from sqlalchemy.orm import Session

from app.errors import SettingsError
from app.matching.posting import understand
from app.models import Posting, now
from app.reference import load_reference
from app.reference.levels import Level
from app.runs.order_class_states import STATES
from app.runs.order_classes import Standing, get_class
from app.settings import get_settings

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SETTING = "CHANJIAO_AGREEMENT_TEMPLATE"
MODES = {
    "order_class": "订单班",
    "modern_apprenticeship": "现代学徒制",
    "enterprise_apprenticeship": "企业新型学徒制",
    "internship": "实习",
}
SEASONS = {"autumn": "秋季学期", "spring": "春季学期"}


def agreement_of(session: Session, class_id: str) -> bytes:
    """The draft for a class, as the bytes of a DOCX. Raises NotFoundError, and SettingsError for a bad template."""
    standing = get_class(session, class_id)
    posting = session.get(Posting, standing.row.posting_id)
    template = get_settings().agreement_template
    return written(template, contents(standing, posting))


def contents(standing: Standing, posting: Posting | None) -> dict[str, Any]:
    """What a template can name; every member is there, empty where nothing is known. docs/order-classes.md lists them."""
    row = standing.row
    reference = load_reference()
    school = reference.schools.find(row.school_code)
    program = reference.programs.find(row.level, row.program_code)
    district = reference.districts.find(posting.district_code) if posting and posting.district_code else None
    asked = list(posting.certificates) if posting else []
    asked += understand(posting.title, posting.description).certificates if posting else []
    signed = next((move for move in reversed(standing.history) if move.to_state == "signed"), None)
    return {
        "class": {
            "id": row.id,
            "mode": MODES.get(row.mode, row.mode),
            "title": row.title,
            "heads": row.heads,
            "start_year": row.start_year,
            "term": SEASONS.get((posting.start_season if posting else None) or "", ""),
            "state": STATES[row.state],
            "simulated": row.simulated,
        },
        "enterprise": {
            "name": row.enterprise,
            "credit_code": row.credit_code or "",
            "district": district.name if district else "",
            "teachers": posting.teachers if posting and posting.teachers is not None else "",
            "equipment": posting.equipment if posting else "",
            "stipend": f"{posting.stipend:g}" if posting and posting.stipend is not None else "",
            "jobs": posting.jobs_guaranteed if posting and posting.jobs_guaranteed is not None else "",
        },
        "school": {"name": school.name if school else row.school_code, "code": row.school_code},
        "program": {
            "name": program.name if program else row.program_code,
            "code": row.program_code,
            "level": Level(row.level).label,
        },
        "courses": list(program.core_courses or program.foundation_courses) if program else [],
        "certificates": list(dict.fromkeys((*asked, *(program.certificates if program else ())))),
        "skills": list(posting.skills) if posting else [],
        "drafted": now().date().isoformat(),
        "signed": (signed.effective or signed.at.date()).isoformat() if signed else "",
    }


def written(template: Path | None, values: Mapping[str, Any]) -> bytes:
    """`values` written into the template, or into the packaged one. Raises SettingsError saying what is wrong with it.

    Templates come from whoever runs the service, yet they are text that runs: names begin no attribute access to the
    inside of Python (sandbox), values are escaped, and a name that is not there is an error, not an empty place.
    """
    name = template.name if template else "order_class_agreement.docx"
    environment = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    try:
        document = DocxTemplate(BytesIO(_content(template)))
        document.render(dict(values), jinja_env=environment)
        out = BytesIO()
        document.save(out)
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "不是有效的 DOCX 文件"
        raise _fault(name, why) from error
    except TemplateSyntaxError as error:
        raise _fault(name, f"标记写错：{error.message}（第 {error.lineno} 行）") from error
    except UndefinedError as error:
        raise _fault(name, f"用了不存在的名称：{error.message}") from error
    except SecurityError as error:
        raise _fault(name, f"用了不允许的写法：{error}") from error
    except (TemplateError, TypeError, ArithmeticError) as error:
        raise _fault(name, f"无法填写：{error}") from error
    return out.getvalue()


def _content(template: Path | None) -> bytes:
    if template is None:
        return (files("app.data") / "templates" / "order_class_agreement.docx").read_bytes()
    return template.read_bytes()


def _fault(name: str, why: str) -> SettingsError:
    return SettingsError(
        f"协议模板 {name} {why}",
        remedy=f"请改正模板，或去掉设置 {SETTING} 以用自带的模板；可用的名称见 docs/order-classes.md",
    )
