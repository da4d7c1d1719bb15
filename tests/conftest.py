"""Settings of every test: the same examples in every run, so a red test is a change's fault."""

from hypothesis import settings

settings.register_profile("house", derandomize=True)
settings.load_profile("house")
