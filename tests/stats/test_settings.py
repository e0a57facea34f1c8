"""Settings come from the environment or .streamlit/secrets.toml; what is wrong is named."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stats.settings import PREFIX, Access, Settings, SettingsError, Source, load

EVERY: dict[str, tuple[str, Any]] = {
    "source": ("demo", Source.DEMO),
    "access": ("open", Access.OPEN),
    "timezone": ("America/Los_Angeles", "America/Los_Angeles"),
    "settle_hours": ("72", 72),
    "cache_seconds": ("0.5", 0.5),
    "cache_rows": ("1000", 1000),
    "names_seconds": ("60", 60.0),
    "question_seconds": ("90", 90.0),
    "busy_farm_seconds": ("12.5", 12.5),
    "aggregation_seconds": ("33", 33.0),
    "call_attempts": ("20", 20),
    "connect_seconds": ("0.25", 0.25),
    "read_seconds": ("7", 7.0),
    "identity_store_id": ("d-1234567890", "d-1234567890"),
    "identity_region": ("eu-central-1", "eu-central-1"),
    "demo_seed": ("-3", -3),
    "history": ("/srv/history", "/srv/history"),
    "remembered_days": ("unlimited", "unlimited"),
    "collect_hour": ("5", 5),
    "lock_folder": ("/var/lock/farm-costs", Path("/var/lock/farm-costs")),
}
WRONG = {
    "source": ["azure", ""],
    "timezone": [
        "Mars/Olympus",
        "",
        "UTC+2",
        "localtime",
        "posixrules",
        "../etc/passwd",
        "America/los_angeles ",
    ],
    "settle_hours": ["-1", "721", "2.5", "two days", "", "4_8", "٤٨"],
    "cache_seconds": ["-0.1", "nan", "inf", "86401", "a while", "9_0"],
    "cache_rows": ["999", "1e4.5"],
    "names_seconds": ["-1"],
    "question_seconds": ["0", "nan", "an hour"],
    "busy_farm_seconds": ["0", "-5"],
    "aggregation_seconds": ["0"],
    "call_attempts": ["0", "21", "1.5"],
    "connect_seconds": ["0", "inf", "1e12"],
    "read_seconds": ["0", "nan", "inf", "1e12"],
    "demo_seed": ["seven", "1.5", "9" * 5000],
    "identity_store_id": ["store", "d-123", "d-12345678901"],
    "identity_region": ["us west 2", "us-west2", "mars"],
    "history": ["s3://", "S3:bucket", "https://bucket", "s3://b", "~nobody-of-that-name/x"],
    "lock_folder": ["~nobody-of-that-name/x"],
    "remembered_days": ["0", "-1", "1.5", "36601", "for ever", "", "9" * 5000],
    "collect_hour": ["24", "-1", "noon", "٣"],
}
Writes = Callable[[str], None]


def variable(name: str) -> str:
    return PREFIX + name.upper()


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder without settings, and an environment without any."""
    for one in [one for one in os.environ if one.upper().startswith(PREFIX)]:
        monkeypatch.delenv(one)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def secrets(folder: Path) -> Writes:
    """Writes .streamlit/secrets.toml."""

    def write(text: str) -> None:
        (folder / ".streamlit").mkdir(exist_ok=True)
        (folder / ".streamlit" / "secrets.toml").write_text(text, encoding="utf-8")

    return write


def toml(text: str) -> str:
    """A value as TOML: a number where it is one, else a string."""
    try:
        float(text)
    except ValueError:
        return f'"{text}"'
    return text


def test_every_setting_is_tried_here() -> None:
    assert set(EVERY) == set(Settings.model_fields)


def test_without_any_setting_the_defaults_hold() -> None:
    settings = load()
    assert (settings.source, settings.timezone, settings.settle_hours) == ("auto", "UTC", 48)
    assert settings.identity_store_id is None


