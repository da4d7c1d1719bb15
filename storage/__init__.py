"""Keys, sealing and one SQLCipher file per store."""
