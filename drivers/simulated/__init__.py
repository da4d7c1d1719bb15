"""Simulated chip, SAM reader and person, for the demo profile and the tests."""
