"""How `evaluate templates` says what it found: one JSON document, lines for a person, the gates."""

from dataclasses import dataclass
from typing import Any

from station.cli.template_attacks import ALL_KEYS, Leak
from station.cli.template_trials import ACCURACY_FMR, AccuracyTrial, LinkTrial, RenewalTrial
from station.error_rates import Interval, TarAtFmr
from station.template_rates import LINK_ALPHA, Linkage

TAR_CHANGE_PP = 0.1
BIT_DISTANCE = (0.45, 0.55)
COSINE = 0.02
AUC = (0.45, 0.55)
PEOPLE_FOR_AUC = 1000
"""With fewer, chance alone leaves that range now and then; the permutation test allows for it."""
_SAYS = {True: "holds", False: "DOES NOT HOLD", None: "too few pictures to say"}


@dataclass(frozen=True, slots=True)
class TemplateEvaluation:
    """Everything one run found. A trial is None where the pictures are too few for it."""

    accuracy: AccuracyTrial
    renewal: RenewalTrial | None
    links: LinkTrial | None
    leaks: list[Leak]
    fmr: float
    threshold: float
    pictures: int
    people: int
    without_face: int
    matcher_id: str
    runtime: str
    duration_s: float


def gates(found: TemplateEvaluation) -> dict[str, bool | None]:
    """Which requirements hold; None where there is too little to say."""
    change = found.accuracy.change_pp
    open_levels = [leak for leak in found.leaks if leak.level != ALL_KEYS]
    return {
        "tar_change": None if change is None else abs(change) <= TAR_CHANGE_PP,
        **_renewal_gates(found.renewal),
        **_link_gates(found.links),
        "irreversible": all(leak.holds(found.fmr) for leak in open_levels) if open_levels else None,
    }


def limits(fmr: float) -> list[str]:
    """What no scheme of this kind can give, with the figures that follow from the rates."""
    return [
        "Theft of every key while they are in use gives the vector back. Renewal then ends the use "
        "of the old record, not of the face: attack detection has to carry it.",
        f"Whoever can run comparisons offline finds an acceptable face among public pictures in "
        f"about {round(1 / fmr):,} tries at this threshold.",
        "A score told for chosen vectors gives a template back after as many questions as it has "
        "features: no command and no interface of the station takes a vector or picture from "
        "outside.",
        "Levels that need a seal broken rest on SM4-GCM and HKDF-SM3, not on this measurement; no "
        "proof is claimed.",
    ]


def as_document(found: TemplateEvaluation) -> dict[str, Any]:
    """The evaluation as one JSON document; rates are shares of 1, changes percentage points."""
    return {
        "pictures": found.pictures,
        "without_face": found.without_face,
        "people": found.people,
        "fmr": found.fmr,
        "threshold": found.threshold,
        "accuracy": _accuracy(found.accuracy),
        "renewal": None if found.renewal is None else _renewal(found.renewal),
        "links": None if found.links is None else _links(found.links),
        "inversion": [_leak(leak, found.fmr) for leak in found.leaks],
        "limits": limits(found.fmr),
        "gates": gates(found),
        "matcher_id": found.matcher_id,
        "runtime": found.runtime,
        "duration_s": round(found.duration_s, 1),
    }


def as_lines(found: TemplateEvaluation) -> list[str]:
    """The evaluation for a person to read."""
    held = gates(found)
    return [
        f"pictures          {found.pictures} of {found.people} people, "
        f"{found.without_face} without a usable face",
        *_accuracy_lines(found.accuracy, held),
        *_renewal_lines(found.renewal, held),
        *_link_lines(found.links, held),
        *_leak_lines(found, held),
        "",
        "Limits",
        *(f"  {line}" for line in limits(found.fmr)),
        f"matcher           SM3 {found.matcher_id}, {found.runtime}",
    ]


