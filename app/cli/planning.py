"""`chanjiao backtest` and `chanjiao profiles …`."""

from typing import Annotated, Any

import typer

from app.cli.terminal import Json, Steps, emit, out, said, table

planning_app = typer.Typer()
profiles_app = typer.Typer(help="政策参数 Profiles: list, show, check.", no_args_is_help=True)
planning_app.add_typer(profiles_app, name="profiles")


@planning_app.command()
def backtest(
    plans: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="回测说明 TOML；shanghai-bachelor 为自带")
    ],
    as_json: Json = False,
) -> None:
    """回测：按往年当时已知的资料逐年测算，对照其后的预警、停招、撤销决定。"""
    from app.runs.backtest import SIGNALS, run_backtest

    for name in plans:
        with Steps() as steps:
            report = run_backtest(name, steps)
        if as_json:
            emit(report.as_dict())
            continue
        rows = [
            [
                SIGNALS[signal],
                _figure(test.auc),
                f"{_figure(test.auc_low)}–{_figure(test.auc_high)}",
                f"{test.hit_rate:.2f}（随机 {test.base_rate:.2f}）",
                f"{test.flagged_right}/{test.flagged}" if signal == "engine" else "",
                f"{test.median_lead:.0f}" if test.median_lead is not None else "—",
            ]
            for signal, test in report.signals.items()
        ]
        shown = next(iter(report.signals.values()))
        table(
            f"{report.title}：{shown.programs} 个专业，其中 {shown.positives} 个有决定",
            ["指标", "AUC", "95% 区间", f"前 {shown.k} 名命中", "建议缩减者中命中", "提前（年）"],
            rows,
        )
        for note in report.notes:
            out.print(note, soft_wrap=True)


def _figure(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"


@profiles_app.command("list")
def profiles_list(as_json: Json = False) -> None:
    """列出随程序提供的政策参数。"""
    from app.runs.profile_listing import listed_profiles

    found = listed_profiles()
    if as_json:
        emit({"profiles": found})
        return
    table(
        "政策参数",
        ["名称", "说明", "版本", "地区", "参数", "其中假设", "摘要"],
        [
            [
                *(str(each[key]) for key in ("name", "title", "version", "region", "numbers", "assumptions")),
                each["digest"][:12],
            ]
            for each in found
        ],
    )


@profiles_app.command("show")
def profiles_show(
    name: Annotated[str, typer.Argument(help="名称或 TOML 文件")], as_json: Json = False
) -> None:
    """列出一套政策参数的每个数和来源。"""
    from app.runs.profile_listing import described, profile_numbers
    from app.runs.profiles import load_profile

    profile = load_profile(name)
    numbers = profile_numbers(profile)
    if as_json:
        emit({**described(profile), "values": numbers})
        return
    table(
        f"{profile.title}（{profile.name} {profile.version}）",
        ["参数", "值", "来源"],
        [[each["key"], _shown(each["value"]), each["source"]] for each in numbers],
    )


@profiles_app.command("check")
def profiles_check(
    file: Annotated[str, typer.Argument(help="TOML 文件，或名称")], as_json: Json = False
) -> None:
    """检查政策参数文件；不合要求时逐项说明，退出码为 2。"""
    from app.runs.profile_listing import described
    from app.runs.profiles import load_profile

    found = described(load_profile(file))
    text = (
        f"{file} 合格：{found['title']} 版本 {found['version']}，参数 {found['numbers']} 个，"
        f"其中假设 {found['assumptions']} 个，摘要 {found['digest'][:12]}"
    )
    said({"ok": True, **found}, as_json, text)


def _shown(value: Any) -> str:
    return (
        "、".join(map(str, value))
        if isinstance(value, list)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
