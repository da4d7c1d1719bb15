"""Where the skin patches sit on a head, and what each half of the screen gives to each of them.

The head is a generic one: an ellipsoid with a nose ridge. Positions are medians over the mesh of
50 near-frontal faces, mirrored; they are shares of the IOD (outer eye corners, face.md A.4).
Coordinates: x to the subject's own left, y down, z towards the screen; centimetres.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Mesh points of the subject's right and left, and where the left one is: x, y from the middle of
# the eye line. Hair, brows, lips and the edge of the outline are kept out.
_PAIRS: tuple[tuple[int, int, float, float], ...] = (
    # Beside the middle: forehead, nose, chin.
    (108, 337, 0.19, -0.44),
    (198, 420, 0.16, 0.29),
    (126, 355, 0.20, 0.27),
    (131, 360, 0.17, 0.35),
    (129, 358, 0.24, 0.41),
    (194, 418, 0.24, 1.05),
    (201, 421, 0.12, 1.09),
    (208, 428, 0.15, 1.19),
    # Foot of the nose, inner cheek.
    (69, 299, 0.36, -0.43),
    (119, 348, 0.38, 0.20),
    (100, 329, 0.28, 0.23),
    (101, 330, 0.40, 0.28),
    (142, 371, 0.26, 0.32),
    (36, 266, 0.35, 0.37),
    (203, 423, 0.30, 0.47),
    (206, 426, 0.37, 0.55),
    (204, 424, 0.32, 0.98),
    (211, 431, 0.36, 1.05),
    # Middle of the cheek and what is above and below it.
    (104, 333, 0.52, -0.39),
    (118, 347, 0.51, 0.21),
    (205, 425, 0.47, 0.47),
    (207, 427, 0.53, 0.59),
    (214, 434, 0.54, 0.80),
    (210, 430, 0.45, 0.96),
    # Outer cheek and jaw.
    (117, 346, 0.60, 0.18),
    (50, 280, 0.57, 0.37),
    (187, 411, 0.62, 0.54),
    (192, 416, 0.63, 0.73),
    (135, 364, 0.57, 0.96),
)
PATCH_POINTS = np.array([point for right, left, _, _ in _PAIRS for point in (right, left)])
"""(n,): mesh points of the patches, in the order of `FaceTones.patches`."""
PATCH_PLACES: Array = np.array([place for *_, x, y in _PAIRS for place in ((-x, y), (x, y))])
"""(n, 2): x, y of the patches in shares of the IOD."""
PATCH_COLUMNS = np.digitize(np.abs(PATCH_PLACES[:, 0]), (0.25, 0.43, 0.56))
"""(n,): which of four upright columns, 0 nearest to the nose; the same on both sides."""
IOD_CM = 9.0


@dataclass(frozen=True, slots=True)
class ScreenPlace:
    """The lit screen as the subject has it: 24 inches at 50 cm (face.md A.5), camera on top."""

    width_cm: float = 53.0
    height_cm: float = 30.0
    distance_cm: float = 50.0
    drop_cm: float = 15.0
    """How far the screen's middle lies below the eyes."""


def head_surface(places: Array) -> tuple[Array, Array]:
    """Positions (n, 3) in cm and unit normals (n, 3) of a generic head at `places` (n, 2)."""
    x, y = places[:, 0] * IOD_CM, places[:, 1] * IOD_CM
    step = 0.02
    z = _depth(x, y)
    normals = np.column_stack(
        (
            -(_depth(x + step, y) - _depth(x - step, y)) / (2 * step),
            -(_depth(x, y + step) - _depth(x, y - step)) / (2 * step),
            np.ones_like(x),
        )
    )
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return np.column_stack((x, y, z)), normals


def _depth(x: Array, y: Array) -> Array:
    """Height over the plane through the middle of the forehead, towards the screen."""
    half_width, half_height, half_depth, middle_y = 7.9, 13.0, 8.5, 2.5
    hull = 1.0 - (x / half_width) ** 2 - ((y - middle_y) / half_height) ** 2
    skull = half_depth * (np.sqrt(np.clip(hull, 0.01, None)) - 1.0)
    along = np.clip(y / 4.3, 0.0, 1.0)
    ridge = 1.9 * along * np.exp(-(x**2) / (2 * 1.3**2) - np.clip(y - 4.3, 0.0, None) ** 2)
    return np.asarray(skull + ridge)


def half_screen_light(positions: Array, normals: Array, screen: ScreenPlace) -> tuple[Array, Array]:
    """Light (n,) from the left and the right half of a screen of Lambertian cells.

    E = sum of L dA cos(receiver) cos(sender) / r² (face.md A.3 L4b), in arbitrary units.
    """
    columns, rows = 16, 9
    xs = ((np.arange(columns) + 0.5) / columns - 0.5) * screen.width_cm
    ys = ((np.arange(rows) + 0.5) / rows - 0.5) * screen.height_cm + screen.drop_cm
    cells = np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
    cells = np.column_stack((cells, np.full(len(cells), screen.distance_cm)))
    ray = cells[None] - positions[:, None]
    distance = np.linalg.norm(ray, axis=2)
    received = np.clip(np.einsum("nkd,nd->nk", ray, normals), 0.0, None) / distance
    light = received * (ray[..., 2] / distance) / distance**2
    left = cells[:, 0] > 0
    return light[:, left].sum(axis=1), light[:, ~left].sum(axis=1)


@cache
def expected_darkness() -> Array:
    """(n,): -ln of the light that a generic head's patches get from the far half of the screen.

    The far half of a patch on the subject's left is the screen's right. A highlight never comes
    from there: it would have to be thrown back across the face, away from the camera.
    """
    left, right = half_screen_light(*head_surface(PATCH_PLACES), ScreenPlace())
    return np.asarray(-np.log(np.where(PATCH_PLACES[:, 0] > 0, right, left)))
