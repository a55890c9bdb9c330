from hypothesis import settings

# The first example pays for imports and a busy machine: a deadline would fail it for no reason of ours.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
