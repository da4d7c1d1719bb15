"""The document portrait: a type that can only be looked at in the booth, and only until destroyed.

Only the booth may import this module (import contract `portrait`), so no desk module can name it.
"""

from typing import NoReturn, final

from station.errors import BoothError, ErrorCode


@final
class CardPortrait:
    """Owns the encoded document portrait (JPEG, JPEG 2000 or raw BGR 102x126) until `destroy`.

    Takes ownership of a `bytearray`: `bytes` cannot be wiped and is refused.
    """

    __slots__ = ("_data", "_destroyed")

    def __init__(self, data: bytearray) -> None:
        if not isinstance(data, bytearray):
            raise TypeError("CardPortrait owns a bytearray; bytes cannot be wiped")
        self._data = data
        self._destroyed = False

    def view(self) -> memoryview:
        """A read-only view of the encoded picture; valid until `destroy`.

        Raises `BoothError(PORTRAIT_DESTROYED)` afterwards.
        """
        if self._destroyed:
            raise BoothError(ErrorCode.PORTRAIT_DESTROYED)
        return memoryview(self._data).toreadonly()

    def destroy(self) -> None:
        """Overwrite the picture in place; safe to call twice."""
        self._data[:] = bytes(len(self._data))
        self._destroyed = True

    def __repr__(self) -> str:
        return "CardPortrait(redacted)"

    def _refuse(self, *_: object) -> NoReturn:
        raise TypeError("a document portrait is never copied")

    __copy__ = __deepcopy__ = __reduce__ = __reduce_ex__ = _refuse
