"""A process that restores a backup or makes one, to be killed at any moment.

Arguments: home, backup, "restore" or "backup".
"""

import sys
from pathlib import Path

from backup_kit import attach, back_up, officers_pair, restored, signer_of
from stores_kit import PASSPHRASE, Desk

from consent.signing import HeadSigner
from storage.keys import KeyRing
from storage.officers import OfficersFile


def say(word: str) -> None:
    """Tell the parent process where this one is."""
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


home, target, what = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
if what == "backup":
    desk = attach(Desk(home))
    assert signer_of(desk)
    say("ready")
    back_up(desk, target)
else:
    # The key pair of the parent process came in on standard input.
    pair = HeadSigner.from_private(sys.stdin.buffer.read(96))
    officers_pair.cache_clear()
    keyring = KeyRing.open(home / "keyring", PASSPHRASE)
    station = HeadSigner.from_private(keyring.ledger_signing_key().reveal()).public_key
    say("ready")
    restored(home, target, OfficersFile(pair.export_private(), station))
say("done")
