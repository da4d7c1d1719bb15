"""Which stores there are. Everything that goes through all of them takes the list from here."""

KEYS = "keys"
IDENTITY = "identity"
TEMPLATE = "template"
PORTRAIT = "portrait"
LEDGER = "ledger"
OFFICE = "office"

ROW_STORES = (IDENTITY, TEMPLATE, PORTRAIT)
"""Stores whose rows belong to a person and end at a term. Identity first: its end is the person's
end."""
EFFECT_STORES = (KEYS, *ROW_STORES)
"""Stores a change has effects in, in the order they are written: the key comes first, so that a
crash leaves a key without a record, never the reverse."""
STORE_NAMES = (IDENTITY, KEYS, LEDGER, TEMPLATE, PORTRAIT, OFFICE)
"""Every store of this station, each with a secret, a file and a folder of its own."""
STORE_CODES = {IDENTITY: 1, TEMPLATE: 2, PORTRAIT: 3}
"""One byte per store in a person's sealed list of rows; a code once used is never given again."""

RowRef = tuple[str, bytes]
"""A row of a store: (store, 16-byte row id)."""
