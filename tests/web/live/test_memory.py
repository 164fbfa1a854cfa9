"""What was told lately, for pages that come to hear of it late."""

from onhand.web.live import memory
from onhand.web.live.memory import Memory

HERE = ("customer:1", "customer:2")


def test_what_was_told_since_a_moment_is_said_again() -> None:
    one = Memory()
    one.begin(100)
    one.note("customer:1", 110)
    one.note("customer:3", 120)
    assert one.told_since(109, HERE) == ["customer:1"]
    assert one.told_since(111, HERE) == []


def test_before_it_listened_anything_may_have_changed() -> None:
    one = Memory()
    assert one.told_since(100, HERE) == list(HERE)
    one.begin(100)
    assert one.told_since(99, HERE) == list(HERE)
    assert one.told_since(100, HERE) == []
    one.note("customer:1", 110)
    one.begin(120)
    assert one.told_since(115, HERE) == list(HERE)
    assert one.told_since(120, HERE) == []


def test_it_is_bounded_in_time_and_number() -> None:
    one = Memory()
    one.begin(0)
    one.note("customer:1", 10)
    one.note("customer:3", 10 + memory.KEPT_SECONDS + 1)
    assert one.told_since(5, HERE) == list(HERE), "what was forgotten counts as changed"
    assert one.told_since(11, HERE) == []
    for number in range(memory.MOST_TOPICS + 10):
        one.note(f"customer:{number}", 100)
    assert one.told_since(99, HERE) == list(HERE)


def test_what_is_found_late_does_not_make_a_change_younger() -> None:
    one = Memory()
    one.begin(0)
    one.note("customer:1", 10)
    one.note_late("customer:1", 10.9, 1)
    assert one.told_since(10.5, HERE) == []
    one.note_late("customer:2", 10.9, 1)
    assert one.told_since(10.5, HERE) == ["customer:2"]
