"""`evaluate pad --bench`: guides an operator through real trials on the station's own camera.

Species, subject, light and distance are asked for after GB/T 41772-2022 Annex A; each presentation
is a real attempt in a real booth. No picture is kept; every result is one CSV row, written at once,
so a session can be broken off and taken up again. With the simulated camera the label is SIM and
the files are others: such rows are no trials.
"""

import os
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from consent.receipt import ConsentReceipt
from resources.texts import text
from station.cli.bench_questions import (
    SPECIES,
    Operator,
    Series,
    TerminalOperator,
    ask_series,
    word,
)
from station.cli.bench_report import as_document, as_lines, write_pdf
from station.cli.bench_trials import Presented, TrialBooth
from station.cli.demo import opened_demo
from station.cli.opening import opened
from station.cli.terminal import Terminal
from station.config import ROOT
from station.errors import PurgeError, StationError
from station.model import Answer, Language, VisitId
from station.pad_trials import TrialLog, TrialRow, layers_text
from station.ports import NoticeReply

if TYPE_CHECKING:
    from station.build import Station

SIM, BENCH = "SIM", "BENCH"
_SAY: dict[str, tuple[str, str]] = {
    "found": ("已有 {count} 次记录，接着做。", "{count} presentations are on record; going on."),
    "assisted": (
        "没有窗口，屏幕不会发光：按无灯光策略（ASSISTED）测试，报告中会写明。",
        "There is no window to light the face: trials run under the policy without lights "
        "(ASSISTED), and the report says so.",
    ),
    "consent": (
        "请受试者 {subject} 看以下说明并自己选择。",
        "Subject {subject}: please read and choose.",
    ),
    "receipt": (
        "同意已记入台账。受试者的回执编号（撤回同意时用）：{number}",
        "Consent is in the ledger. The subject's receipt number, to take it back: {number}",
    ),
    "declined": ("没有同意，不进行测试。", "Not agreed; nothing was started."),
    "ready": ("第 {number} 次，共 {of} 次：准备好了吗？", "Presentation {number} of {of}: ready?"),
    "result": (
        "  结果 {result}（{decided_by}），{duration:.1f} 秒",
        "  {result} ({decided_by}), {duration:.1f} s",
    ),
    "more": ("再做一组？", "Another series?"),
    "written": ("记录：{csv}\n报告：{pdf}", "Log: {csv}\nReport: {pdf}"),
    "nothing": ("没有做任何测试，没有写报告。", "No trial was made, no report written."),
}


@dataclass(frozen=True, slots=True)
class Bench:
    """Where trials take place and what every row says of it."""

    booth: TrialBooth
    label: str
    camera: str
    software: str
    pad_policy: str
    folder: Path
    attempts: int = 1
    """Captures one visit may make."""
    species: tuple[str, ...] = tuple(SPECIES)
    """What can be presented here."""

    @property
    def csv(self) -> Path:
        """The log of this label."""
        return self.folder / f"pad-trials-{self.label}.csv"

    @property
    def pdf(self) -> Path:
        """The report of this label."""
        return self.folder / f"pad-trials-{self.label}.pdf"


Present = Callable[[ConsentReceipt, str], Presented]
"""One presentation of a species."""


def run_trials(
    bench: Bench,
    operator: Operator,
    language: Language,
    present: Present,
    ask_consent: Callable[[], NoticeReply],
) -> TrialLog:
    """Series after series until the operator has enough; the log is complete at any time.

    `click.Abort` and a fault end it early; what was done stays. Raises `StationError`.
    """
    log = TrialLog(bench.csv)
    if log.rows:
        operator.say(_say("found", language, count=len(log.rows)))
    receipts: dict[str, ConsentReceipt] = {}
    while True:
        series = ask_series(operator, language, bench.species)
        if series.subject not in receipts:
            operator.say(_say("consent", language, subject=series.subject))
            receipt = bench.booth.record_consent(ask_consent(), _trial_id())
            if receipt is None:
                operator.say(_say("declined", language))
            else:
                receipts[series.subject] = receipt
                operator.say(_say("receipt", language, number=receipt.receipt_id))
        if series.subject in receipts:
            _run_series(bench, operator, language, log, series, receipts[series.subject], present)
        if not operator.confirm(_say("more", language)):
            return log


def finish(bench: Bench, log: TrialLog, language: Language) -> dict[str, Any]:
    """Write the PDF beside the log and give the document. Raises `ConfigError(FONT_MISSING)`."""
    now = datetime.now(UTC)
    write_pdf(bench.pdf, log.rows, bench.label, language, now, attempts=bench.attempts)
    return as_document(log.rows, bench.label)


