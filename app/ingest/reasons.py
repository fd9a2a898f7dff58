"""Reasons for which rows are in the quarantine: what lists, reports and exports call them, what they mean, what mends them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from app.ingest.kinds.enrolment_plan import MOST_SEATS
from app.ingest.kinds.postings import MODES


class Reason(NamedTuple):
    """A reason in a few words, at length, and what a person does about it."""

    title: str
    meaning: str
    remedy: str


REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        "missing_value": Reason(
            "缺少必填的值", "必填的一格是空的（-、—、/、无、暂无 也算空）", "补全后重新提交"
        ),
        "plan_missing": Reason("没有计划数", "招生计划没有计划数", "补填计划数；不知道时可留在隔离区"),
        "unknown_school": Reason(
            "不认识的学校",
            "上海高校名单（教育部 2025-06-20）中没有这个代码或校名",
            "核对代码；外省市与军队院校不在范围内",
        ),
        "unknown_program": Reason(
            "不认识的专业",
            "该层次的专业目录中没有这个专业",
            "核对专业名称、代码与层次；新设专业请先更新专业目录",
        ),
        "unknown_enterprise": Reason(
            "不认识的企业",
            "已装入的企业名单中没有这个名称，而这里必须有信用代码",
            "填写统一社会信用代码，或先装入有这家企业的 enterprise-register",
        ),
        "needs_review": Reason(
            "名称相近，需要核对",
            "没有代码或全名与之相同，只有相近的，不能替人决定",
            "按列出的可能（附分数）改填代码或全名后重新提交；是另一家企业则填它的信用代码；都不是则留在隔离区",
        ),
        "counts_disagree": Reason(
            "几个数互相矛盾", "部分大于总数，或人数与填写的率不符", "核对人数与率，或只填人数"
        ),
        "example_row": Reason("模板的示例行", "模板中的示例行", "删去这一行；它不影响其他行"),
        "unknown_district": Reason("不认识的区", "上海没有这个区", "填写区名（浦东新区、浦东）或六位代码"),
        "unknown_industry": Reason(
            "不认识的行业", "没有这个名称的行业", "填写 GB/T 4754-2017 的名称或代码，如 C397"
        ),
        "ambiguous_industry": Reason(
            "行业名称有多种可能", "这个名称对应多个行业", "填写其中一个代码，或分行填写"
        ),
        "unknown_occupation": Reason(
            "不认识的职业", "没有这个名称的职业", "填写职业分类大典的名称或代码，如 2-02-10-01"
        ),
        "unknown_mode": Reason(
            "不认识的培养方式", "不认识的培养方式", f"可用：{'、'.join(names[0] for names in MODES.values())}"
        ),
        "invalid_code": Reason(
            "代码不合格式或不在表中",
            "代码不合格式，或不在官方分类中",
            "按提示核对每一位；行业用 GB/T 4754-2017，职业用职业分类大典",
        ),
        "code_name_mismatch": Reason(
            "代码与名称不符", "代码与名称说的不是同一个学校、企业、专业或区", "核对代码与名称"
        ),
        "unknown_task": Reason("不认识的任务", "不认识的标注任务", "用表中列出的任务代码"),
        "source_mismatch": Reason(
            "来源不符", "这种标注的来源是文字，却填写了专业", "去掉专业层次与专业代码，改填标题或正文"
        ),
        "not_a_program": Reason(
            "不是专业", "合计、小计、批次名或预科，不是专业", "删去这一行，或填写专业名称"
        ),
        "not_a_number": Reason("不是数", "不是数字，或不是整数", "填写数字；人数可写 30、30人、1,200"),
        "too_small": Reason("数太小", "小于允许的最小值，例如负数", "核对数字"),
        "too_large": Reason("数太大", f"大于允许的最大值（计划数 {MOST_SEATS:,} 人）", "核对数字与单位"),
        "out_of_range": Reason("超出范围", "不在允许的范围内，例如 120%", "核对数字与单位"),
        "range_disordered": Reason(
            "下限大于上限", "低、中、高没有依次不减，或下限大于上限", "核对这几个数与单位"
        ),
        "parts_disagree": Reason(
            "合计与各项不符", "新增与更替之和不是需求人数，或是负数", "核对三个数，或只填新增与更替"
        ),
        "bad_heads": Reason(
            "不是人数", "看不懂人数，或不在 1–100,000 之间", "填写 40、约200人、30-50人、若干"
        ),
        "part_exceeds_whole": Reason("部分大于整体", "部分大于总数", "核对两个数"),
        "unknown_choice": Reason(
            "不是可选的值", "不认识的取值：这一列只能填几个固定的词", "用提示中列出的词"
        ),
        "dates_disordered": Reason("日期先后颠倒", "后一个日期早于前一个", "核对两个日期"),
        "bad_link": Reason("网址不合格式", "不是网页地址", "填写以 http:// 或 https:// 开头的地址"),
        "class_size": Reason("班额超出范围", "最小班额或承诺录用大于人数", "核对两个数"),
        "past_term": Reason("期限已过", "要求开班的学期已经过去", "填写以后的学期，如 2028年秋季"),
        "wishes_disagree": Reason("意愿互相矛盾", "同一所院校既是合作院校又被排除", "只留一处"),
        "future_day": Reason("日期在将来", "统计日期还没有到", "填写已统计的日期"),
        "more_than_before": Reason(
            "比前一环节的数还大", "人数没有依次不增：到班、毕业、录用、一年后在职", "核对两个数"
        ),
        "bad_year": Reason("不是年份", "不是年份或季度", "填写四位年份，如 2025；公开数据可写 2025Q2"),
        "bad_date": Reason("不是日期", "不是有效日期", "按 2025-09-01 的形式填写"),
        "too_long": Reason("文字太长", "内容比该列能存的长", "缩短；看是否填错了列"),
        "id_taken": Reason("编号已被占用", "编号已用于另一条内容", "换一个编号，或先撤回旧的一条"),
        "surplus_cells": Reason(
            "比表头多出的列", "一行的格数多于表头", "检查多余的分隔符，给含分隔符的内容加引号"
        ),
        "total_row": Reason("合计行", "已知的列里写着合计、总计、小计", "删去汇总行；各行已经记了一次"),
        "note_row": Reason("表格下方的说明", "表格下方的说明，不是一条记录", "删去这一行"),
        "other_table": Reason(
            "另一张表", "第二个表头下的行，列与第一张表不同", "把两张表分成两个文件或两个工作表"
        ),
        "ambiguous_rate": Reason(
            "比率的单位不能确定",
            "百分数的列里有不大于 1 的数，或小数的列里有略大于 1 的数，是 0.8% 还是 80% 不能确定",
            "写明百分号",
        ),
        "header_again": Reason("重复的表头", "表头又出现了一次", "删去这一行"),
        "merged_heads": Reason("合并的单元格", "一格人数合并了几行，是它们的合计", "取消合并，逐行填写"),
        "formula_without_result": Reason(
            "公式没有结果", "一格是公式，文件里没有它的结果", "用表格软件打开文件，保存一次，再提交"
        ),
        "too_deep": Reason("嵌套太深", "JSONL 的一行嵌套太深", "只保留需要的字段，每条记录写成一层"),
        "not_heads": Reason("不是人数", "公开数据的数字不是以人计", "删去这一行；比率、金额与家数不是需求"),
        "nested_cell": Reason(
            "一格里是对象", "JSON 的一项里是对象或对象的列表，不是一个值", "把要用的值单独写在这一项里"
        ),
        "key_twice": Reason(
            "同一个键出现两次", "JSON 的一个对象里同一个键出现两次，值不同", "删去不对的一个"
        ),
        "broken_row": Reason("不是完整的一行", "JSONL 的一行不是完整的 JSON 对象", "检查括号与引号"),
    }
)


def reason_title(code: str) -> str:
    """The reason in a few words; the code itself where it is of an older release."""
    reason = REASONS.get(code)
    return reason.title if reason else code
