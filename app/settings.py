"""Settings from `CHANJIAO_*` environment variables or a `.env` file; every one has a default that works."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an installation can choose. Read once by `get_settings()`."""

    model_config = SettingsConfigDict(env_prefix="CHANJIAO_", env_file=".env", extra="ignore")

    data_dir: Path = Field(Path("var"), description="where the embedded database lives")
    database_url: str = Field("", description="SQLAlchemy address; empty means SQLite in data_dir")
    host: str = Field("127.0.0.1", description="address to serve on; loopback until keys are configured")
    port: int = Field(8000, ge=1, le=65535)
    profile: str = Field("shanghai", description="default profile of rules (app/data/profiles)")
    log_level: str = "INFO"

    @property
    def resolved_database_url(self) -> str:
        """The address in use: `database_url`, or SQLite in `data_dir` where none is given."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'chanjiao.db'}"

    @property
    def fits_folder(self) -> Path:
        """Where the fits of the latest runs are kept for scenarios."""
        return self.data_dir / "fits"


@lru_cache
def get_settings() -> Settings:
    return Settings()
