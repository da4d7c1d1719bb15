"""The bench's report: figures, warnings, and the PDF that carries them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from station.cli.bench_report import as_document, as_lines, write_pdf
from station.error_rates import clopper_pearson
from station.model import Language
from station.pad_trials import TrialRow
from tests.unit.test_pad_trials import row
from ui.report_pdf import Report, Section, as_html, write_report

NOW = datetime(2026, 5, 4, 10, 30, tzinfo=UTC)


def rows() -> list[TrialRow]:
    """60 prints by 6 subjects, 2 accepted; 12 people, 1 called an attack, 1 undecided."""
    made = []
    for n in range(60):
        passed = n in (7, 31)
        made.append(
            row(
                number=str(n),
                subject=f"S{n % 6:02}",
                artefact=f"P{n % 3:02}",
                result="BONA_FIDE" if passed else "ATTACK",
                decided_by="ALL" if passed else "L3_PLANARITY",
                at=f"2026-05-04T09:{n:02}:00+00:00",
                policy="NORMAL",
                details="paper=card;shape=bent",
                light="back",
                camera="1234:abcd:77",
                pad_policy="f" * 64,
            )
        )
    for n in range(12):
        result, decided_by = "BONA_FIDE", "ALL"
        if n == 3:
            result, decided_by = "ATTACK", "L5_IDENTITY"
        if n == 4:
            result, decided_by = "UNDECIDED", "L1_FACE_LOCK"
        made.append(
            row(
                species="bona_fide",
                artefact="-",
                subject=f"S{n:02}",
                result=result,
                decided_by=decided_by,
                policy="NORMAL",
            )
        )
    return made


def test_the_document_counts_species_and_people() -> None:
    document = as_document(rows(), "BENCH")
    photo = document["apcer"]["photo"]
    assert (photo["k"], photo["n"], document["apcer_max"]) == (2, 60, 2 / 60)
    exact = clopper_pearson(2, 60)
    assert photo["interval"][0] <= exact.low and photo["interval"][1] >= exact.high
    assert (document["bpcer"]["k"], document["bpcer"]["n"]) == (1, 12)
    assert (document["bpnrr"]["k"], document["bpnrr"]["n"]) == (1, 12)
    assert document["layers"]["photo"] == {"ATTACK L3_PLANARITY": 58, "BONA_FIDE ALL": 2}


@pytest.mark.parametrize(
    ("language", "says"),
    [
        (Language.ZH_CN, ("没有保存任何图像", "纸张: 卡纸; 形状: 弯曲", "逆光")),
        (Language.EN, ("No picture was kept", "Paper: card; Shape: bent", "from behind")),
    ],
)
def test_the_pdf_says_what_was_measured(
    language: Language, says: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "report.pdf"
    plain = write_pdf(path, rows(), "BENCH", language, NOW, attempts=2)
    assert path.read_bytes().startswith(b"%PDF")
    assert path.stat().st_size > 4000
    for figure in (
        "2 / 60",
        "3.3%",
        "6.6%",
        "1 / 12",
        "1234:abcd:77",
        "f" * 64,
        "BENCH",
        "NORMAL",
        *says,
    ):
        assert figure in plain
    assert not path.with_suffix(".pdf.new").exists()


def test_too_few_trials_and_the_lightless_policy_are_named() -> None:
    few = [row(policy="ASSISTED", result="ATTACK", decided_by="L3_PLANARITY")] * 9
    document = as_document(few, "SIM")
    assert "SIM" in as_lines(document, Language.EN)[0]
    assert document["apcer"]["photo"]["n"] == 9


def test_the_pdf_warns_of_them(tmp_path: Path) -> None:
    few = [row(policy="ASSISTED", result="ATTACK", decided_by="L3_PLANARITY")] * 9
    plain = write_pdf(tmp_path / "r.pdf", few, "SIM", Language.EN, NOW, attempts=2)
    assert "only 9 presentations" in plain
    assert "policy without lights (ASSISTED)" in plain
    assert "simulated camera" in plain


def test_texts_are_not_taken_for_markup(tmp_path: Path) -> None:
    report = Report("a<b", "SIM", (Section("<h1>", ("x & y <script>",), (("<td>", "2"),)),))
    assert "<script>" not in as_html(report)
    plain = write_report(tmp_path / "r.pdf", report)
    assert "x & y <script>" in plain