@pytest.mark.parametrize("name", EVERY)
def test_a_setting_is_read_from_the_environment(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, value = EVERY[name]
    assert getattr(load(), name) != value
    monkeypatch.setenv(variable(name), text)
    assert getattr(load(), name) == value


@pytest.mark.parametrize("name", EVERY)
def test_a_setting_is_read_from_the_file(name: str, secrets: Writes) -> None:
    text, value = EVERY[name]
    secrets(f"{variable(name)} = {toml(text)}\n")
    assert getattr(load(), name) == value


@pytest.mark.parametrize("name", EVERY)
def test_the_file_holds_where_both_name_a_setting(
    name: str, secrets: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, value = EVERY[name]
    monkeypatch.setenv(variable(name), "1.5" if name == "demo_seed" else WRONG.get(name, ["x"])[0])
    secrets(f"{variable(name)} = {toml(text)}\n")
    assert getattr(load(), name) == value


def test_the_file_and_the_environment_each_give_what_the_other_does_not(
    secrets: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets("FARM_COSTS_SETTLE_HOURS = 0\n")
    monkeypatch.setenv("FARM_COSTS_TIMEZONE", "Asia/Kolkata")
    settings = load()
    assert (settings.settle_hours, settings.timezone) == (0, "Asia/Kolkata")


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in WRONG.items() for text in texts]
)
def test_a_value_that_cannot_be_used_is_an_error_that_names_it(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable(name), text)
    with pytest.raises(SettingsError) as wrong:
        load()
    assert variable(name) in str(wrong.value)
    assert wrong.value.exit_code == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("settle_hours", "-1"),
        ("settle_hours", "72.5"),
        ("timezone", '"Mars/Olympus"'),
        ("timezone", "7"),
        ("source", "true"),
        ("identity_store_id", "12"),
        ("cache_seconds", "nan"),
        ("read_seconds", "[1, 2]"),
        ("demo_seed", "2026-10-01"),
    ],
)
def test_a_value_of_the_file_that_cannot_be_used_is_an_error_that_names_it(
    name: str, value: str, secrets: Writes
) -> None:
    secrets(f"{variable(name)} = {value}\n")
    with pytest.raises(SettingsError, match=variable(name)):
        load()


@pytest.mark.parametrize("value", ["true", "false", "2026-10-01", "10:00:00", "[1]", "{a = 1}"])
@pytest.mark.parametrize("name", EVERY)
def test_a_truth_a_date_or_a_table_is_no_value_of_any_setting(
    name: str, value: str, secrets: Writes
) -> None:
    secrets(f"{variable(name)} = {value}\n")
    with pytest.raises(SettingsError, match=variable(name)):
        load()


@pytest.mark.parametrize("value", ["1e999", "-inf", f"1{'0' * 400}", "0x7fffffffffffffffffff"])
@pytest.mark.parametrize("name", [name for name, (text, _) in EVERY.items() if text[-1].isdigit()])
def test_a_number_beyond_all_bounds_is_none(name: str, value: str, secrets: Writes) -> None:
    if name == "demo_seed" and "inf" not in value and "e" not in value:
        return  # any whole number is a seed
    secrets(f"{variable(name)} = {value}\n")
    with pytest.raises(SettingsError, match=variable(name)):
        load()


@pytest.mark.parametrize("hidden", ["a\\u0000b", "a\\nb", "\\u001b[31m", "a\\u0085b"])
@pytest.mark.parametrize("name", ["history", "lock_folder", "timezone", "identity_region"])
def test_a_control_character_is_told(name: str, hidden: str, secrets: Writes) -> None:
    secrets(f'{variable(name)} = "{hidden}"\n')
    with pytest.raises(SettingsError, match=f"{variable(name)} can't be used: it holds a control"):
        load()


