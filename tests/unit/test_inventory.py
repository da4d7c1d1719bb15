"""`doctor --inventory`: everything on the disk, each with one class of data, and what has none."""

import json
from contextlib import contextmanager

import click
import pytest
from click.testing import CliRunner
from stores_kit import Desk

from station.cli.doctor import doctor
from station.cli.inventory import CLASS_NAMES, OPEN_INVENTORY, Inventoried
from storage.data_classes import DataClass, station_files


@pytest.fixture
def desk(tmp_path):
    """A station with a shared folder around its own, as `Paths` lays them out."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "one.onnx").write_bytes(b"weights")
    home = tmp_path / "data"
    home.mkdir()
    opened = Desk(home)
    (home / "keyring").rename(home / "keyring.json")
    opened.enrol("SIM-9001", portraits=2)
    opened.keep()
    yield opened
    opened.stores.close()


def call(desk, *arguments):
    @contextmanager
    def opener(_descriptor):
        yield Inventoried(desk.stores, desk.folder.parent, ("data",))

    @click.group()
    @click.pass_context
    def root(context):
        context.meta[OPEN_INVENTORY] = opener

    root.add_command(doctor)
    return CliRunner().invoke(root, ["doctor", "--inventory", *arguments], catch_exceptions=False)


def test_every_column_and_file_has_one_class_and_counts(desk):
    result = call(desk, "--json")
    document = json.loads(result.stdout)
    assert (result.exit_code, document["unlabelled"]) == (0, [])
    stores = {one["store"]: one for one in document["stores"]}
    assert set(stores) == set(desk.stores.databases)
    for store in stores.values():
        assert store["bytes"] > 0
        for table in store["tables"]:
            assert table["columns"]
            assert all(set(one["class"]) == {"code", "zh", "en"} for one in table["columns"])
    rows = {t["table"]: t["rows"] for one in stores.values() for t in one["tables"]}
    assert (rows["identity"], rows["template"], rows["portrait"]) == (2, 1, 2)
    assert (stores["portrait"]["images"], stores["portrait"]["most_images_per_person"]) == (2, 2)
    assert sum(one["images"] for name, one in stores.items() if name != "portrait") == 0
    files = {one["file"]: one for one in document["files"]}
    assert {"models/one.onnx", "data/keyring.json", "data/stores/keys/keys.db"} <= set(files)
    found = {path.relative_to(desk.folder.parent).as_posix() for path in walk(desk)}
    assert set(files) == found
    assert files["data/stores/portrait/portrait.db"]["class"]["zh"] == "人脸图像"


def test_the_last_line_says_that_nothing_is_unlabelled_and_nobody_is_named(desk):
    result = call(desk, "--lang", "en")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "0 unlabelled"
    assert "人脸特征 / face template" in result.stdout
    assert not any(word in result.stdout for word in ("SIM-9001", "住户一号", "测试者"))


def test_a_file_or_column_nobody_thought_of_is_named_and_refused(desk):
    with desk.stores.template.database.transaction() as change:
        change.write("ALTER TABLE template ADD COLUMN note TEXT")
    (desk.folder / "snapshot.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00rest")
    result = call(desk, "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert document["unlabelled"] == ["template.template.note", "data/snapshot.jpg"]
    (stray,) = [one for one in document["files"] if one["class"] is None]
    assert stray["images"] == 1
    shown = call(desk, "--lang", "zh_CN").stdout
    assert shown.splitlines()[-1] == "2 项没有标签"
    assert "snapshot.jpg  [没有标签]" in shown


def test_every_class_has_a_name_in_both_languages():
    assert set(CLASS_NAMES) == set(DataClass)
    assert len({name for names in CLASS_NAMES.values() for name in names}) == 2 * len(DataClass)


def test_a_file_in_the_home_of_an_unknown_profile_has_no_class(tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "keyring.json").write_bytes(b"")
    assert station_files(tmp_path, ("data",)) == {"other/keyring.json": None}


def walk(desk):
    return [path for path in desk.folder.parent.rglob("*") if path.is_file()]
