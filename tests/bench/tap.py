# SPDX-License-Identifier: GPL-2.0
"""TAP: is_true() for each test, then sys.exit(done())."""

count = 0
failed = 0


def is_true(good, name):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {name}", flush=True)
    return good


def skip(name, why):
    global count
    count += 1
    print(f"ok {count} - {name} # SKIP {why}", flush=True)


def note(text):
    print(f"# {text}", flush=True)


def done():
    print(f"1..{count}", flush=True)
    return failed > 0 or not count
