"""Reasons for which rows are in the quarantine, in a few words each: what lists, reports and exports show by the code."""

from collections.abc import Mapping
from types import MappingProxyType

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "ambiguous_industry": "行业名称有多种可能",
        "ambiguous_rate": "比率的单位不能确定",
        "bad_date": "不是日期",
        "bad_heads": "不是人数",
        "bad_link": "网址不合格式",
        "bad_year": "不是年份",
        "broken_row": "不是完整的一行",
        "class_size": "班额超出范围",
        "code_name_mismatch": "代码与名称不符",
        "counts_disagree": "几个数互相矛盾",
        "dates_disordered": "日期先后颠倒",
        "duplicate_key": "同一个键出现两次",
        "example_row": "模板的示例行",
        "formula_without_result": "公式没有结果",
        "future_day": "日期在将来",
        "header_again": "重复的表头",
        "id_taken": "编号已被占用",
        "invalid_code": "代码不合格式或不在表中",
        "merged_heads": "合并的单元格",
        "missing_value": "缺少必填的值",
        "more_than_before": "比前一环节的数还大",
        "needs_review": "名称相近，需要核对",
        "not_a_number": "不是数",
        "not_a_program": "不是专业",
        "note_row": "表格下方的说明",
        "other_table": "另一张表",
        "out_of_range": "超出范围",
        "part_exceeds_whole": "部分大于整体",
        "parts_disagree": "合计与各项不符",
        "past_term": "期限已过",
        "plan_missing": "没有计划数",
        "range_disordered": "下限大于上限",
        "source_mismatch": "来源不符",
        "surplus_cells": "比表头多出的列",
        "too_deep": "嵌套太深",
        "too_large": "数太大",
        "too_long": "文字太长",
        "too_small": "数太小",
        "total_row": "合计行",
        "unknown_choice": "不是可选的值",
        "unknown_district": "不认识的区",
        "unknown_enterprise": "不认识的企业",
        "unknown_industry": "不认识的行业",
        "unknown_mode": "不认识的培养方式",
        "unknown_occupation": "不认识的职业",
        "unknown_program": "不认识的专业",
        "unknown_school": "不认识的学校",
        "unknown_task": "不认识的任务",
        "wishes_disagree": "意愿互相矛盾",
    }
)


def reason_title(code: str) -> str:
    """The reason in a few words; the code itself where it has none."""
    return REASONS.get(code, code)
