"""The report of bench trials: rates with intervals, the conditions, and what they do not say."""

from datetime import datetime
from pathlib import Path
from typing import Any

from station.cli.bench_questions import LIGHTS, SPECIES, described, word
from station.model import Language
from station.pad_rates import apcer, bpcer, deciders, no_response
from station.pad_trials import TrialRow

_SEED = 1
"""Of the bootstrap's resampling: the same log gives the same report."""
_FLOOR, _NORM = 60, 150
"""face.md A.2 and A.8: least presentations per species, and the usual number."""
_SAY: dict[str, tuple[str, str]] = {
    "title": ("活体检测现场测试报告", "Attack detection: bench report"),
    "label_sim": (
        "标注 SIM：模拟摄像头和模拟人，不是真实测试的结果。",
        "Label SIM: simulated camera and person; these are no results of real trials.",
    ),
    "label_bench": (
        "标注 BENCH：本机摄像头上的真实测试。",
        "Label BENCH: real trials on this station's own camera.",
    ),
    "conditions": ("测试条件", "Conditions"),
    "rates": (
        "错误率（95% 区间，取精确法与按受试者×攻击物聚类自助法中较宽者）",
        "Error rates (95 % intervals: the wider of exact and cluster bootstrap over "
        "subject × artefact)",
    ),
    "decided": ("由哪一层作出结论", "Which layer decided"),
    "series": ("各组测试", "Series"),
    "limits": ("怎样理解这些数字", "How to read these figures"),
    "few": (
        "{species}：只有 {n} 次，少于 {floor} 次，不能说明错误率不高于 5%。",
        "{species}: only {n} presentations, fewer than {floor}: no ground to claim 5 % or less.",
    ),
    "assisted": (
        "没有窗口：屏幕没有发光，按无灯光策略（ASSISTED）测试，比平时使用的策略宽松。",
        "No window: the screen lit nobody. Judged by the policy without lights (ASSISTED), which "
        "is weaker than the one in daily use.",
    ),
    "limits_text": (
        "一次尝试的错误率；允许重试 r 次时每次访问为 1 − (1 − p)^r。数字只适用于以上摄像头、"
        "光照、距离和攻击物；没有测试过的种类不能推断。",
        "Rates are per attempt; with r tries a visit's is 1 − (1 − p)^r. They hold for the camera, "
        "lights, distances and artefacts named here; nothing follows for what was not tried.",
    ),
    "undecided": (
        "没有结论（UNDECIDED）的尝试算作无响应（APNRR、BPNRR），不算入 BPCER："
        "真人没有一次通过的比例是两者之和。",
        "An attempt left UNDECIDED counts as no response (APNRR, BPNRR), not in BPCER: how often a "
        "person did not pass at once is the sum of both.",
    ),
    "no_image": (
        "没有保存任何图像；受试者只有编号，每人测试前都同意过并记入台账。",
        "No picture was kept; subjects have codes only, and each agreed first, in the ledger.",
    ),
    "thing": ("项目", "Item"),
    "value": ("内容", "Value"),
    "species": ("种类", "Species"),
    "measure": ("指标", "Measure"),
    "rate": ("比率", "Rate"),
    "interval": ("95% 区间", "95 % interval"),
    "per_visit": ("每次访问（{attempts} 次尝试）", "Per visit ({attempts} attempts)"),
    "made": ("报告时间", "Report made"),
    "first_last": ("测试时间", "Trials from, to"),
    "camera": ("摄像头", "Camera"),
    "software": ("软件版本", "Software"),
    "policy": ("策略", "Policy"),
    "digest": ("阈值文件 SM3", "Thresholds, SM3"),
    "subjects": ("受试者人数", "Subjects"),
    "presentations": ("出示次数", "Presentations"),
    "details": ("细节", "Details"),
    "artefact": ("攻击物", "Artefact"),
    "light": ("光照", "Light"),
    "distance": ("距离 cm", "Distance, cm"),
    "accepted": ("通过", "Accepted"),
}


def as_document(rows: list[TrialRow], label: str) -> dict[str, Any]:
    """One JSON document; the names are those of the other forms of `evaluate pad`."""
    attacks = [row.trial() for row in rows if not row.is_bona_fide]
    live = [row.trial() for row in rows if row.is_bona_fide]
    by_species = apcer(attacks, _SEED)
    return {
        "label": label,
        "presentations": len(rows),
        "subjects": len({row.subject for row in rows}),
        "apcer": {species: rate.as_json() for species, rate in by_species.items()},
        # Without a single attack on record there is no worst species: null, not zero.
        "apcer_max": max((rate.rate for rate in by_species.values() if rate.n), default=None),
        "bpcer": bpcer(live, _SEED).as_json(),
        "apnrr": no_response(attacks).as_json(),
        "bpnrr": no_response(live).as_json(),
        "layers": deciders([*live, *attacks]),
        "policy": sorted({row.policy for row in rows}),
        "pad_policy": sorted({row.pad_policy for row in rows}),
        "camera": sorted({row.camera for row in rows}),
        "software": sorted({row.software for row in rows}),
    }


