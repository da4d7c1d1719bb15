"""What the screen may light the face with during a capture, known to both sides of the wall.

The plan names lights; the desk paints them and the booth judges the answer. All are desaturated:
no saturated red, and with slots of at least 0.35 s never more than three flashes a second
(WCAG 2.3.1, face.md A.3 "Flash safety").
"""

from enum import StrEnum

SLOT_S = 0.35
"""Shortest time one light may stand."""

Rgb = tuple[int, int, int]


class Light(StrEnum):
    """One lit screen. Left and right are the subject's own, facing the screen."""

    WHITE = "WHITE"
    BLACK = "BLACK"
    LEFT = "LEFT"
    RIGHT = "RIGHT"
    ROSE = "ROSE"
    SAND = "SAND"
    LIME = "LIME"
    MINT = "MINT"
    SKY = "SKY"
    LILAC = "LILAC"
    PEARL = "PEARL"
    SLATE = "SLATE"


COLOURS = (
    *(Light.ROSE, Light.SAND, Light.LIME, Light.MINT),
    *(Light.SKY, Light.LILAC, Light.PEARL, Light.SLATE),
)
"""The alphabet of the colour code: two levels of red, of green and of blue, in all eight ways.

That lets the three channels vary apart from each other, which is what keeps another visit's code
from fitting by chance: it reaches a correlation of .8 over 6 slots in 1e-3 of the cases, against
6e-3 with six hues of one saturation (docs/pad.md)."""

_WHITE: Rgb = (255, 255, 255)
_DARK: Rgb = (16, 16, 16)


def _both(colour: Rgb) -> tuple[Rgb, Rgb]:
    return colour, colour


SCREEN_RGB: dict[Light, tuple[Rgb, Rgb]] = {
    Light.WHITE: _both(_WHITE),
    Light.BLACK: _both(_DARK),
    Light.LEFT: (_WHITE, _DARK),
    Light.RIGHT: (_DARK, _WHITE),
    Light.ROSE: _both((255, 168, 123)),
    Light.SAND: _both((255, 243, 123)),
    Light.LIME: _both((123, 243, 123)),
    Light.MINT: _both((123, 243, 255)),
    Light.SKY: _both((123, 168, 255)),
    Light.LILAC: _both((255, 168, 255)),
    Light.PEARL: _both((255, 243, 255)),
    Light.SLATE: _both((123, 168, 123)),
}
"""sRGB of the left and the right half of the screen, as the subject sees them.

Green, which is most of what brightness is, moves least: the colours' luminances lie within 2.8 : 1.
"""


def emitted(light: Light) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Linear light of the left and right half, 0..1 per channel R, G, B (gamma 2.2)."""
    left, right = SCREEN_RGB[light]
    return _linear(left), _linear(right)


def _linear(rgb: Rgb) -> tuple[float, float, float]:
    red, green, blue = ((value / 255) ** 2.2 for value in rgb)
    return red, green, blue
