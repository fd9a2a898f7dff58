"""Profiles 政策参数 from files: the packaged ones by name, a city's own by path."""

import tomllib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from sqlalchemy.orm import Session

from app.errors import NothingPublishedError, ProfileError
from app.models import Run
from app.planning.profile import Profile, parse_profile
from app.runs.publish import current_run
from app.settings import get_settings


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


def profile_of(run: Run) -> Profile:
    """The profile of a run as its file has it now, read once. Raises ProfileError as `load_profile`."""
    return _read(str(run.parameters["profile"]), run.profile_digest)


@lru_cache(maxsize=8)
def _read(name: str, _digest: str) -> Profile:
    return load_profile(name)


def profile_in_force(session: Session) -> Profile:
    """The profile of the published run; where nothing is published, that of the settings. Raises ProfileError."""
    try:
        return profile_of(current_run(session))
    except NothingPublishedError:
        return load_profile(get_settings().profile)
