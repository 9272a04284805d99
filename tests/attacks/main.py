#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Runs the cases; see run."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, "..", place) for place in ("mail", "handshake", "wire")]

import hosts                # noqa: E402 (where the paths say)
import tap                  # noqa: E402
import test_ended           # noqa: E402,F401 (their cases register themselves)
import test_injected        # noqa: E402,F401
import test_records         # noqa: E402,F401
import test_stripped        # noqa: E402,F401

status = tap.run(sys.argv[1:])
hosts.end_shared()
sys.exit(status)