def _renewal_gates(trial: RenewalTrial | None) -> dict[str, bool | None]:
    names = ("all_distinct", "bit_distance", "mean_cosine", "genuine_accepted", "old_refused")
    if trial is None:
        return dict.fromkeys(names)
    n = trial.enrolments
    held = (
        trial.distinct == n,
        BIT_DISTANCE[0] < trial.distance.mean < BIT_DISTANCE[1],
        abs(trial.mean_cosine) <= COSINE,
        trial.genuine_accepted == trial.renewed_accepted == n,
        trial.old_refused == n,
    )
    return dict(zip(names, held, strict=True))


def _link_gates(trial: LinkTrial | None) -> dict[str, bool | None]:
    names = ("unlinkable_sealed", "unlinkable_opened", "link_trial_sees")
    if trial is None:
        return dict.fromkeys(names)
    # A trial that finds no link where there is one could not find any.
    sees = trial.unprotected.is_linkable
    held = (_unlinkable(trial.sealed, trial), _unlinkable(trial.opened, trial), sees)
    return dict(zip(names, held, strict=True))


def _unlinkable(link: Linkage, trial: LinkTrial) -> bool:
    in_range = AUC[0] <= link.auc <= AUC[1]
    return not link.is_linkable and (in_range or trial.people < PEOPLE_FOR_AUC)


def _accuracy_lines(trial: AccuracyTrial, held: dict[str, bool | None]) -> list[str]:
    lines = [
        "",
        f"Accuracy at FMR {ACCURACY_FMR:g}, impostors with the victim's own keys: "
        f"{_SAYS[held['tar_change']]} (change at most {TAR_CHANGE_PP} pp)",
        f"  comparisons     {trial.mated} mated, {trial.nonmated} non-mated, the same for both",
    ]
    if trial.plain is not None and trial.protected is not None and trial.change_pp is not None:
        for name, tar in (("plain", trial.plain), ("protected", trial.protected)):
            lines.append(f"  {name:<16}TAR {tar.tar:.3%} ({_percent(tar.interval)})")
        lines.append(f"  change          {trial.change_pp:+.3f} pp")
    return [*lines, f"  score changes   at most {trial.greatest_change:.4f}"]


def _renewal_lines(trial: RenewalTrial | None, held: dict[str, bool | None]) -> list[str]:
    if trial is None:
        return ["", f"Renewal: {_SAYS[None]}"]
    n, distance = trial.enrolments, trial.distance
    return [
        "",
        f"One picture enrolled {n} times, each template renewed in place",
        f"  distinct        {trial.distinct} of {n}: {_SAYS[held['all_distinct']]}",
        f"  bits            {distance.mean:.4f} differ ({distance.least:.3f} – "
        f"{distance.most:.3f} over {distance.pairs} pairs): {_SAYS[held['bit_distance']]}",
        f"  opened          mean cosine {trial.mean_cosine:+.4f}: {_SAYS[held['mean_cosine']]}",
        f"  own face        accepted {trial.genuine_accepted} of {n}, renewed "
        f"{trial.renewed_accepted} of {n}: {_SAYS[held['genuine_accepted']]}",
        f"  old template    refused {trial.old_refused} of {n}: {_SAYS[held['old_refused']]}",
        f"  score changes   at most {trial.greatest_change:.4f} by renewal",
    ]


def _link_lines(trial: LinkTrial | None, held: dict[str, bool | None]) -> list[str]:
    if trial is None:
        return ["", f"Links: {_SAYS[None]}"]
    rows = (
        ("sealed", trial.sealed, "unlinkable_sealed"),
        ("seal fallen", trial.opened, "unlinkable_opened"),
        ("unprotected", trial.unprotected, "link_trial_sees"),
    )
    lines = [
        "",
        f"Links between templates of one person: {trial.people} people, mated scores "
        f"{trial.same_picture} of one picture and {trial.other_picture} of two",
    ]
    for name, link, gate in rows:
        says = _SAYS[held[gate]] if name != "unprotected" else "the control, must be linkable"
        lines.append(
            f"  {name:<16}p {link.p:.3f}, AUC {link.auc:.3f}, D_sys {link.d_sys:.3f} "
            f"(chance: to {link.null_d_sys:.3f}): {says}"
        )
    return [*lines, f"  p at most {LINK_ALPHA} counts as a link"]


