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


COLOURS = (Light.ROSE, Light.SAND, Light.LIME, Light.MINT, Light.SKY, Light.LILAC)
"""The alphabet of the colour code."""

_WHITE: Rgb = (255, 255, 255)
_DARK: Rgb = (16, 16, 16)
SCREEN_RGB: dict[Light, tuple[Rgb, Rgb]] = {
    Light.WHITE: (_WHITE, _WHITE),
    Light.BLACK: (_DARK, _DARK),
    Light.LEFT: (_WHITE, _DARK),
    Light.RIGHT: (_DARK, _WHITE),
    Light.ROSE: ((255, 140, 160), (255, 140, 160)),
    Light.SAND: ((255, 205, 110), (255, 205, 110)),
    Light.LIME: ((190, 255, 120), (190, 255, 120)),
    Light.MINT: ((110, 255, 205), (110, 255, 205)),
    Light.SKY: ((120, 190, 255), (120, 190, 255)),
    Light.LILAC: ((205, 140, 255), (205, 140, 255)),
}
"""sRGB of the left and the right half of the screen, as the subject sees them."""


def emitted(light: Light) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Linear light of the left and right half, 0..1 per channel R, G, B (gamma 2.2)."""
    left, right = SCREEN_RGB[light]
    return _linear(left), _linear(right)


def _linear(rgb: Rgb) -> tuple[float, float, float]:
    red, green, blue = ((value / 255) ** 2.2 for value in rgb)
    return red, green, blue
