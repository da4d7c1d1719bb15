"""The parts of a bundle that people read: the table's cells, the README, one line per entry."""

import json
from datetime import tzinfo
from functools import lru_cache

from consent.canonical import Json
from consent.entry import time_of
from consent.search import Row
from resources.office_texts import office_table, office_word
from station.model import Language

COLUMNS = (
    "seq",
    "time",
    "kind",
    "meaning",
    "phase",
    "op",
    "actor",
    "second",
    "reason",
    "demo",
    "clock_back",
    "payload",
)
_STEERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take a cell for a formula; in Chinese and Japanese, full width too."""
_MOST_CHARS = 400
# Canonical keys are sorted: what stands around the payload of every entry.
_BEFORE, _AFTER = '"payload":', ',"phase":"'
_README = """\
审计包 / Audit bundle

这里是核验台的台账{whole_zh}：entries.jsonl 是原文，entries.csv 供阅读，summary.pdf 是概要，
consents.jsonl 是同意记录（ISO/IEC TS 27560），bundle.json 和 bundle.sig 是清单及其签名。
This is the station's ledger{whole_en}: entries.jsonl is the original, entries.csv for
reading, summary.pdf a summary, consents.jsonl the consent records (ISO/IEC TS 27560), bundle.json
and bundle.sig the manifest and its signature.

核验（在另一台电脑上，需要 Python 3.9 以上和 gmssl）：
To verify (on another computer, with Python 3.9 or later and gmssl):

    pip install gmssl
    python3 verify_bundle.py .
    python3 verify_bundle.py . --last-head KEPT-HEAD.json

请使用您自己保管的 verify_bundle.py，而不是本文件夹里的：改过记录的人也能改它。
Use a verify_bundle.py that you keep yourself rather than the one in this folder: whoever changed
entries could have changed it too.

保存 head.json：下次核验时用 --last-head 给出，台账被截短或整本退回就会露出来。
Keep head.json and give it as --last-head next time: a ledger that was cut short or rolled back as a
whole shows against it.

也请核对公钥编号（bundle.json 里的 key_id）与核验台上 ./station.sh audit key 显示的一致。
Compare the key's number (key_id in bundle.json) with what ./station.sh audit key shows there.

时间都是协调世界时（UTC）。Times are UTC.
"""


def cells(row: Row) -> list[str]:
    """One line of the table; no cell is taken for a formula."""
    kind = row.kind
    return [
        str(row.seq),
        *map(
            safe_cell,
            (
                row.time,
                kind,
                _both(kind),
                row.phase,
                row.op,
                row.said("actor"),
                row.said("second"),
                row.said("reason"),
                "demo" if row.document.get("demo") is True else "",
                "clock_back" if row.document.get("clock_back") is True else "",
                _payload(row),
            ),
        ),
    ]


def safe_cell(text: str) -> str:
    """The text, with a leading apostrophe where a spreadsheet would calculate with it."""
    return f"'{text}" if text.startswith(_STEERS) else text


def readme(whole: bool) -> str:
    """README.txt; `whole`: nothing was selected."""
    return _README.format(
        whole_zh="全部" if whole else "按条件选出的部分",
        whole_en=", whole" if whole else ", in part",
    )


def entry_line(row: Row, language: Language, zone: tzinfo | None = None) -> str:
    """One entry in a line for people: time of `zone` (None: the machine's), what, who, details."""
    try:
        moment = time_of(row.time).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError):
        moment = "????-??-?? ??:??:??"
    who = row.said("actor")
    second = row.said("second")
    people = " + ".join(name for name in (who, second) if name)
    what = office_word("kind", row.kind, language) if row.kind else "?"
    parts = [f"#{row.seq}", moment, what, people, *_details(row, language)]
    return printable("  ".join(part for part in parts if part))


def printable(text: str) -> str:
    """A text of the ledger as a terminal may show it: nothing in it steers the screen."""
    # The space of Chinese writing steers nothing.
    shown = "".join(char if char.isprintable() or char == "\u3000" else "�" for char in text)
    return shown if len(shown) <= _MOST_CHARS else shown[: _MOST_CHARS - 1] + "…"


def _details(row: Row, language: Language) -> list[str]:
    words, found = office_table()["detail"], []
    for key, value in row.payload.items():
        if key in ("actor", "second") or not isinstance(value, str | int):
            continue
        if key in words:
            found.append(f"{words[key][language]} {_value(key, value, language)}")
    return found


def _value(key: str, value: Json, language: Language) -> str:
    section = {"outcome": "outcome", "act": "act", "role": "role"}.get(key)
    if section is None or not isinstance(value, str):
        return str(value)
    return ", ".join(office_word(section, one, language) for one in value.split(","))


def _payload(row: Row) -> str:
    """The payload as it stands in the entry; anew for what is not canonical."""
    text = row.body.decode("utf-8", "replace")
    start, end = text.find(_BEFORE), text.rfind(_AFTER)
    if 0 <= start < end:
        return text[start + len(_BEFORE) : end]
    return json.dumps(row.payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=256)
def _both(kind: str) -> str:
    return " / ".join(office_word("kind", kind, language) for language in Language)
