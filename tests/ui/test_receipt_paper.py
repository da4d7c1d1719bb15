"""The receipt on paper and on the screen: its code is read back from the picture and verified."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from consent import verify_receipt
from consent.digest import to_text
from consent.receipt_text import sheet
from consent.visit_receipt import Kept
from resources.qr_symbol import QUIET_MODULES, modules
from station.errors import LedgerError
from station.events import OutcomeReached, Purged, ReceiptIssued
from station.model import IDENTITY_FIELDS, Language, Outcome
from tests.ui.conftest import MakeStage
from tests.unit.receipt_kit import NUMBER, UNTIL, Issued, issued, usual
from tests.unit.test_receipt_command import run
from ui import layout
from ui.receipt_print import SLIP_DPI, Paper, pictures, write_pdf
from ui.screenshots import item, settle

Picture = NDArray[np.uint8]
ZONES = {Language.ZH_CN: "从证件读了", Language.EN: "Read from your document"}


def grey(image: QImage) -> Picture:
    flat = np.frombuffer(image.constBits(), np.uint8)
    return flat.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width(), 1].copy()


def decoded(picture: Picture) -> str:
    text: str = cv2.QRCodeDetectorAruco().detectAndDecode(picture)[0]
    return text


def alone(folder: Path, text: str, key: bytes, path: str = "") -> subprocess.CompletedProcess[str]:
    """The verifier copied away, in an interpreter that has gmssl and nothing else installed."""
    only = folder / "only"
    if not only.exists():
        only.mkdir()
        for name in ("gmssl", "Cryptodome"):
            found = find_spec(name)
            assert found is not None and found.origin is not None
            (only / name).symlink_to(Path(found.origin).parent)
        shutil.copy(verify_receipt.__file__, folder / "verify_receipt.py")
    command = [sys.executable, "-S", "-s", str(folder / "verify_receipt.py"), text]
    command += [path] * bool(path) + ["--key", to_text(key)]
    return subprocess.run(
        command,
        env={"PYTHONPATH": str(only)},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def rendered(pdf: Path, dpi: float) -> Iterator[Picture]:
    """The pages of a PDF as another program draws them."""
    if find_spec("pypdfium2") is not None:
        import pypdfium2

        document = pypdfium2.PdfDocument(str(pdf))
        for page in range(len(document)):
            pixels = document[page].render(scale=dpi / 72).to_numpy()
            yield np.ascontiguousarray(pixels[..., 1])
    elif shutil.which("pdftoppm"):
        target = pdf.with_suffix("")
        subprocess.run(["pdftoppm", "-gray", "-r", str(round(dpi)), pdf, target], check=True)
        for file in sorted(pdf.parent.glob(f"{target.name}-*.pgm")):
            yield np.asarray(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE), np.uint8)
    else:
        pytest.skip("neither pypdfium2 nor pdftoppm (poppler-utils) is here to draw a PDF")


def longest() -> Issued:
    kinds = (Kept.IDENTITY, Kept.TEMPLATE, Kept.PORTRAITS)
    return issued(
        60,
        language=Language.EN,
        fields_read=IDENTITY_FIELDS,
        kept_until={kind: UNTIL + timedelta(days=365) for kind in kinds},
    )


@pytest.mark.parametrize("paper", list(Paper))
def test_a_printed_receipt_is_read_back_and_verified_by_the_verifier_alone(
    qtbot: QtBot, tmp_path: Path, paper: Paper
) -> None:
    """Drawn at the 203 dpi of a slip printer; one changed character is refused."""
    made = usual()
    text = decoded(grey(pictures(sheet(made.proved, made.key, Language.ZH_CN), paper)[0]))
    assert text == made.text
    good = alone(tmp_path, text, made.key)
    assert good.returncode == 0, good.stderr
    document = json.loads(good.stdout)
    assert document["verified"] and document["payload"]["receipt"] == NUMBER
    place = 200
    flipped = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
    bad = alone(tmp_path, flipped, made.key)
    assert bad.returncode == 1 and not json.loads(bad.stdout)["verified"]


def test_page_two_proves_the_place_in_the_ledger(qtbot: QtBot, tmp_path: Path) -> None:
    made = longest()
    pages = pictures(sheet(made.proved, made.key, Language.EN), Paper.A5)
    texts = [decoded(grey(page)) for page in pages]
    assert texts == [made.text, made.path]
    answer = alone(tmp_path, texts[0], made.key, texts[1])
    assert answer.returncode == 0 and json.loads(answer.stdout)["path_checked"]


@pytest.mark.parametrize("paper", list(Paper))
def test_the_pdf_itself_is_read_back_and_verified(
    qtbot: QtBot, tmp_path: Path, paper: Paper
) -> None:
    made, pdf = usual(), tmp_path / "receipt.pdf"
    write_pdf(pdf, sheet(made.proved, made.key, Language.ZH_CN), paper)
    texts = [decoded(page) for page in rendered(pdf, SLIP_DPI)]
    assert texts[0] == made.text
    assert alone(tmp_path, *texts[:1], made.key, *texts[1:]).returncode == 0


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("paper", list(Paper))
def test_a_pdf_is_written_whole_or_not_at_all(
    qtbot: QtBot, tmp_path: Path, paper: Paper, language: Language
) -> None:
    pdf = tmp_path / "receipt.pdf"
    write_pdf(pdf, sheet(usual().proved, usual().key, language), paper)
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
    assert [file.name for file in tmp_path.iterdir()] == ["receipt.pdf"]
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
        with pytest.raises(OSError, match="written"):
            write_pdf(tmp_path / "other.pdf", sheet(usual().proved, usual().key, language), paper)


def test_the_longest_receipt_still_has_a_code_a_phone_can_read(qtbot: QtBot) -> None:
    """Half a millimetre a module is enough (four dots of a slip printer); the text ends above."""
    made = longest()
    printed = sheet(made.proved, made.key, Language.EN)
    assert len(modules(made.text)) <= 69
    for paper in Paper:
        picture = grey(pictures(printed, paper)[0])
        found, corners = cv2.QRCodeDetectorAruco().detect(picture)
        assert found
        side_mm = float(np.linalg.norm(corners[0][0] - corners[0][1])) / (SLIP_DPI / 25.4)
        assert side_mm / len(modules(made.text)) >= 0.5, paper
        assert decoded(picture) == made.text


@pytest.mark.parametrize("language", list(Language))
def test_it_is_told_in_words_with_its_demo_mark(language: Language) -> None:
    told = sheet(usual().proved, usual().key, language)
    headings = [heading for heading, _ in told.rows]
    assert ZONES[language] in headings and "DEMO / 演示" in told.demo
    words = " ".join(line for _, lines in told.rows + told.fine_print for line in lines)
    assert "4711" in words and "人工窗口" in words and NUMBER in words
    assert "{" not in words + told.check + " ".join(told.proof)
    assert sheet(issued(demo=False).proved, usual().key, language).demo == ""


@pytest.mark.parametrize("paper", ["a5", "80mm"])
def test_a_receipt_is_printed_again_by_its_number(qtbot: QtBot, tmp_path: Path, paper: str) -> None:
    made, pdf = usual(), tmp_path / "receipt.pdf"
    arguments = ("receipt", NUMBER.lower(), "--pdf", str(pdf), "--paper", paper, "--json")
    result = run(made, *arguments)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "pdf": str(pdf),
        "receipt": made.text,
        "path": made.path,
        "public_key": to_text(made.key),
    }
    assert pdf.read_bytes().startswith(b"%PDF-")
    unknown = run(made, "receipt", "AAAA-AAAA-AAAA", "--pdf", str(pdf))
    assert isinstance(unknown.exception, LedgerError)


def test_a_symbol_has_its_finder_patterns_and_whole_modules() -> None:
    rows = modules(usual().text)
    assert len(rows) == len(rows[0]) and QUIET_MODULES == 4
    finder = [row[:7] for row in rows[:7]]
    assert finder[0] == bytes([1] * 7) and finder[1] == bytes([1, 0, 0, 0, 0, 0, 1])


def test_the_outcome_page_offers_the_code_once_the_booth_is_gone(make_stage: MakeStage) -> None:
    stage, made = make_stage(), usual()
    stage.visit.on_event(OutcomeReached(Outcome.MATCH, None, False, NUMBER))
    settle(stage)
    with pytest.raises(LookupError):
        item(stage, "receiptCode")
    stage.visit.on_event(Purged(4711, "2026-01-05T02:15:31.250+00:00", True))
    stage.visit.on_event(ReceiptIssued(NUMBER, made.text))
    settle(stage, 100)
    assert item(stage, "receiptCode").width() > 200
    assert layout.faults(stage.window) == []
    assert decoded(grey(stage.window.grabWindow().convertToFormat(QImage.Format.Format_RGB32))) == (
        made.text
    )
    stage.visit.on_event(OutcomeReached(Outcome.DECLINED, None, False, ""))
    settle(stage)
    with pytest.raises(LookupError):
        item(stage, "receiptCode")
