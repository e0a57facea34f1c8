"""What a deployment decides, read once: FARM_COSTS_… variables, or .streamlit/secrets.toml.

Where both name a setting the file's value holds, since Streamlit writes the file's keys over the
environment's: the dashboard and the command line are to agree.
AWS credentials, profile and Region are boto3's own business. A variable that is misspelt is an
error, since a setting that is silently not in force is worse than none.
"""

from __future__ import annotations

import os
import re
import unicodedata
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from stats import secrets_toml, spelling
from stats.clock import Patience
from stats.errors import FarmCostsError, QuestionError
from stats.loopback import is_at_loopback
from stats.spot import Spot
from stats.zone import Zone

PREFIX = "FARM_COSTS_"
_A_DAY = 86_400
_MOST_DAYS = 36_600
OFF = "off"
UNLIMITED = "unlimited"
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]+")
"""The name of an AWS Region."""
_STORE = re.compile(r"d-[0-9a-f]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SECRETS = Path(".streamlit/secrets.toml")


class SettingsError(FarmCostsError):
    """A setting is unknown, or its value can't be used."""

    exit_code = 2
    title = "A setting is wrong"


class Source(StrEnum):
    """Where the numbers come from."""

    AUTO = "auto"
    AWS = "aws"
    DEMO = "demo"


class Access(StrEnum):
    """Who keeps the door of a server that other machines can reach."""

    OPEN = "open"


_PLAIN_NUMBER = re.compile(r"\s*[-+]?[0-9.]+(e[-+]?[0-9]+)?\s*", re.IGNORECASE)
_NUMBERS = frozenset(
    {
        *("settle_hours", "cache_seconds", "cache_rows", "names_seconds", "question_seconds"),
        *("busy_farm_seconds", "aggregation_seconds", "call_attempts", "connect_seconds"),
        *("read_seconds", "demo_seed", "collect_hour"),
    }
)
"""Of which 4_8 would be another number in silence."""


class Settings(BaseSettings):
    """Every setting, with its unit in its name; docs/settings.md explains each."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", allow_inf_nan=False
    )

    source: Source = Source.AUTO
    access: Access | None = None
    timezone: str = "UTC"
    settle_hours: int = Field(48, ge=0, le=24 * 30)
    cache_seconds: float = Field(900.0, ge=0, le=_A_DAY)
    cache_rows: int = Field(2_000_000, ge=1_000, le=1_000_000_000)
    names_seconds: float = Field(3_600.0, ge=0, le=_A_DAY)
    question_seconds: float = Field(3_600.0, gt=0, le=_A_DAY)
    busy_farm_seconds: float = Field(300.0, gt=0, le=_A_DAY)
    aggregation_seconds: float = Field(900.0, gt=0, le=_A_DAY)
    call_attempts: int = Field(5, ge=1, le=20)
    connect_seconds: float = Field(5.0, gt=0, le=_A_DAY)
    read_seconds: float = Field(30.0, gt=0, le=_A_DAY)
    identity_store_id: str | None = None
    identity_region: str | None = None
    demo_seed: int = 7
    lock_folder: Path | None = None
    history: str | None = None
    remembered_days: int | Literal["unlimited"] = 120
    collect_hour: int | None = Field(None, ge=0, le=23)

    @field_validator("*", mode="before")
    @classmethod
    def _is_no_truth_and_of_one_line(cls, value: Any, about: ValidationInfo) -> Any:
        if isinstance(value, bool):
            raise ValueError("true and false are no values of it")
        if isinstance(value, str) and any(unicodedata.category(one) == "Cc" for one in value):
            raise ValueError("it holds a control character")
        is_number = about.field_name in _NUMBERS and isinstance(value, str)
        if is_number and not _PLAIN_NUMBER.fullmatch(value):
            raise ValueError("it has to be a number in digits, as in 48 or 0.5")
        return None if value == "" and about.field_name == "lock_folder" else value

    @field_validator("timezone")
    @classmethod
    def _is_a_time_zone(cls, name: str) -> str:
        try:
            return Zone(name).name
        except QuestionError as unknown:
            raise ValueError(f"it is no time zone; {unknown.todo}") from unknown

    @field_validator("history")
    @classmethod
    def _is_a_folder_or_in_s3(cls, place: str | None) -> str | None:
        if place and _is_an_address(place):
            Spot.of(place)
        elif place:
            _expanded(Path(place))
        return place

    @field_validator("lock_folder")
    @classmethod
    def _is_a_folder(cls, place: Path | None) -> Path | None:
        if place and _is_an_address(str(place).replace(":/", "://")):
            raise ValueError("it has to be a folder")
        return _expanded(place) if place else None

    @field_validator("identity_store_id")
    @classmethod
    def _is_a_store(cls, name: str | None) -> str | None:
        if name and not _STORE.fullmatch(name):
            raise ValueError("it has to be as in d-1234567890")
        return name

    @field_validator("identity_region")
    @classmethod
    def _is_a_region(cls, name: str | None) -> str | None:
        if name and not REGION.fullmatch(name):
            raise ValueError("it has to be a Region as in us-west-2")
        return name

    @field_validator("remembered_days", mode="before")
    @classmethod
    def _is_a_time(cls, days: Any) -> Any:
        whole = str(days) if isinstance(days, int | str) else ""
        if whole == UNLIMITED:
            return days
        if not whole.isascii() or not whole.isdigit() or not 1 <= int(whole[:9]) <= _MOST_DAYS:
            raise ValueError(f"it has to be a number of days from 1 to {_MOST_DAYS}, or unlimited")
        return int(whole[:9])

    @property
    def remembered(self) -> timedelta | None:
        """How long after its end the service is sure to know a day; None: for ever."""
        days = self.remembered_days
        return timedelta(days=days) if isinstance(days, int) else None

    @property
    def turns(self) -> Path:
        """The folder where the machine's processes agree whose aggregation runs on a farm."""
        return self.lock_folder or user_cache_path("farm-costs") / "turns"

    @property
    def copies(self) -> Path:
        """The folder of copies of history that lies in a bucket."""
        return user_cache_path("farm-costs") / "history"

    def history_of(self, source: str) -> Path | Spot | None:
        """Where history of what a reporter's source reports is; None where none is kept.

        By default endpoints of one's own are kept apart, and of one on this machine nothing is
        kept: it is a simulator, and another one tomorrow, with the same farms and other figures.
        Raises SettingsError of a folder that can't be read.
        """
        if self.history == OFF:
            return None
        if self.history and _is_an_address(self.history):
            return Spot.of(self.history)
        if self.history:
            return _in_utf8(Path(self.history).expanduser())
        if source == "demo" or is_at_loopback(source):
            return None
        folder = _in_utf8(user_data_path("farm-costs") / "history")
        if source == "aws":
            return folder
        return folder.with_name(f"history-{_as_a_name(source)}")

    @property
    def patience(self) -> Patience:
        """How long is waited for what."""
        return Patience(
            attempts=self.call_attempts,
            busy_farm=self.busy_farm_seconds,
            aggregation=self.aggregation_seconds,
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[Any, ...]:
        return init_settings, _secrets, env_settings


def _secrets() -> dict[str, Any]:
    """The FARM_COSTS_… keys at the top of .streamlit/secrets.toml; other keys are others' own."""
    try:
        keys = secrets_toml.read(SECRETS)
    except ValueError as wrong:
        raise SettingsError(f"{SECRETS} {wrong}.", "docs/settings.md says what it may hold.") from (
            wrong
        )
    return {k[len(PREFIX) :].lower(): v for k, v in keys.items() if k.upper().startswith(PREFIX)}


def load() -> Settings:
    """The settings in force; raises SettingsError that names what is wrong."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    unknown = {v for v in os.environ if v.upper().startswith(PREFIX) and v.upper() not in known}
    if unknown:
        raise SettingsError(
            f"There is no setting {', '.join(sorted(unknown))}.",
            "docs/settings.md lists all of them.",
        )
    try:
        return Settings()
    except ValidationError as wrong:
        raise _told(wrong) from None  # its text repeats what is set, which may be secret


def _told(wrong: ValidationError) -> SettingsError:
    """The first of what is wrong, without the value."""
    first = wrong.errors(include_input=False, include_url=False)[0]
    name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
    said = first["msg"].removeprefix("Value error, ")
    return SettingsError(
        f"{name} can't be used: {said[:1].lower()}{said[1:]}.",
        "docs/settings.md says what it takes.",
    )


def _expanded(folder: Path) -> Path:
    """A folder with the home that `~` stands for; raises ValueError where there is none."""
    try:
        return folder.expanduser()
    except RuntimeError as unknown:
        raise ValueError("there is no home of the user that it begins with") from unknown


def _in_utf8(folder: Path) -> Path:
    """A folder by whose name files can be read; raises SettingsError."""
    shown = spelling.in_utf8(str(folder))
    if shown != str(folder):
        raise SettingsError(
            f"History can't be kept in {shown}: its name is not in UTF-8.",
            "Set FARM_COSTS_HISTORY to a folder whose name is.",
        )
    return folder


def _is_an_address(place: str) -> bool:
    """Whether it is not a folder, but something with a scheme."""
    return "://" in place or place.lower().startswith("s3:")


def _as_a_name(address: str) -> str:
    """An address as part of a folder's name."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", address.partition("://")[2] or address).strip("-")
