"""summary.pdf of an audit bundle: what a stretch of the ledger comes to, in Chinese, then English.

`part` turns figures into the numbers that are drawn; what is drawn is taken from nothing else, so
that a test can hold every bar against the counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from consent.bundle import Summary
from consent.entry import time_of
from consent.figures import Bar, Figures
from resources.office_texts import office_word
from station.model import Language, Outcome
from ui.paper_sheet import JADE, STOP, Column, Sheet

_CHART, _LOW_CHART = 120.0, 70.0
_MOST_LINES = 60
"""Longest table of people; who is left out is counted in its last line."""
_SAY = {
    "title": ("台账概要", "Summary of the ledger"),
    "demo": ("演示 DEMO", "DEMO"),
    "period": (
        "{begin} 至 {end}（本机时间），{days} 天，{entries} 条记录",
        "{begin} to {end} (local time), {days} days, {entries} entries",
    ),
    "empty": ("没有记录符合条件", "No entry matches"),
    "ledger": (
        "台账 {origin}，共 {size} 条；公钥编号 {signer}；导出于 {made}",
        "Ledger {origin}, {size} entries in all; key {signer}; exported {made}",
    ),
    "all": ("范围：全部", "Covers: everything"),
    "selected": ("范围：{selection}", "Covers: {selection}"),
    "visits": ("来访核验", "Visits"),
    "matched": ("人证一致", "Matched"),
    "attacks": ("活体检测没有放行", "Attacks stopped"),
    "declined": ("没有同意，或选人工", "Declined or to staff"),
    "by_time": ("{what}，{unit}", "{what}, {unit}"),
    "day": ("按天", "by day"),
    "week": ("每 {days} 天", "by {days} days"),
    "outcomes": ("核验结果", "How visits ended"),
    "nothing": ("这段时间没有", "None in this period"),
    "checks": ("完整性", "Integrity"),
    "root": (
        "全部 {size} 条记录得出的树根与签名的树头一致",
        "The root of all {size} entries is the one that was signed",
    ),
    "no_root": (
        "记录得出的树根与签名的树头不符：有人动过台账，请用 verify_bundle.py 核验",
        "The entries do not give the root that was signed: the ledger was tampered with; run "
        "verify_bundle.py",
    ),
    "unreadable": ("不合格式的记录：{count}", "Entries out of form: {count}"),
    "clock": (
        "时钟比上一条记录早的记录：{count}",
        "Entries written while the clock was behind: {count}",
    ),
    "undone": (
        "没有做成、已退回的更改：{count}",
        "Changes that failed and were taken back: {count}",
    ),
    "alarms": ("{what}：{count}", "{what}: {count}"),
    "refusals": ("拒绝", "Refusals"),
    "species": ("没有放行的呈现方式", "What attack detection saw"),
    "changes": ("保存与删除", "Kept and erased"),
    "erased_rows": ("共删除 {count} 行记录", "Rows erased: {count}"),
    "readers": ("谁看了什么", "Who read what"),
    "grants": ("准许工作人员做的事", "What staff were allowed"),
    "who": ("账号", "Account"),
    "what": ("事项", "What"),
    "count": ("次数", "Count"),
    "date": ("日期", "Date"),
    "from_day": ("起", "From"),
    "to_day": ("止", "To"),
    "numbers": ("图中的数字", "The numbers behind the charts"),
    "others": ("其余 {count} 行略", "{count} more lines left out"),
    "foot": ("本机台账的概要；原文与证明在同一文件夹", "Drawn from the entries in this folder"),
}


@dataclass(frozen=True, slots=True)
class Charts:
    """The numbers the charts are drawn from."""

    visits: tuple[Bar, ...]
    attacks: tuple[Bar, ...]
    outcomes: tuple[tuple[str, int], ...]
    """(code of an outcome, visits), the most frequent first."""


def charts_of(figures: Figures) -> Charts:
    """The numbers of all charts; each adds up to its count."""
    outcomes = sorted(figures.outcomes.items(), key=lambda one: (-one[1], one[0]))
    return Charts(
        figures.bars(figures.visits_by_day),
        figures.bars(figures.attacks_by_day),
        tuple(outcomes),
    )


def write_summary(path: Path, summary: Summary) -> None:
    """Write summary.pdf, whole or not at all. Needs no display.

    Raises `ConfigError(FONT_MISSING)`, `OSError`.
    """
    foot = f"{summary.head.origin} · {summary.order.made_at}"
    with Sheet(path, _say("title", Language.ZH_CN), foot) as sheet:
        for at, language in enumerate(Language):
            if at:
                sheet.new_page()
            _Part(sheet, summary, language).draw()


class _Part:
    """The summary in one language."""

    def __init__(self, sheet: Sheet, summary: Summary, language: Language) -> None:
        self._sheet = sheet
        self._summary = summary
        self._figures = summary.figures
        self._charts = charts_of(summary.figures)
        self._language = language

    def draw(self) -> None:
        self._begin()
        if self._figures.entries:
            self._draw_charts()
        self._draw_checks()
        self._counts("refusals", self._figures.refusals, "kind")
        self._counts("species", self._figures.species, None)
        self._counts("changes", self._changes(), None)
        if self._figures.erased_rows:
            self._sheet.note(self._say("erased_rows", count=self._figures.erased_rows))
        self._people("readers", self._figures.readers, "kind")
        self._people("grants", self._figures.grants, "act")
        self._numbers()

    def _begin(self) -> None:
        summary, figures, sheet = self._summary, self._figures, self._sheet
        sheet.title(self._say("title"), self._say("demo") if figures.demo else "")
        zone = summary.order.zone
        if figures.begin:
            sheet.note(
                self._say(
                    "period",
                    begin=_moment(figures.begin, zone),
                    end=_moment(figures.end, zone),
                    days=figures.days(),
                    entries=figures.entries,
                )
            )
        else:
            sheet.note(self._say("empty"))
        made = _moment(summary.order.made_at, zone)
        head = summary.head
        sheet.note(
            self._say(
                "ledger", origin=head.origin, size=head.size, signer=summary.key_id, made=made
            )
        )
        sheet.note(self._selection())
        declined = sum(figures.outcomes[outcome] for outcome in (Outcome.DECLINED, Outcome.MANUAL))
        sheet.tiles(
            (
                (self._say("visits"), figures.visits),
                (self._say("matched"), figures.outcomes[Outcome.MATCH]),
                (self._say("attacks"), figures.attacks),
                (self._say("declined"), declined),
            )
        )

    def _draw_charts(self) -> None:
        sheet, none = self._sheet, self._say("nothing")
        for what, bars, height, colour in (
            ("visits", self._charts.visits, _CHART, JADE),
            ("attacks", self._charts.attacks, _LOW_CHART, STOP),
        ):
            sheet.heading(self._over_time(what, bars), height + 40)
            sheet.columns([_column(bar) for bar in bars], height, colour, none)
        sheet.heading(self._say("outcomes"))
        named = [(self._word("outcome", code), count) for code, count in self._charts.outcomes]
        sheet.shares(named, JADE, none)

    def _draw_checks(self) -> None:
        figures, sheet, stands = self._figures, self._sheet, self._summary.root_stands
        sheet.heading(self._say("checks"))
        size = self._summary.head.size
        sheet.check(stands, self._say("root" if stands else "no_root", size=size))
        for key, count in (
            ("unreadable", figures.unreadable),
            ("clock", figures.clock_back),
            ("undone", figures.undone),
        ):
            sheet.check(not count, self._say(key, count=count))
        for kind, count in sorted(figures.alarms.items()):
            sheet.check(False, self._say("alarms", what=self._word("kind", kind), count=count))

    def _changes(self) -> dict[str, int]:
        return {self._word("kind", kind): n for kind, n in self._figures.changes.items()}

    def _counts(self, key: str, counts: Mapping[str, int], section: str | None) -> None:
        self._sheet.heading(self._say(key))
        if not counts:
            self._sheet.note(self._say("nothing"))
            return
        rows = [
            (self._word(section, name) if section else name, str(count))
            for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
        ]
        self._table((self._say("what"), self._say("count")), rows, (0.8, 0.2))

    def _people(self, key: str, people: Mapping[str, Mapping[str, int]], section: str) -> None:
        self._sheet.heading(self._say(key))
        if not people:
            self._sheet.note(self._say("nothing"))
            return
        rows = [
            (who, self._word(section, what), str(count))
            for who, found in sorted(people.items())
            for what, count in sorted(found.items(), key=lambda one: (-one[1], one[0]))
        ]
        head = (self._say("who"), self._say("what"), self._say("count"))
        self._table(head, rows, (0.3, 0.5, 0.2))

    def _numbers(self) -> None:
        """Every bar in figures: narrow ones have no number above them."""
        if not self._charts.visits:
            return
        self._sheet.heading(self._say("numbers"))
        dates: tuple[str, ...] = ("from_day", "to_day")
        if all(bar.first == bar.last for bar in self._charts.visits):
            dates = ("date",)
        words = [self._say(key) for key in (*dates, "visits", "attacks")]
        rows = [
            [*_days(bar)[: len(dates)], str(bar.count), str(attacks.count)]
            for bar, attacks in zip(self._charts.visits, self._charts.attacks, strict=True)
        ]
        shares = [*(0.4 / len(dates) for _ in dates), 0.2, 0.4]
        self._sheet.table(words, rows, shares)

    def _table(
        self, head: tuple[str, ...], rows: Sequence[tuple[str, ...]], shares: tuple[float, ...]
    ) -> None:
        left_out = len(rows) - _MOST_LINES
        self._sheet.table(head, rows[:_MOST_LINES], shares)
        if left_out > 0:
            self._sheet.note(self._say("others", count=left_out))

    def _over_time(self, what: str, bars: tuple[Bar, ...]) -> str:
        days = (bars[0].last - bars[0].first).days + 1 if bars else 1
        unit = self._say("day") if days == 1 else self._say("week", days=days)
        return self._say("by_time", what=self._say(what), unit=unit)

    def _selection(self) -> str:
        wanted = self._summary.order.wanted
        if wanted.is_all:
            return self._say("all")
        # What was looked for, not words for it: exactly this stands in the manifest.
        parts = [
            f"{key} {', '.join(value) if isinstance(value, list) else value}"
            for key, value in wanted.as_json().items()
            if key != "person"
        ]
        if wanted.person:
            parts.append(f"person {wanted.person[0]}")
        return self._say("selected", selection="; ".join(parts))

    def _word(self, section: str, code: str) -> str:
        return office_word(section, code, self._language) if code else "?"

    def _say(self, key: str, **figures: object) -> str:
        return _say(key, self._language, **figures)


def _column(bar: Bar) -> Column:
    return Column(f"{bar.first.month}-{bar.first.day:02d}", bar.count)


def _days(bar: Bar) -> tuple[str, str]:
    return bar.first.isoformat(), bar.last.isoformat()


def _moment(text: str, zone: tzinfo | None) -> str:
    return time_of(text).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _say(key: str, language: Language, **figures: object) -> str:
    return _SAY[key][0 if language is Language.ZH_CN else 1].format(**figures)
