"""Which installed fonts can show Chinese, asked of fontconfig itself: the terminal has no Qt.

The kiosk names the family "Noto Sans CJK SC", so that Japanese forms are not picked.
"""

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_void_p, cast

from station.errors import ErrorCode, StationError

WANTED_FAMILY = "Noto Sans CJK SC"
_MATCH = 0
_MAX_FONTS = 2000


class _FontSet(ctypes.Structure):
    _fields_ = (("count", c_int), ("room", c_int), ("fonts", POINTER(c_void_p)))


def chinese_families() -> frozenset[str]:
    """Families with zh-CN coverage. Raises `StationError(FONT_MISSING)` without fontconfig."""
    try:
        library = ctypes.CDLL("libfontconfig.so.1")
    except OSError as error:
        raise StationError(ErrorCode.FONT_MISSING) from error
    library.FcNameParse.restype = c_void_p
    library.FcNameParse.argtypes = [c_char_p]
    library.FcObjectSetCreate.restype = c_void_p
    library.FcObjectSetAdd.argtypes = [c_void_p, c_char_p]
    library.FcFontList.restype = POINTER(_FontSet)
    library.FcFontList.argtypes = [c_void_p, c_void_p, c_void_p]
    library.FcPatternGetString.argtypes = [c_void_p, c_char_p, c_int, POINTER(c_char_p)]
    for name in ("FcPatternDestroy", "FcObjectSetDestroy", "FcFontSetDestroy"):
        getattr(library, name).argtypes = [c_void_p]
    pattern = library.FcNameParse(b":lang=zh-cn")
    wanted = library.FcObjectSetCreate()
    library.FcObjectSetAdd(wanted, b"family")
    found = library.FcFontList(None, pattern, wanted)
    try:
        return frozenset(_families(library, found)) if found else frozenset()
    finally:
        library.FcObjectSetDestroy(wanted)
        library.FcPatternDestroy(pattern)
        if found:
            library.FcFontSetDestroy(cast(found, c_void_p))


def _families(library: ctypes.CDLL, found: "ctypes._Pointer[_FontSet]") -> list[str]:
    names = []
    for index in range(min(found.contents.count, _MAX_FONTS)):
        font = found.contents.fonts[index]
        value, position = c_char_p(), 0
        # A collection names its family once per language.
        while library.FcPatternGetString(font, b"family", position, byref(value)) == _MATCH:
            names.append((value.value or b"").decode("utf-8", "replace"))
            position += 1
    return names