@pytest.mark.parametrize("name", EVERY)
def test_a_value_that_cannot_be_used_is_not_repeated(
    name: str, secrets: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be a password that was put into the wrong line."""
    hidden = "https://anna:hunter2"
    monkeypatch.setenv(variable(name), hidden)
    for text in ("", f'{variable(name)} = "{hidden}"', f'{variable(name)} = ["{hidden}"]'):
        secrets(text)
        with pytest.raises(SettingsError) as wrong:
            load()
        told = "".join(traceback.format_exception(wrong.value))
        assert "hunter2" not in told


@pytest.mark.parametrize(
    "text", ["a = hunter2", 'hunter2 = "', '"hunter2" = 1\n"hunter2" = 2', "[hunter2", "\\hunter2"]
)
def test_what_stands_in_a_file_that_is_no_toml_is_not_repeated(text: str, secrets: Writes) -> None:
    secrets(f"FARM_COSTS_TIMEZONE = 'UTC'\n{text}")
    with pytest.raises(SettingsError, match=r"secrets\.toml is not valid TOML \(at ") as wrong:
        load()
    assert "hunter2" not in str(wrong.value)


QUOTED = '"c"'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"a = {'[' * 5000}{']' * 5000}", "is nested too deep"),
        (f"a = {'{b = ' * 3000}1{'}' * 3000}", "is nested too deep"),
        (f"{'.'.join('a' * 33)} = 1", "is nested too deep"),
        (f"[{'.'.join('a' * 33)}]", "is nested too deep"),
        (f'b = ["""c"""", {{{".".join("a" * 33)} = 1}}]', "is nested too deep"),
        (f"b = ['''c'''', {{{' . '.join(['c'] * 33)} = 1}}]", "is nested too deep"),
        (f"{'.'.join(['b', QUOTED] * 17)} = 1", "is nested too deep"),
        (f"a = {'9' * 5000}", "is not valid TOML"),
        ("a = 1\u0000", "is not valid TOML"),
        (f"# {'x' * 2**20}", "has more than"),
    ],
)
def test_a_file_that_is_out_of_bounds_is_told(text: str, said: str, secrets: Writes) -> None:
    secrets(text)
    with pytest.raises(SettingsError, match=rf"secrets\.toml {said}"):
        load()


def test_dots_are_no_depth_where_they_stand_in_strings_comments_and_numbers(
    secrets: Writes,
) -> None:
    dots = "a." * 99
    secrets(
        f"# {dots}\n"
        f'b = "{dots}\\" {dots}"\n'
        f'c = """\n{dots}\\""" {dots}"""\n'
        f"d = '{dots}'\n"
        f"e = '''{dots}'{dots}'''\n"
        f"f = [{'1.5, ' * 99}]\n"
        f"{'.'.join('a' * 32)} = 1\n"
        "FARM_COSTS_TIMEZONE = 'Asia/Tokyo'\n"
    )
    assert load().timezone == "Asia/Tokyo"


def test_what_is_no_file_is_told(folder: Path) -> None:
    """As where a file that is not there is mounted, or linked to."""
    place = folder / ".streamlit" / "secrets.toml"
    place.mkdir(parents=True)
    with pytest.raises(SettingsError, match="is no file"):
        load()
    place.rmdir()
    place.symlink_to(folder / "nowhere")
    with pytest.raises(SettingsError, match="is no file"):
        load()
    place.unlink()
    os.mkfifo(place)
    with pytest.raises(SettingsError, match="is no file"):
        load()


def test_a_mark_at_the_files_beginning_is_passed_over(secrets: Writes) -> None:
    secrets('\ufeffFARM_COSTS_TIMEZONE = "Asia/Tokyo"')
    assert load().timezone == "Asia/Tokyo"


