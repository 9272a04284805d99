# SPDX-License-Identifier: GPL-2.0
"""What documents show apart from their prose: commands, files, output, code."""
import re


def fenced_or_indented(text):
    """(first line's number, language, text) of a Markdown document's blocks."""
    lines, block, start, fence = text.split("\n"), [], 0, None
    for number, line in enumerate(lines + [""], 1):
        if fence is not None:
            if line.startswith("```"):
                yield start, fence, "\n".join(block)
                block, fence = [], None
            else:
                block.append(line)
        elif line.startswith("```"):
            fence, start = line[3:].strip(), number + 1
        elif line.startswith("    ") and (block or not lines[number - 2].strip()):
            start = start if block else number
            block.append(line[4:])
        elif block and not line.strip() and number < len(lines) and \
                lines[number].startswith("    "):
            block.append("")
        elif block:
            yield start, "", "\n".join(block)
            block = []


def roff(text):
    """A line as it is printed."""
    text = text.replace("\\&", "").replace("\\-", "-").replace("\\(dq", '"').replace("\\e", "\\")
    return text


def displays(text):
    """The same of a manual page: Dl lines and Bd blocks."""
    block, start = None, 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(".Bd"):
            block, start = [], number + 1
        elif line.startswith(".Ed"):
            yield start, "", "\n".join(block)
            block = None
        elif block is not None:
            block.append(roff(line))
        elif line.startswith((".Dl ", ".D1 ")):
            yield number, "", roff(re.sub(r'^"(.*)"$', r"\1", line[4:]))


def blocks(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return list(fenced_or_indented(text) if path.endswith(".md") else displays(text))
