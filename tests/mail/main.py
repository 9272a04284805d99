#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Runs the cases; see run."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[1:1] = [os.path.join(HERE, "..", place) for place in ("handshake", "wire")]

import hosts                # noqa: E402 (where the paths say)
import tap                  # noqa: E402
import test_suites          # noqa: E402,F401 (their cases register themselves)
import test_answers         # noqa: E402,F401
import test_messages        # noqa: E402,F401
import test_moments         # noqa: E402,F401
import test_overtls         # noqa: E402,F401
import test_dane            # noqa: E402,F401
import test_anew            # noqa: E402,F401
import test_absent          # noqa: E402,F401
import test_later           # noqa: E402,F401
import test_told            # noqa: E402,F401
import test_queue           # noqa: E402,F401
import test_injection       # noqa: E402,F401
import test_killed          # noqa: E402,F401
import test_others          # noqa: E402,F401
import test_macros          # noqa: E402,F401

tap.LIMIT = 600     # a large message takes an emulated machine minutes
status = tap.run(sys.argv[1:])
hosts.end_shared()
sys.exit(status)
