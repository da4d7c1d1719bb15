"""Which presentations the rig makes: every species under the policy it is met by, and a witness for
every hard layer (face.md A.7).
"""

from dataclasses import dataclass

from station.booth.messages import PadPolicyName
from tests.rig.presentations import BRIGHT, LIVE, Presentation

_FEW = 10
_NORMAL, _FAST, _CALM = PadPolicyName.NORMAL, PadPolicyName.FAST, PadPolicyName.ASSISTED


@dataclass(frozen=True)
class Scenario:
    """One row of the table; several species of one family take turns."""

    name: str
    species: tuple[str, ...]
    policy: PadPolicyName = _NORMAL
    without: tuple[str, ...] = ()


LIVE_ROW = Scenario("live", (LIVE,))
OTHER_LIVE = (Scenario("live_fast", (LIVE,), _FAST), Scenario("live_assisted", (LIVE,), _CALM))
BONA_FIDE = (LIVE_ROW, *OTHER_LIVE)
ATTACKS = (
    Scenario("photo", ("photo",)),
    Scenario("cut_out", ("cut_out",)),
    Scenario("paper_mask", ("paper_mask",)),
    Scenario("screen_still", ("screen_still",)),
    Scenario("replay", ("replay", "replay_library")),
    Scenario("animated", ("animated",)),
    Scenario("animated_relit", ("animated_relit",)),
    Scenario("face_swap", ("face_swap",)),
    Scenario("injected", ("injected",)),
    Scenario("swap_at_rest", ("swap_at_rest",)),
)
NEGATIVE_CONTROLS = (
    Scenario("rigid_mask_fast", ("rigid_mask",), _FAST),
    Scenario("library_assisted", ("replay_library",), _CALM),
)
"""Blind spots that must stay visible: a mask with relief on a colour camera where only turns are
asked, and a library of clips where no light is."""
_WITNESSES = {
    "L0_EXPOSURE": (("injected",), _NORMAL),
    "L2_CHALLENGE": (("clip_head",), _NORMAL),
    "L3_PLANARITY": (("print_no_flash",), _CALM),
    "L4_CODE": (("stale_colours",), _NORMAL),
    "L4_SHAPE": (("animated_relit",), _NORMAL),
    "L5_IDENTITY": (("early_swap", "swap_at_rest"), _NORMAL),
    "L0_INTEGRITY": (("looped",), _NORMAL),
    "L5_TRACK": (("hand_over",), _NORMAL),
    "L1_LIGHT": ((BRIGHT,), _NORMAL),
}
"""New ones at the end: the place in the list gives the seeds. L1_LIGHT is nobody's gate but the
light layers' own guard (face.md A.7): its row is live people in a room too bright for the screen,
and tells who is told so. Nobody passes there with it or without it."""
WITNESSES_ON = tuple(
    Scenario(f"{layer}_on", species, policy) for layer, (species, policy) in _WITNESSES.items()
)
WITNESSES_OFF = tuple(
    Scenario(f"{layer}_off", species, policy, (layer,))
    for layer, (species, policy) in _WITNESSES.items()
)
"""Each hard layer's own attack with all layers on, and with that one off."""


def presentations(seed: int, n: int) -> list[Presentation]:
    """All presentations in rounds, so that whatever is done so far is spread over all rows.

    `n` per attack row, twice that live; a fifth for other policies and controls, 10 per witness.
    """
    fifth, few = max(1, n // 5), min(n, _FEW)
    wanted = [(LIVE_ROW, 2 * n), *((row, fifth) for row in (*OTHER_LIVE, *NEGATIVE_CONTROLS))]
    wanted += [(row, n) for row in ATTACKS]
    wanted += [(row, few) for row in (*WITNESSES_ON, *WITNESSES_OFF)]
    listed = []
    for number in range(2 * n):
        for place, (row, count) in enumerate(wanted):
            if number < count:
                listed.append(
                    Presentation(
                        row.name,
                        row.species[number % len(row.species)],
                        number // len(row.species),
                        # The same presentation with the layer on and with it off.
                        seed * 1_000_003 + _seed_row(row, place) * 10_007 + number,
                        row.policy,
                        row.without,
                    )
                )
    return listed


def _seed_row(row: Scenario, place: int) -> int:
    return place - len(WITNESSES_OFF) if row in WITNESSES_OFF else place
