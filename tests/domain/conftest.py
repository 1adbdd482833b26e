"""How the property tests of the rules run."""

from hypothesis import settings

# The machine is shared with a database and an engine under test, so the time of one example says nothing.
settings.register_profile("domain", deadline=None)
settings.load_profile("domain")
