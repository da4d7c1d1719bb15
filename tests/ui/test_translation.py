"""The committed translation is complete and current."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

_ROOT = Path(__file__).parents[2]
_TS = _ROOT / "resources" / "i18n" / "zh_CN.ts"
_QM = _TS.with_suffix(".qm")


def _tool(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent))
    assert found, name
    return found


def _sources() -> set[str]:
    """Every text marked for translation in the pages and bridges."""
    found: set[str] = set()
    for path in (_ROOT / "ui" / "qml").rglob("*.qml"):
        found |= set(re.findall(r'qsTr\("((?:[^"\\]|\\.)*)"\)', path.read_text("utf-8")))
    for path in (_ROOT / "ui" / "bridge").glob("*.py"):
        found |= set(re.findall(r'translate\("\w+", "([^"]*)"\)', path.read_text("utf-8")))
    return found


def test_every_marked_text_is_in_the_ts_file_and_none_is_left_over() -> None:
    listed = {m.findtext("source") or "" for m in ElementTree.parse(_TS).iter("message")}
    assert listed == _sources()


def test_nothing_is_unfinished() -> None:
    for message in ElementTree.parse(_TS).iter("message"):
        translation = message.find("translation")
        assert translation is not None and translation.text
        assert translation.get("type") is None


def test_the_qm_file_is_made_from_the_ts_file(tmp_path: Path) -> None:
    made = tmp_path / "made.qm"
    subprocess.run(
        [_tool("pyside6-lrelease"), "-silent", str(_TS), "-qm", str(made)], check=True, timeout=30
    )
    assert made.read_bytes() == _QM.read_bytes()
