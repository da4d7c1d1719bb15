"""A verification report in words, and the head an auditor keeps."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.export import head_from_json, head_to_json
from consent.kinds import Kind
from consent.verify_chain import Fault, Finding
from consent.verify_text import report_json, report_lines
from station.errors import LedgerError
from tests.unit.ledger_kit import INTENT, fifty, flow


def test_a_kept_head_reads_back() -> None:
    for head in fifty()[1][:3]:
        assert head_from_json(head_to_json(head).decode()) == head


@pytest.mark.parametrize(
    "change",
    [
        {"size": -1},
        {"size": True},
        {"size": "1"},
        {"size": 1 << 60},
        {"body": 1},
        {"body": "x" * 300_000},
        {"signature": "zz"},
        {"signature": 7},
        {"more": 1},
    ],
)
def test_a_hostile_head_is_refused(change: dict[str, object]) -> None:
    document = json.loads(head_to_json(fifty()[1][0]))
    with pytest.raises(LedgerError):
        head_from_json(json.dumps(document | change))


@given(st.one_of(st.text(max_size=50), st.just("[" * 100_000), st.just("[]"), st.just('"x"')))
def test_text_that_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(LedgerError):
        head_from_json(text)


def test_every_fault_has_its_words_in_both_languages() -> None:
    report = flow((INTENT, "a", Kind.ERASE, {}))
    report = replace(report, findings=tuple(Finding(fault, 7) for fault in Fault), origin="")
    chinese, english = report_lines(report, "zh_CN"), report_lines(report, "en")
    assert len(chinese) == len(english) == 3 + 1 + 1 + len(Fault) + 1
    assert len(set(chinese)) == len(chinese) and len(set(english)) == len(english)
    assert json.loads(report_json(report))["first_bad"] == {"seq": 7, "fault": "ALTERED"}
    fine = replace(report, findings=(), last_head_held=True)
    assert report_lines(fine, "zh_CN")[-1] == "核验通过"
    assert report_lines(fine, "en")[-1] == "verified"
