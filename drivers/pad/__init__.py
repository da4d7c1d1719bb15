"""Presentation attack detection, one layer a module. Booth only."""