def _leak_lines(found: TemplateEvaluation, held: dict[str, bool | None]) -> list[str]:
    lines = [
        "",
        f"Inversion: accepted by the unprotected matcher at {found.threshold} "
        f"(FMR {found.fmr:g}), every level but the last: {_SAYS[held['irreversible']]}",
        f"  {'stolen':<32}{'cosine mean/max':>17}{'same picture':>22}{'another picture':>22}",
    ]
    for leak in found.leaks:
        cosines = f"{leak.mean_cosine:+.4f}/{leak.greatest_cosine:+.3f}"
        same = _counted(leak.same_accepted, leak.people)
        other = _counted(leak.other_accepted, leak.other_people)
        lines.append(f"  {leak.level:<32}{cosines:>17}{same:>22}{other:>22}")
    return lines


def _accuracy(trial: AccuracyTrial) -> dict[str, Any]:
    return {
        "fmr": ACCURACY_FMR,
        "plain": _tar(trial.plain),
        "protected": _tar(trial.protected),
        "change_pp": None if trial.change_pp is None else round(trial.change_pp, 4),
        "n_mated": trial.mated,
        "n_nonmated": trial.nonmated,
        "greatest_score_change": round(trial.greatest_change, 5),
    }


def _renewal(trial: RenewalTrial) -> dict[str, Any]:
    distance = trial.distance
    return {
        "enrolments": trial.enrolments,
        "distinct": trial.distinct,
        "bit_distance": {
            "mean": round(distance.mean, 5),
            "least": round(distance.least, 4),
            "most": round(distance.most, 4),
            "pairs": distance.pairs,
        },
        "mean_cosine_opened": round(trial.mean_cosine, 5),
        "genuine_accepted": trial.genuine_accepted,
        "renewed_accepted": trial.renewed_accepted,
        "old_refused": trial.old_refused,
        "greatest_score_change": round(trial.greatest_change, 5),
    }


def _links(trial: LinkTrial) -> dict[str, Any]:
    return {
        "people": trial.people,
        "mated_same_picture": trial.same_picture,
        "mated_other_picture": trial.other_picture,
        **{
            name: {
                "p": round(link.p, 4),
                "auc": round(link.auc, 4),
                "d_sys": round(link.d_sys, 4),
                "d_sys_by_chance_95": round(link.null_d_sys, 4),
                "n_mated": link.mated,
                "n_nonmated": link.nonmated,
            }
            for name, link in (
                ("sealed", trial.sealed),
                ("opened", trial.opened),
                ("unprotected", trial.unprotected),
            )
        },
    }


def _leak(leak: Leak, fmr: float) -> dict[str, Any]:
    return {
        "level": leak.level,
        "n": leak.people,
        "mean_cosine": round(leak.mean_cosine, 4),
        "greatest_cosine": round(leak.greatest_cosine, 4),
        "same_accepted": leak.same_accepted,
        "same_interval": [round(leak.same.low, 6), round(leak.same.high, 6)],
        "n_other": leak.other_people,
        "other_accepted": leak.other_accepted,
        "other_interval": [round(leak.other.low, 6), round(leak.other.high, 6)],
        "holds": leak.holds(fmr),
    }


def _tar(tar: TarAtFmr | None) -> dict[str, Any] | None:
    if tar is None:
        return None
    return {
        "tar": round(tar.tar, 6),
        "interval": [round(tar.interval.low, 6), round(tar.interval.high, 6)],
        "threshold": round(tar.threshold, 6),
        "false_matches": tar.false_matches,
    }


def _counted(accepted: int, people: int) -> str:
    share = f" ({accepted / people:.2%})" if people else ""
    return f"{accepted} / {people}{share}"


def _percent(interval: Interval) -> str:
    return f"95 %: {interval.low:.2%} – {interval.high:.2%}"
