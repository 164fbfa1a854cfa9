"""Paragraphs that a mail program broke into lines so that another can join them again (format=flowed, RFC 3676)."""

_LONGEST_MARK = 50


def joined(text: str, *, deletes_space: bool) -> str:
    """The text with its broken lines joined, quote marks kept."""
    out: list[str] = []
    open_depth = -1  # of a paragraph that goes on, -1 if none does
    for line in text.split("\n"):
        depth, content = _taken_apart(line)
        flows = content.endswith(" ") and content != "-- "
        said = content[:-1] if flows and deletes_space else content
        if open_depth == depth and content != "-- ":
            out[-1] += said
        else:
            out.append((">" * depth + " " if depth else "") + said)
        open_depth = depth if flows else -1
    return "\n".join(out)


def _taken_apart(line: str) -> tuple[int, str]:
    depth = 0
    while depth < len(line) and depth < _LONGEST_MARK and line[depth] == ">":
        depth += 1
    content = line[depth:]
    return depth, content.removeprefix(" ")
