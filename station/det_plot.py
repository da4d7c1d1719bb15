"""A DET plot (ISO/IEC 19795-1) as SVG: both axes as normal deviates, no library needed."""

from collections.abc import Sequence
from statistics import NormalDist

_NORMAL = NormalDist()
_LOW, _HIGH = 0.002, 0.6
_TICKS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
_SIDE, _LEFT, _TOP = 420, 70, 50
_TEXT = 'font-family="sans-serif" font-size="13"'


def det_svg(points: Sequence[tuple[float, float]], title: str, label: str) -> str:
    """The curve of (APCER, BPCER) points; rates outside 0.2 to 60 % lie on the frame.

    `label` ("SIM", "CLIPS" or "BENCH") is drawn across the plot, so that a copy keeps it.
    """
    path = " ".join(
        f"{'M' if number == 0 else 'L'}{_x(far):.1f},{_y(near):.1f}"
        for number, (far, near) in enumerate(points)
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_SIDE + 110}" height="{_SIDE + 120}">',
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{_LEFT}" y="28" {_TEXT} font-weight="bold">{_escape(title)}</text>',
    ]
    for tick in _TICKS:
        x, y = _x(tick), _y(tick)
        lines += [
            f'<path d="M{x:.1f},{_TOP} V{_TOP + _SIDE}" stroke="#ddd"/>',
            f'<path d="M{_LEFT},{y:.1f} H{_LEFT + _SIDE}" stroke="#ddd"/>',
            f'<text x="{x:.1f}" y="{_TOP + _SIDE + 18}" text-anchor="middle" {_TEXT}>'
            f"{tick * 100:g} %</text>",
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" {_TEXT}>'
            f"{tick * 100:g} %</text>",
        ]
    middle_x, middle_y = _LEFT + _SIDE / 2, _TOP + _SIDE / 2
    lines += [
        f'<rect x="{_LEFT}" y="{_TOP}" width="{_SIDE}" height="{_SIDE}" fill="none" '
        'stroke="#333"/>',
        f'<text x="{middle_x}" y="{middle_y}" text-anchor="middle" font-family="sans-serif" '
        f'font-size="64" fill="#eee">{_escape(label)}</text>',
        f'<path d="{path}" fill="none" stroke="#0a6b5d" stroke-width="2"/>',
        f'<text x="{middle_x}" y="{_TOP + _SIDE + 44}" text-anchor="middle" {_TEXT}>'
        "APCER, worst species</text>",
        f'<text transform="translate(18 {middle_y}) rotate(-90)" text-anchor="middle" {_TEXT}>'
        "BPCER</text>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _x(rate: float) -> float:
    return _LEFT + _SIDE * _place(rate)


def _y(rate: float) -> float:
    return _TOP + _SIDE * (1 - _place(rate))


def _place(rate: float) -> float:
    low, high = _NORMAL.inv_cdf(_LOW), _NORMAL.inv_cdf(_HIGH)
    return (_NORMAL.inv_cdf(min(max(rate, _LOW), _HIGH)) - low) / (high - low)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
