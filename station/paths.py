"""Where a station keeps what."""

import os
from dataclasses import dataclass
from pathlib import Path

from station.config import ROOT


@dataclass(frozen=True, slots=True)
class Paths:
    """Where a station keeps what: everything below one private folder."""

    home: Path

    @property
    def models(self) -> Path:
        """Verified model files, shared by all profiles."""
        return default_home() / "models"

    @property
    def keyring(self) -> Path:
        """Wrapped keys."""
        return self.home / "keyring.json"

    @property
    def revocations(self) -> Path:
        """The list of revoked templates: beside the keyring, in no backup."""
        return self.home / "revocations"

    @property
    def officers(self) -> Path:
        """The public key of the two officers, signed by the station."""
        return self.home / "officers.json"

    @property
    def stores(self) -> Path:
        """One folder per store below this one."""
        return self.home / "stores"

    @property
    def config(self) -> Path:
        """The site's overrides of resources/default.toml."""
        return self.home / "config.toml"

    @property
    def site(self) -> Path:
        """What the notice says about this place."""
        return self.home / "site.toml"

    @property
    def policies(self) -> Path:
        """Thresholds of attack detection that two people of this site signed for."""
        return self.home / "policies"

    @property
    def trust(self) -> Path:
        """CSCA certificates this station trusts."""
        return self.home / "trust"


def default_home() -> Path:
    """`.station` beside the code, or the folder named by STATION_HOME."""
    named = os.environ.get("STATION_HOME")
    return Path(named) if named else ROOT / ".station"
