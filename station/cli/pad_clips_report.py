"""What `evaluate pad --clips` found, as one document, a table and lines to read."""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from station.error_rates import clopper_pearson
from station.model import PadResult
from station.pad_rates import (
    Rate,
    Trial,
    apcer,
    bpcer,
    deciders,
    det_points,
    margin_of,
    no_response,
)

if TYPE_CHECKING:
    from drivers.pad.clip_judge import ClipVerdict

LABEL = "CLIPS"
LIVE = "live"
_ACCEPTED = PadResult.BONA_FIDE.value

Endings = Counter[tuple[str, str]]
"""(result, who decided) of every plan."""


@dataclass(frozen=True, slots=True)
class Played:
    """What was found of one clip; no frame and no measure of a face is kept."""

    name: str
    species: str
    frames: int
    frame_s: float
    verdict: "ClipVerdict"
    by_policy: dict[str, Endings]


@dataclass
class ClipsRun:
    """All clips of one call."""

    seed: int
    plans: int
    pad_policy: str
    pad_policy_digest: str
    played: list[Played] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)


def as_document(run: ClipsRun) -> dict[str, Any]:
    """Everything found, with the figures' bases in words; rates count clips, not plans."""
    attacks = [one for one in run.played if one.species != LIVE]
    live = [one for one in run.played if one.species == LIVE]
    presented = [_as_presented(one, run.pad_policy) for one in attacks]
    live_alone = [_by_evidence(one) for one in live]
    evident = [_by_evidence(one) for one in live if one.verdict.has_evidence]
    rates = apcer(presented, run.seed)
    alone = apcer([_by_evidence(one) for one in attacks], run.seed)
    return {
        "label": LABEL,
        "seed": run.seed,
        "plans_per_clip": run.plans,
        "pad_policy": run.pad_policy,
        "pad_policy_digest": run.pad_policy_digest,
        "apcer": {species: rate.as_json() for species, rate in rates.items()},
        # Without a single response to an attack there is no worst species: null, not zero.
        "apcer_max": max((rate.rate for rate in rates.values() if rate.n), default=None),
        "bpcer": bpcer(live_alone, run.seed).as_json(),
        "apnrr": no_response(presented).as_json(),
        "bpnrr": no_response(live_alone).as_json(),
        "layers": deciders([*presented, *live_alone]),
        "basis": _BASIS,
        "layers_alone": {
            "apcer": {species: rate.as_json() for species, rate in alone.items()},
            "live_passed": _rate(sum(trial.accepted for trial in evident), len(evident)),
            "layers": deciders([_by_evidence(one) for one in run.played]),
        },
        "unreadable": run.unreadable,
        "clips": [_clip_document(one) for one in run.played],
    }


_BASIS = {
    "apcer": (
        "the whole station under the policy in force; a clip counts as accepted if it passed "
        "under any plan. A recording answers no light, so a policy with lights never accepts one."
    ),
    "bpcer": (
        "live clips that the layers without lights called attacks on what is visible; a recording "
        "cannot be a bona fide presentation to lights."
    ),
    "bpnrr": "live clips left undecided, most of them because a layer's evidence is not in them",
    "layers": "who decided: attacks as presentations, live clips by their evidence",
    "layers_alone": (
        "what the layers without lights and prompts come to on what is visible: their blind "
        "spot, not the station's rate; live_passed counts live clips that lack no evidence"
    ),
    "n": "clips; there are few, and plans on one clip are not independent trials",
}


def det_of(run: ClipsRun) -> list[tuple[float, float]]:
    """Points of the DET curve over the margin of the layers without lights and prompts."""
    trials = [_by_evidence(one) for one in run.played if one.verdict.has_evidence]
    live = [trial for trial in trials if trial.species == LIVE]
    return det_points(live, [trial for trial in trials if trial.species != LIVE])


