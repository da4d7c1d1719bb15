"""The second factor in still pictures: codes, and a key that is found and waits for its touch."""

from station.gate import Session
from station.key_wire import KeyStep
from station.security_key import KeyHand

_TOUCHED_AFTER_S = 5.0


class StillKeys:
    """What of an `OfficeService` is about one's own second factor."""

    def second_factor(self, session: Session) -> str:
        """Codes."""
        return "TOTP"

    def take_key(self, session: Session, password: str, hand: KeyHand) -> None:
        """Found at once, and touched when whoever looks goes on."""
        hand.told(KeyStep.TOUCH)
        hand.cancel.wait(_TOUCHED_AFTER_S)
