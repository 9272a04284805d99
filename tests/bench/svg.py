# SPDX-License-Identifier: GPL-2.0
"""Pictures of measures: lines() and bars() write an SVG file."""

import html
import math

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 70, 190, 40, 60
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#999999",
           "#f0e442", "#7f3c8d", "#8c564b", "#a5aa99"]


class Picture:
    def __init__(self, title):
        self.parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
                      'font-family="sans-serif" font-size="12">',
                      "<!-- SPDX-License-Identifier: GPL-2.0 -->",
                      f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
        self.text((LEFT + WIDTH - RIGHT) / 2, 22, title, size=14)

    def text(self, x, y, text, anchor="middle", size=12, turn=0):
        turned = f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
                          f'font-size="{size}"{turned}>{html.escape(text)}</text>')

    def line(self, points, colour, width=1.0):
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" '
                          f'stroke-width="{width}"/>')

    def box(self, x, y, width, height, colour):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" '
                          f'height="{height:.1f}" fill="{colour}"/>')

    def legend(self, names, title=""):
        x = WIDTH - RIGHT + 15
        self.text(x, TOP + 4, title, "start")
        for i, name in enumerate(names):
            y = TOP + 22 + 18 * i
            self.box(x, y - 9, 12, 12, COLOURS[i % len(COLOURS)])
            self.text(x + 18, y + 1, name, "start")

    def write(self, path):
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join([*self.parts, "</svg>"]) + "\n")


def _short(value):
    if value >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}k" if value >= 1e4 else f"{value:g}"


class Scale:
    """Places values on an axis from @start to @end."""

    def __init__(self, values, start, end, log):
        self.log = log
        self.start, self.end = start, end
        low, high = min(values), max(values)
        if log:
            self.low, self.high = math.log10(low), math.log10(high)
            self.ticks = [10.0 ** n for n in range(math.ceil(self.low), math.floor(self.high) + 1)]
            if len(self.ticks) < 3:
                self.ticks = sorted(set(values))
        else:
            self.low, self.high = min(low, 0), high
            step = 10 ** math.floor(math.log10((self.high - self.low) or 1))
            while (self.high - self.low) / step < 4:
                step /= 2
            self.ticks = [self.low + n * step
                          for n in range(int((self.high - self.low) / step + 1e-9) + 1)]

    def __call__(self, value):
        part = ((math.log10(value) if self.log else value) - self.low) / \
            ((self.high - self.low) or 1)
        return self.start + part * (self.end - self.start)


def _axis_y(picture, y, label):
    for tick in y.ticks:
        picture.line([(LEFT, y(tick)), (WIDTH - RIGHT, y(tick))], "#dddddd")
        picture.text(LEFT - 6, y(tick) + 4, _short(round(tick, 9)), "end")
    picture.text(18, (TOP + HEIGHT - BOTTOM) / 2, label, turn=-90)


def lines(path, title, labels, series, legend="", log=(True, False), top=None):
    """@labels: of both axes; @series: {name: [(x, y), ...]}."""
    points = [point for line in series.values() for point in line]
    x = Scale([p[0] for p in points], LEFT, WIDTH - RIGHT, log[0])
    y = Scale([p[1] for p in points] + ([top] if top else []), HEIGHT - BOTTOM, TOP, log[1])
    picture = Picture(title)
    _axis_y(picture, y, labels[1])
    for tick in x.ticks:
        picture.line([(x(tick), HEIGHT - BOTTOM), (x(tick), HEIGHT - BOTTOM + 5)], "black")
        picture.text(x(tick), HEIGHT - BOTTOM + 18, _short(tick))
    picture.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 15, labels[0])
    for i, line in enumerate(series.values()):
        picture.line([(x(a), y(b)) for a, b in line], COLOURS[i % len(COLOURS)], 2)
    picture.legend(series, legend)
    picture.write(path)


def bars(path, title, label, groups, names):
    """@groups: {under the axis: [a value of each of @names]}."""
    y = Scale([v for values in groups.values() for v in values], HEIGHT - BOTTOM, TOP, False)
    room = (WIDTH - RIGHT - LEFT) / len(groups)
    picture = Picture(title)
    _axis_y(picture, y, label)
    for i, (group, values) in enumerate(groups.items()):
        width = room * 0.8 / len(values)
        start = LEFT + room * (i + 0.1)
        for j, value in enumerate(values):
            picture.box(start + j * width, y(value), width * 0.95, y(0) - y(value),
                        COLOURS[j % len(COLOURS)])
        picture.text(start + room * 0.4, HEIGHT - BOTTOM + 18, group)
    picture.legend(names)
    picture.write(path)