def as_lines(document: dict[str, Any]) -> list[str]:
    """The document for a person to read: the table first."""
    lines = [
        f"{LABEL}: {len(document['clips'])} clips, seed {document['seed']}, "
        f"{document['plans_per_clip']} plans each. Few clips; no error rates of the product.",
        "",
        *table(document),
        "",
        "Accepted by the whole station (any plan), per species:",
        *(_rate_line(species, rate) for species, rate in document["apcer"].items()),
        f"APCER, worst species: {_share(document['apcer_max'])}",
        "Passed by the layers without lights and prompts (their blind spot):",
        *(_rate_line(species, rate) for species, rate in document["layers_alone"]["apcer"].items()),
        _rate_line("live, with evidence", document["layers_alone"]["live_passed"]),
        "Live clips called attacks (BPCER), and left undecided (BPNRR):",
        _rate_line("called attacks", document["bpcer"]),
        _rate_line("undecided", document["bpnrr"]),
        *(f"not readable: {name}" for name in document["unreadable"]),
    ]
    return lines


def table(document: dict[str, Any]) -> list[str]:
    """Clip by layer, as a Markdown table: figure and word, "–" where there is no evidence."""
    clips = document["clips"]
    layers = list(clips[0]["layers"]) if clips else []
    policies = list(clips[0]["plans"]) if clips else []
    head = ["clip", *layers, "layers alone", *(f"{name}: refused" for name in policies)]
    lines = [_row(head), _row(["---"] * len(head))]
    for clip in clips:
        cells = [_cell(word) for word in clip["layers"].values()]
        word = clip["result"] if clip["has_evidence"] else "no evidence"
        cells.append(f"{word} ({clip['decided_by']})")
        for plan in clip["plans"].values():
            deciding = ", ".join(f"{who} {count}" for who, count in plan["decided_by"].items())
            cells.append(f"{plan['refused']}/{plan['of']} ({deciding})")
        lines.append(_row([clip["clip"], *cells]))
    return lines


def _as_presented(one: Played, policy: str) -> Trial:
    """The clip as one presentation: accepted if any plan was."""
    endings = one.by_policy[policy]
    accepted = [ending for ending in endings if ending[0] == _ACCEPTED]
    result, decided_by = accepted[0] if accepted else endings.most_common(1)[0][0]
    return Trial(one.species, one.name, result, decided_by, _margin(one))


def _by_evidence(one: Played) -> Trial:
    verdict = one.verdict
    return Trial(one.species, one.name, verdict.result.value, verdict.decided_by, _margin(one))


def _margin(one: Played) -> float:
    words = one.verdict.words
    return margin_of((w.layer, w.passed, w.judged, w.measure, w.gate) for w in words)


def _rate(k: int, n: int) -> dict[str, object]:
    return Rate(k, n, clopper_pearson(k, n)).as_json()


def _clip_document(one: Played) -> dict[str, Any]:
    verdict = one.verdict
    return {
        "clip": one.name,
        "species": one.species,
        "frames": one.frames,
        "rate_hz": round(1 / one.frame_s, 1),
        "result": verdict.result.value,
        "decided_by": verdict.decided_by,
        "species_guess": verdict.species_guess,
        "has_evidence": verdict.has_evidence,
        "actions_seen": verdict.actions,
        "layers": {
            word.layer: {
                "judged": word.judged,
                "passed": word.passed,
                "measure": round(word.measure, 4),
                "gate": word.gate,
                "species": word.species,
            }
            for word in verdict.words
        },
        "plans": {name: _plans(endings) for name, endings in one.by_policy.items()},
    }


def _plans(endings: Endings) -> dict[str, Any]:
    of = sum(endings.values())
    accepted = sum(count for (result, _), count in endings.items() if result == _ACCEPTED)
    return {
        "refused": of - accepted,
        "of": of,
        "decided_by": {f"{result} {who}": n for (result, who), n in endings.most_common()},
    }


def _cell(word: dict[str, Any]) -> str:
    if not word["judged"]:
        return "–"
    return f"{word['measure']:.3g} {'pass' if word['passed'] else 'FAIL'}"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _share(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.1%}"


def _rate_line(name: str, rate: dict[str, Any]) -> str:
    low, high = rate["interval"]
    counted = f"{rate['k']}/{rate['n']}"
    return f"  {name:<20}{counted:>6}   95 %: {low:.1%} to {high:.1%}"
