"""Presentation attack detection. Runs in the booth; only numbers leave it (face.md part A)."""
