"""Bridges: one QObject per screen family. They decide, QML only shows."""
