"""Profiles 政策参数 from files: the packaged ones by name, a city's own by path."""

import tomllib
from importlib.resources import files
from pathlib import Path

from app.errors import ProfileError
from app.planning.profile import Profile, parse_profile


def packaged_profiles() -> tuple[str, ...]:
    """Names of the profiles that come with the program."""
    folder = files("app.data") / "profiles"
    return tuple(
        sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))
    )


def load_profile(name: str) -> Profile:
    """The profile `name`: a packaged name such as `shanghai`, or the path of a TOML file.

    Raises ProfileError where there is none, where it is not TOML, or where a key is missing or wrong.
    """
    if name in packaged_profiles():
        text = (files("app.data") / "profiles" / f"{name}.toml").read_text("utf-8")
    else:
        try:
            text = Path(name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ProfileError(
                f"没有名为 {name} 的政策参数，也不能按文件读取",
                remedy=f"可用的有：{'、'.join(packaged_profiles())}；或给出一个 TOML 文件的路径",
            ) from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"政策参数 {name} 不是有效的 TOML：{error}") from error
    return parse_profile(data)