@pytest.mark.parametrize("name", ["history", "lock_folder"])
def test_a_folder_below_home_is_there(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/anna")
    monkeypatch.setenv(variable(name), "~/costs")
    found = load().history_of("aws") if name == "history" else load().turns
    assert found == Path("/srv/anna/costs")


@pytest.mark.parametrize("name", ["history", "lock_folder", "identity_store_id", "identity_region"])
def test_an_empty_text_is_no_folder_and_no_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    default = load().turns, load().history_of("aws")
    monkeypatch.setenv(variable(name), "")
    assert (load().turns, load().history_of("aws")) == default


def test_a_zone_that_there_is_not_is_told_with_what_to_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FARM_COSTS_TIMEZONE", "Los Angeles")
    with pytest.raises(SettingsError, match="America/Los_Angeles"):
        load()


@pytest.mark.parametrize("unknown", ["FARM_COSTS_TIME_ZONE", "FARM_COSTS_", "farm_costs_cache"])
def test_an_unknown_variable_is_an_error_that_names_it(
    unknown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(unknown, "1")
    with pytest.raises(SettingsError, match=rf"{unknown}\b"):
        load()


def test_all_unknown_variables_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for unknown in ("FARM_COSTS_TZ", "FARM_COSTS_CASHE_ROWS"):
        monkeypatch.setenv(unknown, "1")
    with pytest.raises(SettingsError, match="FARM_COSTS_CASHE_ROWS, FARM_COSTS_TZ"):
        load()


@pytest.mark.parametrize(
    "text", ["FARM_COSTS_TIME_ZONE = 'UTC'", "[FARM_COSTS_TIME_ZONE]\nname = 'UTC'"]
)
def test_an_unknown_key_of_the_file_is_an_error_that_names_it(text: str, secrets: Writes) -> None:
    secrets(text)
    with pytest.raises(SettingsError, match="FARM_COSTS_TIME_ZONE"):
        load()


@pytest.mark.parametrize(
    "text",
    ["FARM_COSTS_TIMEZONE = UTC", "[auth", "FARM_COSTS_DEMO_SEED = 1\nFARM_COSTS_DEMO_SEED = 2"],
)
def test_a_file_that_is_not_toml_is_an_error_that_names_the_file(
    text: str, secrets: Writes
) -> None:
    secrets(text)
    with pytest.raises(SettingsError, match=r"secrets\.toml"):
        load()


def test_a_file_that_is_not_utf_8_is_an_error_that_names_the_file(
    secrets: Writes, folder: Path
) -> None:
    secrets("")
    text = 'FARM_COSTS_TIMEZONE = "UTC"  # für alle\n'
    (folder / ".streamlit" / "secrets.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsError, match=r"secrets\.toml"):
        load()


def test_other_peoples_keys_and_tables_are_left_alone(
    secrets: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets(
        'password = "x"\nTIMEZONE = "Mars/Olympus"\nFARM_COSTS = 1\nFARM_COSTS_SETTLE_HOURS = 24\n'
        '[auth]\nredirect_uri = "https://example.com"\nFARM_COSTS_TIMEZONE = "Mars/Olympus"\n'
    )
    for theirs in ("TIMEZONE", "SOURCE", "FARM_COST_TIMEZONE", "MY_FARM_COSTS_TIMEZONE"):
        monkeypatch.setenv(theirs, "Mars/Olympus")
    before = dict(os.environ)
    settings = load()
    assert (settings.timezone, settings.settle_hours) == ("UTC", 24)
    assert dict(os.environ) == before


def test_a_variable_in_another_case_is_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("Farm_Costs_Timezone", "Asia/Tokyo")
    assert load().timezone == "Asia/Tokyo"


def test_a_key_of_the_file_in_another_case_is_in_force_or_an_error(secrets: Writes) -> None:
    """Streamlit makes a variable of it, which is in force: the command line has to agree."""
    secrets('farm_costs_timezone = "Asia/Tokyo"\n')
    try:
        found = load().timezone
    except SettingsError as refused:
        found = str(refused)
    assert found == "Asia/Tokyo" or "farm_costs_timezone" in found.lower()


def test_the_waiting_that_is_set_is_the_waiting_that_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("call_attempts", "busy_farm_seconds", "aggregation_seconds"):
        monkeypatch.setenv(variable(name), EVERY[name][0])
    patience = load().patience
    assert (patience.attempts, patience.busy_farm, patience.aggregation) == (20, 12.5, 33.0)


def test_settings_are_not_changed_once_they_are_read() -> None:
    settings = load()
    with pytest.raises(ValueError, match="frozen"):
        settings.timezone = "Asia/Tokyo"


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ("aws", "farm-costs/history"),
        ("https://deadline.studio.example:8443", "farm-costs/history-deadline.studio.example-8443"),
        ("http://127.0.0.1:8765", None),
        ("http://[::1]:8765", None),
        ("http://[::ffff:127.0.0.1]:8765", None),
        ("http://localhost", None),
        ("demo", None),
    ],
)
def test_history_is_in_the_users_data_folder_and_of_no_simulator(
    source: str, place: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    found = load().history_of(source)
    assert found == (place and tmp_path / place)


def test_a_history_that_is_named_is_that_of_any_service_and_off_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FARM_COSTS_HISTORY", "/srv/history")
    for source in ("aws", "http://127.0.0.1:8765", "https://deadline.studio.example"):
        assert load().history_of(source) == Path("/srv/history")
    monkeypatch.setenv("FARM_COSTS_HISTORY", "off")
    assert load().history_of("aws") is None
