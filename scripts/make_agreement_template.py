"""Write the packaged template of the draft agreement of an order class; the same bytes every time.

python scripts/make_agreement_template.py
"""

import zipfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

TARGET = Path(__file__).parents[1] / "app" / "data" / "templates" / "order_class_agreement.docx"
MADE = datetime(2026, 1, 1, tzinfo=UTC)
PARTIES = (
    ("甲方（企业）", "{{ enterprise.name }}"),
    ("统一社会信用代码", "{{ enterprise.credit_code or '________________' }}"),
    ("所在区", "{{ enterprise.district or '________' }}"),
    ("乙方（学校）", "{{ school.name }}（{{ school.code }}）"),
)
CLASS = (
    ("培养方式", "{{ class.mode }}"),
    ("岗位", "{{ class.title }}"),
    ("专业", "{{ program.name }}（{{ program.level }}，{{ program.code }}）"),
    ("人数", "{{ class.heads }} 人"),
    ("开始", "{{ class.start_year }} 年{{ class.term }}"),
    ("订单班编号", "{{ class.id }}"),
)
ENTERPRISE_DUTIES = (
    "参与制定人才培养方案与课程标准，按岗位要求提出技能目标。",
    "派出企业教师 {{ enterprise.teachers if enterprise.teachers != '' else '____' }} 人，承担实践教学。",
    "提供实训设备与场地：{{ enterprise.equipment or '________________' }}。",
    "学生在岗期间每人每月补贴 {{ enterprise.stipend or '____' }} 元，并保障劳动安全。",
    "对考核合格的毕业生，录用不少于 {{ enterprise.jobs if enterprise.jobs != '' else '____' }} 人。",
)
SCHOOL_DUTIES = (
    "按本协议的人数组班，落实招生计划、教室与师资。",
    "组织教学与考核，安排学生取得约定的证书。",
    "向甲方与平台如实提供到班、毕业与就业人数。",
)


def main() -> None:
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "宋体", Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = title.add_run("{{ class.mode }}合作协议（草案）")
    run.bold, run.font.size = True, Pt(18)
    document.add_paragraph("{%p if class.simulated %}")
    document.add_paragraph("【模拟数据】本草案由模拟数据生成，不得用于签约。")
    document.add_paragraph("{%p endif %}")
    _table(document, PARTIES)
    _heading(document, "一、班级")
    _table(document, CLASS)
    _heading(document, "二、课程")
    _listed(document, "course", "courses", "由双方在人才培养方案中约定。")
    _heading(document, "三、证书与技能")
    _listed(document, "certificate", "certificates", "证书由双方约定。")
    document.add_paragraph("{%p if skills %}")
    document.add_paragraph("技能：{{ skills | join('、') }}。")
    document.add_paragraph("{%p endif %}")
    _heading(document, "四、甲方的义务")
    for number, duty in enumerate(ENTERPRISE_DUTIES, start=1):
        document.add_paragraph(f"{number}. {duty}")
    _heading(document, "五、乙方的义务")
    for number, duty in enumerate(SCHOOL_DUTIES, start=1):
        document.add_paragraph(f"{number}. {duty}")
    _heading(document, "六、其他")
    document.add_paragraph("未尽事宜由双方另行约定。本草案不具法律效力，以双方签署的文本为准。")
    document.add_paragraph("甲方（盖章）：________________　　乙方（盖章）：________________")
    document.add_paragraph("签约日期：{{ signed or '____年__月__日' }}　　草案日期：{{ drafted }}")
    properties = document.core_properties
    properties.author, properties.title, properties.comments = "chanjiao", "订单班协议草案", ""
    properties.created = properties.modified = MADE.replace(tzinfo=None)
    properties.last_modified_by, properties.revision = "chanjiao", 1
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(_undated(document))
    print(TARGET)


def _heading(document: object, text: str) -> None:
    run = document.add_paragraph().add_run(text)  # type: ignore[attr-defined]
    run.bold = True


def _table(document: object, rows: tuple[tuple[str, str], ...]) -> None:
    table = document.add_table(rows=0, cols=2, style="Table Grid")  # type: ignore[attr-defined]
    for name, value in rows:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = name, value


def _listed(document: object, one: str, many: str, otherwise: str) -> None:
    add = document.add_paragraph  # type: ignore[attr-defined]
    add(f"{{%p for {one} in {many} %}}")
    add(f"{{{{ loop.index }}}}. {{{{ {one} }}}}")
    add("{%p else %}")
    add(otherwise)
    add("{%p endfor %}")


def _undated(document: object) -> bytes:
    """The file with every part dated alike, since the packing writes the time of day into the archive."""
    packed, plain = BytesIO(), BytesIO()
    document.save(packed)  # type: ignore[attr-defined]
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(
                zipfile.ZipInfo(name, MADE.timetuple()[:6]), source.read(name), zipfile.ZIP_DEFLATED
            )
    return plain.getvalue()


if __name__ == "__main__":
    main()
