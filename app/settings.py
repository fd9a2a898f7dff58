"""Settings from `CHANJIAO_*` environment variables or a `.env` file; every one has a default that works."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.errors import SettingsError

PREFIX = "CHANJIAO_"


class Settings(BaseSettings):
    """What an installation can choose. Read once by `get_settings()`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    data_dir: Path = Field(Path("var"), description="where the embedded database lives")
    database_url: str = Field("", description="SQLAlchemy address; empty means SQLite in data_dir")
    host: str = Field("127.0.0.1", description="address to serve on; loopback until keys are configured")
    port: int = Field(8000, ge=1, le=65535)
    profile: str = Field("shanghai", description="default profile of rules (app/data/profiles)")
    log_level: str = "INFO"
    sources_file: Path | None = Field(
        None, description="sources to pull from; sources.toml in data_dir if empty"
    )
    agreement_template: Path | None = Field(
        None,
        description="DOCX template of the draft agreement of an order class; none means the packaged one",
    )

    embedding_url: str = Field(
        "", description="OpenAI-compatible embedding server; empty means no such layer"
    )
    embedding_model: str = Field("", max_length=200, description="model to ask it for")
    embedding_key: SecretStr = Field(SecretStr(""), description="bearer token; never logged or shown")
    embedding_timeout: float = Field(
        10.0, gt=0, le=600, description="seconds that one request to it, or one answer of ours, may wait"
    )
    embedding_batch: int = Field(64, ge=1, le=2048, description="texts in one request")
    embedding_share: float = Field(
        0.3, ge=0, le=1, description="how much the layer counts; 0 means not at all"
    )

    @property
    def resolved_database_url(self) -> str:
        """The address in use: `database_url`, or SQLite in `data_dir` where none is given."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'chanjiao.db'}"

    @property
    def resolved_sources_file(self) -> Path:
        """Where the sources to pull from are configured."""
        return self.sources_file or self.data_dir / "sources.toml"

    @property
    def pulls_folder(self) -> Path:
        """Where pulls keep what they have fetched until they end."""
        return self.data_dir / "pulls"

    @property
    def fits_folder(self) -> Path:
        """Where the fits of the latest runs are kept for scenarios."""
        return self.data_dir / "fits"


@lru_cache
def get_settings() -> Settings:
    """The settings of this installation. Raises SettingsError naming the variable; its value is not repeated."""
    try:
        return Settings()
    except ValidationError as error:
        faults = "；".join(
            f"{PREFIX}{fault['loc'][0]}".upper() + f" {fault['msg']}" for fault in error.errors()
        )
        raise SettingsError(f"设置不合要求：{faults}", remedy="请改正环境变量或 .env 文件") from None
