"""Which class of data every column and file is: the regulator's four, and what goes with them.

C2-1: each persisted table, column and file carries exactly one label. The tables here are declared,
not guessed: a column or file nobody has thought about has no label, and `unlabelled` names it.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path

from storage.backup_manifest import KEYRING
from storage.folder_swap import COPIES, REVOCATIONS, SWAPPED, UNPACKED
from storage.registry import IDENTITY, KEYS, LEDGER, OFFICE, PORTRAIT, TEMPLATE
from storage.stores import Stores


class DataClass(StrEnum):
    """The regulator's four (人脸图像, 人脸特征, 个人身份信息, 智能分析结果), and our own."""

    FACE_IMAGE = "FACE_IMAGE"
    FACE_TEMPLATE = "FACE_TEMPLATE"
    PERSONAL_IDENTITY = "PERSONAL_IDENTITY"
    ANALYSIS_RESULT = "ANALYSIS_RESULT"
    """Of a visit nothing is: the station verifies 1:1 and analyses nobody. Only trials of attack
    detection write results down, under the codes of subjects who agreed to them."""
    CONSENT = "CONSENT"
    AUDIT = "AUDIT"
    CONFIG = "CONFIG"
    KEY_MATERIAL = "KEY_MATERIAL"


Columns = Mapping[str, DataClass]

_META: Columns = {"name": DataClass.CONFIG, "value": DataClass.CONFIG}
# In keys.db the list says which rows a change still concerns; elsewhere it is empty.
_APPLIED: Columns = {
    "op_ref": DataClass.AUDIT,
    "rows": DataClass.AUDIT,
    "files": DataClass.AUDIT,
    "listed": DataClass.KEY_MATERIAL,
}


def _all(label: DataClass, *columns: str) -> Columns:
    return dict.fromkeys(columns, label)


def _store(tables: Mapping[str, Columns]) -> Mapping[str, Columns]:
    return {"meta": _META, "applied": _APPLIED, **tables}


COLUMNS: Mapping[str, Mapping[str, Columns]] = {
    IDENTITY: _store(
        {
            "identity": _all(
                DataClass.PERSONAL_IDENTITY, "row", "version", "sealed", "term_mark", "term"
            ),
            "blind": _all(DataClass.PERSONAL_IDENTITY, "ref", "row"),
            "attempt": _all(DataClass.PERSONAL_IDENTITY, "row", "sealed"),
        }
    ),
    TEMPLATE: _store(
        {
            "template": _all(
                DataClass.FACE_TEMPLATE,
                "pid",
                "sealed",
                "model_id",
                "profile",
                "term_mark",
                "term",
                "campaign",
            )
        }
    ),
    PORTRAIT: _store(
        {"portrait": _all(DataClass.FACE_IMAGE, "row", "sealed", "term_mark", "term")}
    ),
    KEYS: _store(
        {
            "person": _all(DataClass.KEY_MATERIAL, "person", "wrapped", "version"),
            "link": _all(DataClass.KEY_MATERIAL, "ref", "person"),
            "secret": _all(DataClass.KEY_MATERIAL, "ref", "wrapped"),
            "evidence": _all(DataClass.KEY_MATERIAL, "evidence", "wrapped"),
        }
    ),
    LEDGER: _store(
        {
            "entry": _all(DataClass.AUDIT, "seq", "body"),
            "head": _all(DataClass.AUDIT, "size", "body", "signature"),
            "evidence": _all(DataClass.CONSENT, "seq", "sealed"),
        }
    ),
    # Names of staff, and tickets of people about their own data, beside documents of nobody's.
    OFFICE: _store(
        {"sheet": _all(DataClass.PERSONAL_IDENTITY, "id", "shelf", "version", "sealed")}
    ),
}
"""Label of each column: store → table → column."""

STORE_FILES: Mapping[str, DataClass] = {
    IDENTITY: DataClass.PERSONAL_IDENTITY,
    TEMPLATE: DataClass.FACE_TEMPLATE,
    PORTRAIT: DataClass.FACE_IMAGE,
    KEYS: DataClass.KEY_MATERIAL,
    LEDGER: DataClass.AUDIT,
    OFFICE: DataClass.PERSONAL_IDENTITY,
}
"""Label of each store's file, by what it is kept for."""

OTHER_FILES: Mapping[str, DataClass] = {
    "reserve": DataClass.CONFIG,
    "station.lock": DataClass.CONFIG,
}
"""Label of what else lies in the stores' folder: pattern of the path → label."""

