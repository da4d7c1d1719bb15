"""Data files: models manifest, notices, policies, texts."""
