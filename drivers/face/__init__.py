"""Detect, locate, extract, compare. Booth only."""
