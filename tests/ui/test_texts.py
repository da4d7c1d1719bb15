"""Every stable code has a text in both languages that says what to do."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from resources.texts import KINDS, table, text
from station.booth.messages import Action, Guidance
from station.errors import ErrorCode
from station.model import Language, Outcome

_ROOT = Path(__file__).parents[2]
_CODES = {
    "error": ErrorCode,
    "outcome": Outcome,
    "next": Outcome,
    "guidance": Guidance,
    "action": Action,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_code_has_a_text_in_every_language(kind: str) -> None:
    for code in _CODES[kind]:
        for language in Language:
            assert text(kind, code, language).strip()


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_has_no_text_without_a_code(kind: str) -> None:
    assert set(table()[kind]) == {code.value for code in _CODES[kind]}


def test_texts_of_errors_are_sentences_and_differ_from_each_other() -> None:
    for language in Language:
        texts = [text("error", code, language) for code in ErrorCode]
        assert len(set(texts)) == len(texts)
        assert all(line.endswith(("。", ".")) for line in texts)


def test_chinese_texts_do_not_blame() -> None:
    lines = [text(kind, code, "zh_CN") for kind in KINDS for code in _CODES[kind]]
    assert not [line for line in lines if "失败" in line or "错误" in line or "你" in line]


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
