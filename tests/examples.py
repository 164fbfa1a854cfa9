"""How many examples the longest property tests try."""

import os

FEWEST = 4


def examples(most: int) -> int:
    """
    All of them where each run tries new ones; half before a change lands, where they are the same each time; and a fifth on a second
    PostgreSQL, where the statements are tried and not what they are for.
    """
    if os.environ.get("ONHAND_TEST_SHORT"):
        return max(FEWEST, most // 5)
    if os.environ.get("CI"):
        return max(FEWEST, most // 2)
    return most
