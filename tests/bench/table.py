# SPDX-License-Identifier: GPL-2.0
"""Measures as Markdown and CSV."""

import csv


def markdown(out, heads, rows):
    out.write("| " + " | ".join(heads) + " |\n")
    out.write("|---|" + "---:|" * (len(heads) - 1) + "\n")
    for row in rows:
        out.write("| " + " | ".join(map(str, row)) + " |\n")
    out.write("\n")


def write_csv(path, heads, rows):
    with open(path, "w", newline="", encoding="ascii") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(heads)
        out.writerows(rows)
