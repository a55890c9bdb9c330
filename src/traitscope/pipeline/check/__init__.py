"""Stage check: are the judges worth their word?"""
