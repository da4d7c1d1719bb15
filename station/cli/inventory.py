"""`station doctor --inventory`: everything on this station's disk, each with one class of data.

Every store, table and column, and every file below the station's folder: rows, pictures, bytes and
the label (C2-1), which is the regulator's own where one fits. Nothing is opened that a key of a
person protects, and nobody is named. How the stores are opened can be replaced through
`ctx.meta[OPEN_INVENTORY]`.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import click
from rich.console import Console

from station.cli.opening import opened_stores, station_paths
from station.model import Language
from storage.data_classes import DataClass, station_files, stores_columns
from storage.images import count_images_in_file
from storage.stores import Stores

OPEN_INVENTORY = "station.cli.inventory.open"
"""Key in `ctx.meta` of an `OpenInventory`."""
_HOMES = ("data", "demo")

CLASS_NAMES: dict[DataClass, tuple[str, str]] = {
    DataClass.FACE_IMAGE: ("人脸图像", "face image"),
    DataClass.FACE_TEMPLATE: ("人脸特征", "face template"),
    DataClass.PERSONAL_IDENTITY: ("个人身份信息", "personal identity"),
    DataClass.ANALYSIS_RESULT: ("智能分析结果", "analysis result"),
    DataClass.CONSENT: ("同意记录", "consent"),
    DataClass.AUDIT: ("审计记录", "audit"),
    DataClass.CONFIG: ("配置", "configuration"),
    DataClass.KEY_MATERIAL: ("密钥材料", "key material"),
}
"""What each class is called, in Chinese and in English."""
_SAY = {
    "scanning": ("正在清点…", "Counting everything …"),
    "store": (
        "{name}  [{label}]  {bytes} 字节，日志 {wal} 字节，图像 {images}",
        "{name}  [{label}]  {bytes} bytes, log {wal} bytes, images {images}",
    ),
    "table": ("  {name}  {rows} 行", "  {name}  {rows} rows"),
    "column": ("    {name}  [{label}]", "    {name}  [{label}]"),
    "files": ("文件", "Files"),
    "file": (
        "  {name}  [{label}]  {bytes} 字节，图像 {images}",
        "  {name}  [{label}]  {bytes} bytes, images {images}",
    ),
    "none": ("没有标签", "NO LABEL"),
    "end": ("{count} 项没有标签", "{count} unlabelled"),
}


@dataclass(frozen=True, slots=True)
class Inventoried:
    """What is counted: the open stores, and the folder of all profiles with their folders in it."""

    stores: Stores
    root: Path
    homes: tuple[str, ...] = _HOMES


OpenInventory = Callable[[int | None], AbstractContextManager[Inventoried]]


@contextmanager
def open_inventory(descriptor: int | None) -> Iterator[Inventoried]:
    """The production station's stores, nothing changed. Raises the typed error beside a kiosk."""
    paths, _ = station_paths()
    with opened_stores(descriptor) as (stores, _):
        yield Inventoried(stores, paths.home.parent)


def show_inventory(
    ctx: click.Context, descriptor: int | None, language: Language, *, as_json: bool
) -> None:
    """Print everything, last how many have no label; exit 1 unless that is none."""
    opener = cast(OpenInventory, ctx.meta.get(OPEN_INVENTORY, open_inventory))
    with opener(descriptor) as found, Console(stderr=True).status(_say("scanning", language)):
        document = inventory(found)
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        for line in _lines(document, language):
            click.echo(line)
    ctx.exit(0 if not document["unlabelled"] else 1)


def inventory(found: Inventoried) -> dict[str, Any]:
    """The document of `--json`: stores with tables and columns, files, and what has no label.

    A class is {code, zh, en}, or null where nobody gave one. Raises `StorageError`.
    """
    columns = stores_columns(found.stores)
    files = station_files(found.root, found.homes)
    document: dict[str, Any] = {"stores": [], "files": []}
    counted = {one.store: one for one in found.stores.inventory()}
    for store, database in found.stores.databases.items():
        held = counted[store]
        path = database.path.relative_to(found.root).as_posix()
        tables = [
            {
                "table": table,
                "rows": held.rows[table],
                "columns": [
                    {"column": column, "class": _class(columns[f"{store}.{table}.{column}"])}
                    for column in database.columns(table)
                ],
            }
            for table in database.tables()
        ]
        document["stores"].append(
            {
                "store": store,
                "file": path,
                "class": _class(files.get(path)),
                "images": held.images,
                "most_images_per_person": held.most_images_per_person,
                "bytes": held.bytes,
                "wal_bytes": held.wal_bytes,
                "tables": tables,
            }
        )
    portraits = {one["file"]: one["images"] for one in document["stores"] if one["images"]}
    for name, label in files.items():
        path_of = found.root / name
        images = portraits.get(name, count_images_in_file(path_of))
        size = path_of.stat().st_size
        document["files"].append(
            {"file": name, "class": _class(label), "images": images, "bytes": size}
        )
    nameless = [name for name, label in {**columns, **files}.items() if label is None]
    return document | {"unlabelled": nameless}


def _class(label: DataClass | None) -> dict[str, str] | None:
    if label is None:
        return None
    chinese, english = CLASS_NAMES[label]
    return {"code": label.value, "zh": chinese, "en": english}


def _lines(document: dict[str, Any], language: Language) -> Iterator[str]:
    for store in document["stores"]:
        yield _say(
            "store",
            language,
            name=store["store"],
            label=_label(store["class"], language),
            bytes=store["bytes"],
            wal=store["wal_bytes"],
            images=store["images"],
        )
        for table in store["tables"]:
            yield _say("table", language, name=table["table"], rows=table["rows"])
            for column in table["columns"]:
                label = _label(column["class"], language)
                yield _say("column", language, name=column["column"], label=label)
    yield _say("files", language)
    for one in document["files"]:
        yield _say(
            "file",
            language,
            name=one["file"],
            label=_label(one["class"], language),
            bytes=one["bytes"],
            images=one["images"],
        )
    yield _say("end", language, count=len(document["unlabelled"]))


def _label(found: dict[str, str] | None, language: Language) -> str:
    """In both languages: an inspector reads the Chinese word, whoever keeps the station any."""
    return _say("none", language) if found is None else f"{found['zh']} / {found['en']}"


def _say(key: str, language: Language, **figures: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)