def run_bench(
    language: Language,
    folder: Path | None = None,
    *,
    demo: bool = False,
    operator: Operator | None = None,
    window: bool | None = None,
) -> dict[str, Any]:
    """The whole session on this station; returns the document of all rows on record.

    `demo`: the simulated camera, label SIM. `window`: paint lights and prompts in one; None: where
    there is a display. Raises the station's typed errors.
    """
    asked = operator or TerminalOperator(language)
    shown = _has_display() if window is None else window
    with _opened(demo, folder, calm=not (demo or shown)) as bench:
        if bench.booth.policy == "ASSISTED":
            asked.say(_say("assisted", language))
        try:
            _session(bench, asked, language, shown)
        except (click.Abort, KeyboardInterrupt):
            asked.say("")
        log = TrialLog(bench.csv)
        if not log.rows:
            asked.say(_say("nothing", language))
            return as_document([], bench.label)
        document = finish(bench, log, language)
        for line in [
            *as_lines(document, language),
            _say("written", language, csv=bench.csv, pdf=bench.pdf),
        ]:
            asked.say(line)
        return document


def _session(bench: Bench, operator: Operator, language: Language, shown: bool) -> None:
    def run(present: Present) -> None:
        def ask_consent() -> NoticeReply:
            return ask_on_terminal(bench, operator, language)

        run_trials(bench, operator, language, present, ask_consent)

    if shown:
        from station.cli.bench_screen import in_window

        in_window(bench.booth, language, run)
        return
    terminal = Terminal(language, operator.say)
    run(lambda receipt, species: bench.booth.present(receipt, species, terminal, terminal.publish))


def ask_on_terminal(bench: Bench, operator: Operator, language: Language) -> NoticeReply:
    """Show the subject the words of the trial to their end and take the answer."""
    started = time.monotonic()
    shown = bench.booth.notice.text(language)
    for line in (shown.title, shown.summary, *(f"\n{h}\n{b}" for h, b in shown.sections)):
        operator.say(line)
    answers = (Answer.GIVEN, Answer.OTHER_ROUTE, Answer.REFUSED)
    choices = [shown.agree, shown.other_route, shown.refuse]
    answer = answers[operator.choose(f"\n{shown.declaration}", choices)]
    return NoticeReply(answer, language, "TERMINAL", time.monotonic() - started, True)


@contextmanager
def _opened(demo: bool, folder: Path | None, *, calm: bool) -> Iterator[Bench]:
    if demo:
        with opened_demo() as world:
            booth = TrialBooth(world.station, world.stage, calm=calm)
            yield make_bench(world.station, booth, folder)
        return
    with opened() as station:
        station.premises.readiness.require_trials()
        yield make_bench(station, TrialBooth(station, None, calm=calm), folder)


def make_bench(station: "Station", booth: TrialBooth, folder: Path | None) -> Bench:
    """The bench of an open station; the demo's rows are labelled SIM whatever else is asked."""
    from station.build import default_home

    return Bench(
        booth,
        SIM if station.demo else BENCH,
        _camera(station),
        f"station {_version()}",
        station.pad.digest,
        folder or default_home() / "bench",
        station.config.policy.capture_attempts,
        booth.species,
    )


def _run_series(
    bench: Bench,
    operator: Operator,
    language: Language,
    log: TrialLog,
    series: Series,
    receipt: ConsentReceipt,
    present: Present,
) -> None:
    for number in range(1, series.presentations + 1):
        if not operator.confirm(_say("ready", language, number=number, of=series.presentations)):
            return
        try:
            presented = present(receipt, series.species)
        except PurgeError:
            raise
        except StationError as error:
            # One presentation that could not be made is no result, and no reason to lose others.
            operator.say(text("error", error.code, language))
            continue
        log.append(_row(bench, log, series, number, presented))
        pad = presented.pad
        operator.say(
            _say(
                "result",
                language,
                result=pad.result.value,
                decided_by=pad.decided_by,
                duration=presented.duration_s,
            )
        )


def _row(
    bench: Bench, log: TrialLog, series: Series, number: int, presented: Presented
) -> TrialRow:
    pad = presented.pad
    return TrialRow(
        number=str(len(log.rows) + 1),
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        label=bench.label,
        species=series.species,
        details=series.details,
        artefact=series.artefact,
        subject=series.subject,
        light=series.light,
        distance_cm=str(series.distance_cm),
        presentation=str(number),
        policy=bench.booth.policy,
        result=pad.result.value,
        decided_by=pad.decided_by,
        species_guess=pad.species_guess,
        duration_s=f"{presented.duration_s:.1f}",
        layers=layers_text(pad),
        camera=bench.camera,
        software=bench.software,
        pad_policy=bench.pad_policy,
    )


def _camera(station: "Station") -> str:
    """Identity of the camera; it is listed, not opened."""
    configured = station.config.camera
    if configured.kind != "uvc":
        return f"simulated ({configured.kind})"
    from drivers.camera.devices import choose_device, list_cameras

    return choose_device(list_cameras(), configured.device, configured.identity).identity


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _version() -> str:
    read = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return str(read["project"]["version"])


def _trial_id() -> VisitId:
    from consent.ledger import new_id

    return VisitId(new_id())


def _say(key: str, language: Language, **values: object) -> str:
    return word(_SAY[key], language).format(**values)
