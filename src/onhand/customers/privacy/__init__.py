"""
Privacy: everything held about a person given out in one archive, taken out for good, or taken out by itself when its time is over.

Read `holdings` first: each app says there what it holds about a person; export, erasure and the tests go by it.
"""
