"""Every stable code has a text in both languages that says what to do."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from drivers.pad import fusion, session
from resources.texts import KINDS, retry_text, table, text
from station.booth.messages import Action, Guidance
from station.errors import ErrorCode
from station.model import Language, Outcome
from ui.bridge.resident_text import Say

_ROOT = Path(__file__).parents[2]
_LAYERS = (
    *(value for value in vars(fusion).values() if re.fullmatch(r"L\d_[A-Z_]+", str(value))),
    session.PLAN,
    "CANCELLED",
    "OTHER",
)
_CODES: dict[str, Iterable[str]] = {
    "error": ErrorCode,
    "outcome": Outcome,
    "next": Outcome,
    "resident": Say,
    "guidance": Guidance,
    "action": Action,
    "retry": _LAYERS,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_code_has_a_text_in_every_language(kind: str) -> None:
    for code in _CODES[kind]:
        for language in Language:
            assert text(kind, code, language).strip()


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_has_no_text_without_a_code(kind: str) -> None:
    assert set(table()[kind]) == {str(code) for code in _CODES[kind]}


def test_texts_of_errors_are_sentences_and_differ_from_each_other() -> None:
    for language in Language:
        texts = [text("error", code, language) for code in ErrorCode]
        assert len(set(texts)) == len(texts)
        assert all(line.endswith(("。", ".")) for line in texts)


def test_chinese_texts_do_not_blame() -> None:
    lines = [text(kind, code, "zh_CN") for kind in KINDS for code in _CODES[kind]]
    assert not [line for line in lines if "失败" in line or "错误" in line or "你" in line]


def test_the_retry_texts_cover_all_layers_there_are() -> None:
    assert len(set(_LAYERS)) == 16
    names = re.compile(r'= "(L\d_[A-Z_]+)"|"(L\d_[A-Z_]+)"')
    sources = (_ROOT / "drivers" / "pad").rglob("*.py")
    used = {a or b for path in sources for a, b in names.findall(path.read_text("utf-8"))}
    assert used <= set(_LAYERS)


def test_a_layer_nobody_knows_gets_the_general_words() -> None:
    assert retry_text("L8_NEW", "en") == text("retry", "OTHER", "en")
    assert retry_text("L1_LIGHT", "zh_CN") == "这里光线太强。请靠近屏幕一点。"


def test_retry_texts_neither_accuse_nor_name_a_check() -> None:
    told = " ".join(text("retry", layer, language) for layer in _LAYERS for language in Language)
    accusing = "假 攻击 照片 真人 fake attack photo real spoof liveness"
    assert not [word for word in accusing.split() if word in told]


def test_an_unknown_code_is_our_own_fault() -> None:
    with pytest.raises(KeyError):
        text("error", "XYZ-99", "en")


def test_texts_load_without_qt() -> None:
    code = "import sys, resources.texts as t; t.text('action','BLINK','en');" + (
        "sys.exit(any(m.startswith('PySide6') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=_ROOT, check=False).returncode == 0


def test_the_table_is_valid_toml() -> None:
    data = tomllib.loads((_ROOT / "resources/i18n/messages.toml").read_text("utf-8"))
    assert set(data) == set(KINDS)