def as_lines(document: dict[str, Any], language: Language) -> list[str]:
    """The document for a person to read on the terminal."""
    lines = [_say(f"label_{document['label'].lower()}", language)]
    for name, rate in _rates(document, language):
        lines.append(f"{name:<28}{_counted(rate):>10}  {_interval(rate)}")
    return lines


def write_pdf(
    path: Path,
    rows: list[TrialRow],
    label: str,
    language: Language,
    now: datetime,
    *,
    attempts: int,
) -> str:
    """Write the report; `attempts`: captures one visit may make, for the rate per visit.

    Returns its plain text. Raises `ConfigError(FONT_MISSING)`, `OSError`.
    """
    from ui.report_pdf import Report, Section, write_report

    document = as_document(rows, label)
    say = _Sayer(language)
    limits = [
        say("limits_text"),
        say("undecided"),
        say("no_image"),
        *_warnings(document, rows, language),
    ]
    sections = (
        Section(say("conditions"), table=_conditions(document, rows, say, now)),
        Section(say("rates"), table=_rate_table(document, say, attempts)),
        Section(say("decided"), table=_decided(document, say)),
        Section(say("series"), table=_series(rows, say)),
        Section(say("limits"), tuple(limits)),
    )
    title = f"{say('title')} · {now.astimezone():%Y-%m-%d}"
    head = f"{label} — {say(f'label_{label.lower()}')}"
    return write_report(path, Report(title, head, sections))


class _Sayer:
    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str) -> str:
        return _say(key, self.language)


def _conditions(
    document: dict[str, Any], rows: list[TrialRow], say: _Sayer, now: datetime
) -> tuple[tuple[str, ...], ...]:
    times = sorted(row.at for row in rows)
    return (
        (say("thing"), say("value")),
        (say("made"), now.isoformat(timespec="seconds")),
        (say("first_last"), " – ".join((times[0], times[-1])) if times else "–"),
        (say("camera"), ", ".join(document["camera"])),
        (say("software"), ", ".join(document["software"])),
        (say("policy"), ", ".join(document["policy"])),
        (say("digest"), ", ".join(document["pad_policy"])),
        (say("subjects"), str(document["subjects"])),
        (say("presentations"), str(document["presentations"])),
    )


def _rate_table(
    document: dict[str, Any], say: _Sayer, attempts: int
) -> tuple[tuple[str, ...], ...]:
    per_visit = say("per_visit").format(attempts=attempts)
    rows = [(say("measure"), "k / n", say("rate"), say("interval"), per_visit)]
    for name, rate in _rates(document, say.language):
        share = rate["rate"]
        visit = f"{1 - (1 - share) ** attempts:.1%}" if name.startswith("APCER") else "–"
        rows.append((name, _counted(rate), f"{share:.1%}", _interval(rate), visit))
    return tuple(rows)


def _rates(document: dict[str, Any], language: Language) -> list[tuple[str, dict[str, Any]]]:
    named = [
        (f"APCER {_species(species, language)}", rate)
        for species, rate in document["apcer"].items()
    ]
    return [*named, *((key.upper(), document[key]) for key in ("bpcer", "apnrr", "bpnrr"))]


def _decided(document: dict[str, Any], say: _Sayer) -> tuple[tuple[str, ...], ...]:
    rows = [(say("species"), say("decided"))]
    for species, counted in document["layers"].items():
        text = ", ".join(f"{who} {count}" for who, count in counted.items())
        rows.append((_species(species, say.language), text))
    return tuple(rows)


def _series(rows: list[TrialRow], say: _Sayer) -> tuple[tuple[str, ...], ...]:
    head = ("species", "details", "artefact", "light", "distance", "accepted")
    groups: dict[tuple[str, ...], list[TrialRow]] = {}
    for row in rows:
        key = (row.species, row.details, row.artefact, row.light, row.distance_cm)
        groups.setdefault(key, []).append(row)
    table = [tuple(say(name) for name in head)]
    for (species, details, artefact, light, distance), found in sorted(groups.items()):
        accepted = sum(row.trial().accepted for row in found)
        table.append(
            (
                _species(species, say.language),
                described(details, say.language),
                artefact,
                word(LIGHTS.get(light, (light, light)), say.language),
                distance,
                f"{accepted} / {len(found)}",
            )
        )
    return tuple(table)


def _warnings(document: dict[str, Any], rows: list[TrialRow], language: Language) -> list[str]:
    warnings = []
    if "ASSISTED" in document["policy"]:
        warnings.append(_say("assisted", language))
    for species, rate in document["apcer"].items():
        if rate["n"] < _FLOOR:
            named = _species(species, language)
            few = _say("few", language)
            warnings.append(few.format(species=named, n=rate["n"], floor=_FLOOR))
    return warnings


def _species(name: str, language: Language) -> str:
    return word(SPECIES[name], language) if name in SPECIES else name


def _counted(rate: dict[str, Any]) -> str:
    return f"{rate['k']} / {rate['n']}"


def _interval(rate: dict[str, Any]) -> str:
    low, high = rate["interval"]
    return f"{low:.1%} – {high:.1%}"


def _say(key: str, language: Language) -> str:
    return word(_SAY[key], language)
