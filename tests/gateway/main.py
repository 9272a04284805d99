#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Runs the cases; see run."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, "..", place) for place in ("mail", "handshake", "wire")]

import tap                  # noqa: E402 (where the paths say)
import test_script          # noqa: E402,F401 (their cases register themselves)
import test_postfix         # noqa: E402,F401
import test_others          # noqa: E402,F401
import test_received       # noqa: E402,F401
import test_events          # noqa: E402,F401
import test_process         # noqa: E402,F401
import test_load            # noqa: E402,F401

tap.LIMIT = 600
sys.exit(tap.run(sys.argv[1:]))
