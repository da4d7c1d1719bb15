"""A verification report in words (Chinese, English) and as JSON."""

import json

from consent.digest import to_text
from consent.verify import LedgerReport
from consent.verify_chain import Fault

_FAULTS = {
    Fault.ALTERED: (
        "第 {seq} 条被改过：它的摘要与当时签名的树根不符",
        "entry {seq} was altered: its hash does not give the root that was signed",
    ),
    Fault.REMOVED: (
        "第 {seq} 条被删除：后面的记录顶到了它的位置",
        "entry {seq} was removed: a later entry stands in its place",
    ),
    Fault.INSERTED: (
        "第 {seq} 条是插进来的：真正的第 {seq} 条排在它后面",
        "entry {seq} was inserted: the rightful entry {seq} follows it",
    ),
    Fault.REORDERED: (
        "第 {seq} 条的顺序被动过：真正的第 {seq} 条在后面",
        "entry {seq} was reordered: the rightful entry {seq} comes later",
    ),
    Fault.TRUNCATED: (
        "从第 {seq} 条起被截掉：签过名的树头比现有记录长",
        "entry {seq} and what followed were cut off: a signed head is longer than the ledger",
    ),
    Fault.MALFORMED: (
        "第 {seq} 条不合账本规则，但签名属实：请查本机软件",
        "entry {seq} breaks the ledger's rules though it was signed: look at the software",
    ),
    Fault.HEAD_MISSING: (
        "第 {seq} 条没有对应的签名树头：树头被删，或本机在写入时断电后还没再启动",
        "entry {seq} has no signed head: it was removed, or the station stopped while writing"
        " and has not started since",
    ),
    Fault.HEAD_FORGED: (
        "第 {seq} 条之后的树头签名不成立，或与别的树头矛盾",
        "the head after entry {seq} has no valid signature, or contradicts another head",
    ),
    Fault.VERIFIERS_DISAGREE: (
        "第 {seq} 条之后的树头：两个验签程序结论不同",
        "the head after entry {seq}: the two verifiers disagree",
    ),
    Fault.ROLLED_BACK: (
        "账本比您上次保存的树头短：从第 {seq} 条起被退回",
        "the ledger is shorter than the head you kept: rolled back from entry {seq} on",
    ),
    Fault.REWRITTEN: (
        "第 {seq} 条及以前的历史与您上次保存的树头不同",
        "the history up to entry {seq} is not the one under the head you kept",
    ),
    Fault.NOT_INTENDED: (
        "第 {seq} 条写着完成，却没有对应的开始",
        "entry {seq} completes what was never announced",
    ),
    Fault.COMPLETED_TWICE: (
        "第 {seq} 条是重复的，或种类不符的完成",
        "entry {seq} completes something a second time, or as another kind",
    ),
    Fault.REMAINDER: (
        "第 {seq} 条说已删除，却有剩余，或没有写明剩余为 0",
        "entry {seq} reports an erasure but something remains, or it does not say that none does",
    ),
}


def report_lines(report: LedgerReport, language: str) -> list[str]:
    """The report in lines of text; `language` is "zh_CN" or "en"."""
    chinese = language == "zh_CN"
    root = to_text(report.root)
    if chinese:
        lines = [
            f"账本：{report.origin or '—'}，{report.entries} 条记录，{report.heads} 个签名树头",
            f"公钥编号：{report.key_id}；第二验签程序看了 {report.second_opinions} 个树头",
            f"树根：{root}",
        ]
    else:
        lines = [
            f"ledger {report.origin or '-'}: {report.entries} entries, {report.heads} signed heads",
            f"key {report.key_id}; second verifier looked at {report.second_opinions} heads",
            f"root {root}",
        ]
    if not report.last_head_held:
        lines.append(
            "没有给出上次保存的树头：整本退回到旧状态的情形查不出来"
            if chinese
            else "no head from an earlier audit was given: a rollback of everything cannot be seen"
        )
    for intent in report.open_intents:
        lines.append(
            f"未完成：第 {intent.seq} 条 {intent.kind.value}，开始于 {intent.time}"
            if chinese
            else f"open: entry {intent.seq} {intent.kind.value}, begun {intent.time}"
        )
    lines += [_FAULTS[f.fault][0 if chinese else 1].format(seq=f.seq) for f in report.findings]
    if report.ok:
        lines.append("核验通过" if chinese else "verified")
    else:
        lines.append("核验不通过，最先出错的见上面第一条" if chinese else "NOT verified")
    return lines


def report_json(report: LedgerReport) -> str:
    """The report as one JSON document."""
    first = report.first_bad
    return json.dumps(
        {
            "verified": report.ok,
            "origin": report.origin,
            "key_id": report.key_id,
            "entries": report.entries,
            "heads": report.heads,
            "second_opinions": report.second_opinions,
            "root": to_text(report.root),
            "last_head_held": report.last_head_held,
            "first_bad": first and {"seq": first.seq, "fault": first.fault.value},
            "findings": [{"seq": f.seq, "fault": f.fault.value} for f in report.findings],
            "open_intents": [
                {"seq": i.seq, "op": i.op, "kind": i.kind.value, "time": i.time}
                for i in report.open_intents
            ],
        },
        ensure_ascii=False,
        indent=1,
    )
