"""What the rights desk and the incident book hand out as PDF: it is whole, and it is readable."""

import unicodedata
from datetime import UTC, datetime

import pypdfium2
import pytest

from consent.notice_source import read_notice
from station.config import ROOT
from station.explanation import Decides, explanation
from station.filing import FilingStatus
from station.filing_pack import FilingFacts, pack_paper
from station.incident_notice import Handler, incident_notice
from station.incidents import Addressee, Incident, Narrative
from station.model import Language
from station.paper import Paper
from station.subject_copy import CopyFrame, copy_paper
from station.subject_records import ConsentLine, Subject, SubjectFile, UseLine
from station.tickets import TicketKind, new_ticket
from ui.report_pdf import paper_pdf

NOTICES = ROOT / "resources" / "notices"
NOTICE = read_notice(NOTICES, "resident", NOTICES / "demo_site.toml")
MADE = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NUMBER = "X00000001"


def kept() -> SubjectFile:
    subject = Subject(
        "r" * 43, "测*", "X******01", True, False, True, 1, False, "2027-03-02T00:00:00+00:00"
    )
    fields = {"name": "测试者一号<b>", "document_number": NUMBER, "birth_date": "1990-01-01"}
    consent = ConsentLine(
        "AAAA-BBBB-CCCC", "RETAIN_TEMPLATE", "resident-enrol", "1.1", "d" * 43, "2026-03-01"
    )
    uses = (UseLine("2026-03-01T08:00:00.000Z", "ENROL", "DONE"),)
    return SubjectFile(subject, fields, ("name",), "1234567890", 2, (consent,), uses)


def papers(language: Language) -> dict[str, tuple[Paper, tuple[str, ...]]]:
    ticket = new_ticket(TicketKind.COPY, "r", "X******01")
    text = NOTICE.text(language)
    handler = {one: (NOTICE.text(one).handler_name, "内线") for one in Language}
    told = Narrative("盘丢了", "搬运", "冒用", "停用", "换发", "留意来电")
    incident = Incident(
        ("FACE_TEMPLATE",), 3, MADE.isoformat(), zh=told, en=told, id="0" * 12, minors=True
    )
    status = FilingStatus(100_000, 100_000, MADE.isoformat(), "2026-04-13")
    return {
        "copy": (
            copy_paper(kept(), ticket, CopyFrame("s-1", handler, NOTICE, MADE), language),
            (NUMBER, "测试者一号<b>", "AAAA-BBBB-CCCC", text.handler_name),
        ),
        "incident": (
            incident_notice(incident, Addressee.GUARDIANS, Handler("物业", "内线"), language),
            ("盘丢了", "搬运", "冒用", "停用", "换发", "留意来电", "内线"),
        ),
        "filing": (
            pack_paper(status, FilingFacts("s-1", (NOTICE,), "PIA-7", MADE), language),
            ("100000", "2026-04-13", "PIA-7", text.handler_name),
        ),
        "explain": (explanation(Decides(1e-4, 3, 2, 5, 30), language), ("10 000",)),
    }


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", ["copy", "incident", "filing", "explain"])
def test_the_pdf_says_what_the_paper_says(name: str, language: Language) -> None:
    paper, wanted = papers(language)[name]
    made = paper_pdf(paper)
    assert made.startswith(b"%PDF-")
    document = pypdfium2.PdfDocument(made)
    read = "".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    # Extraction gives some characters as the radicals that look the same.
    squeezed = "".join(unicodedata.normalize("NFKC", read).split())
    for words in (paper.title, *wanted, *(part.heading for part in paper.parts)):
        assert "".join(unicodedata.normalize("NFKC", words).split()) in squeezed, words
