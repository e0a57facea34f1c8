"""History whose names a copy has changed is not taken for none: it is said, and "at least"."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stats.bucket import KEYS, REGION, Wire, client, s3_over_http
from tests.stats.process import Shell
from tests.stats.test_history_out_of_reach import is_at_least, is_right, remember, told

Renames = Callable[[str], str]


def with_name(alter: Renames) -> Renames:
    """What alters the name of a file, and none of its folders."""
    return lambda path: str(Path(path).with_name(alter(Path(path).name)))


WAYS: dict[str, Renames] = {
    "small letters": with_name(str.lower),
    "a capital ending": with_name(lambda name: name.replace(".parquet", ".PARQUET")),
    "a number behind": with_name(lambda name: name.replace(".parquet", " (1).parquet")),
    "signs of a link": lambda path: path.replace("=", "%3D"),
    "signs of a link for cuts": lambda path: path.replace("cut=", "cut%3D"),
    "signs of a link for totals": lambda path: path.replace("cut=usage_type/", "cut%3Dusage_type/"),
    "no signs": lambda path: path.replace("=", "_"),
    "a capital folder": lambda path: path.replace("v2/", "V2/"),
    "a folder deeper": lambda path: f"copy/{path}",
    "a folder in itself": lambda path: f"v2/{path}",
}


def copied(home: Path, into: Path, alter: Renames) -> Path:
    """The same history with other names."""
    for file in home.glob("v2/**/*.parquet"):
        to = into / alter(file.relative_to(home).as_posix())
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, to)
    return into


def names(home: Path) -> set[Path]:
    return {one.relative_to(home) for one in home.rglob("*.parquet")}


@pytest.fixture(scope="module")
def remembered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("remembered")
    with pytest.MonkeyPatch.context() as patched:
        remember(str(folder / "history"), folder, patched)
    return folder / "history"


@pytest.fixture
def home(remembered: Path, tmp_path: Path) -> Path:
    """Three days, of which a queue was deleted since."""
    return copied(remembered, tmp_path / "history", str)


@pytest.mark.parametrize("way", WAYS)
def test_other_names_are_told_and_no_smaller_figure_is_taken_for_right(
    way: str, home: Path, tmp_path: Path
) -> None:
    copy = copied(home, tmp_path / "copy", WAYS[way])
    before = names(copy)
    found = told(str(copy))
    assert is_at_least(found), found
    assert names(copy) >= before
    assert is_right(told(str(copied(home, tmp_path / "well", str))))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("words", [("history",), ("history", "verify")])
def test_commands_that_look_after_history_name_what_bears_another_name(
    way: str, words: tuple[str, ...], home: Path, tmp_path: Path
) -> None:
    copy = copied(home, tmp_path / "copy", WAYS[way])
    shell = Shell(tmp_path)
    ended = shell.asked(*words, FARM_COSTS_HISTORY=str(copy))
    assert ended.code == 5, ended
    assert "has not its name" in ended.text + ended.said
    assert shell.asked(*words, FARM_COSTS_HISTORY=str(home)).code == 0


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with s3_over_http() as one:
        yield one


def test_objects_that_bear_other_names_are_told_too(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3, name = client(wire), "other-names"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    where = f"s3://{name}/costs"
    remember(where, tmp_path, monkeypatch)
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=name)["Contents"]]
    for key in (one for one in keys if one.endswith(".parquet")):
        other = with_name(str.lower)(key)
        s3.copy_object(Bucket=name, Key=other, CopySource={"Bucket": name, "Key": key})
        s3.delete_object(Bucket=name, Key=key)
    assert is_at_least(told(where))
    variables = KEYS | {"AWS_ENDPOINT_URL_S3": wire.url, "AWS_DEFAULT_REGION": REGION}
    ended = Shell(tmp_path).asked("history", "verify", FARM_COSTS_HISTORY=where, **variables)
    assert ended.code == 5
    assert "it has not its name, 20251020T" in ended.text