HOME_FILES: Mapping[str, DataClass] = {
    "keyring.json": DataClass.KEY_MATERIAL,
    "station.lock": DataClass.CONFIG,
    "config.toml": DataClass.CONFIG,
    "site.toml": DataClass.CONFIG,
    "policies/*": DataClass.CONFIG,
    "trust/*": DataClass.CONFIG,
    "models/*": DataClass.CONFIG,
    "notices/*": DataClass.CONFIG,
    "revocations*": DataClass.AUDIT,
    "officers*": DataClass.KEY_MATERIAL,
    # How a running station is asked for something: a public key, sealed orders and answers.
    "desk/*": DataClass.CONFIG,
}
"""Label of what lies in the station's own folder for good, beside the stores."""

_ENDS = ("", "-wal", "-shm", "-journal")

SHARED_FILES: Mapping[str, DataClass] = {
    "models/*": DataClass.CONFIG,
    "setup.*": DataClass.CONFIG,
    "bench/*": DataClass.ANALYSIS_RESULT,
}
"""Label of what all profiles of a station share: models, what setting up has said,
and the results of trials."""


def unlabelled(stores: Stores) -> list[str]:
    """Columns and files of the open stores that carry no label; an empty list is good.

    "store.table.column" for a column, the path below the stores' folder for a file.
    """
    columns = [name for name, label in stores_columns(stores).items() if label is None]
    return columns + [path for path, label in stores_files(stores).items() if label is None]


def stores_columns(stores: Stores) -> dict[str, DataClass | None]:
    """Every column of the open stores as "store.table.column", with its label or None."""
    found = {}
    for store, database in stores.databases.items():
        tables = COLUMNS.get(store, {})
        for table in database.tables():
            for column in database.columns(table):
                label = tables.get(table, {}).get(column)
                found[f"{store}.{table}.{column}"] = label
    return found


def stores_files(stores: Stores) -> dict[str, DataClass | None]:
    """Every file below the stores' folder with its label, None where it has none."""
    return _labels(stores.folder, _store_patterns())


def home_files(home: Path, stores: Path) -> dict[str, DataClass | None]:
    """Every file of the station's folder except the stores', with its label or None."""
    return _labels(home, {**HOME_FILES, **_passing_patterns()}, stores)


def station_files(root: Path, homes: Collection[str]) -> dict[str, DataClass | None]:
    """Every file below the folder of all profiles, with its label or None.

    `homes` are the profiles' own folders below `root`, each with its stores in "stores".
    """
    stores = {f"stores/{name}": label for name, label in _store_patterns().items()}
    own = {**HOME_FILES, **_passing_patterns(), **stores}
    of_homes = {f"{home}/{name}": label for home in homes for name, label in own.items()}
    return _labels(root, {**SHARED_FILES, **of_homes})


def _passing_patterns() -> Mapping[str, DataClass]:
    """What lies in the station's own folder while something is written, or until the next start
    after a crash in the middle: each copy of a store is labelled as the store itself."""
    known = {
        ".keyring.json.*": DataClass.KEY_MATERIAL,
        "keyring.new": DataClass.KEY_MATERIAL,
        f"{UNPACKED}/{KEYRING}": DataClass.KEY_MATERIAL,
        "config.new": DataClass.CONFIG,
    }
    for store, label in STORE_FILES.items():
        known |= {f"{folder}/{store}{end}": label for folder in (COPIES, UNPACKED) for end in _ENDS}
    for folder in SWAPPED:
        known |= {f"{folder}/{name}": label for name, label in _store_patterns().items()}
        known[f"{folder}/{REVOCATIONS}"] = DataClass.AUDIT
    return known


def _store_patterns() -> Mapping[str, DataClass]:
    known: dict[str, DataClass] = dict(OTHER_FILES)
    for store, label in STORE_FILES.items():
        known |= {f"{store}/{store}.db{end}": label for end in _ENDS}
    return known


def _labels(
    folder: Path, known: Mapping[str, DataClass], apart: Path | None = None
) -> dict[str, DataClass | None]:
    found: dict[str, DataClass | None] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or (apart is not None and path.is_relative_to(apart)):
            continue
        name = path.relative_to(folder).as_posix()
        labels = {label for pattern, label in known.items() if fnmatchcase(name, pattern)}
        # Two labels are none: nobody has decided.
        found[name] = labels.pop() if len(labels) == 1 else None
    return found
