#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Runs the cases, or those whose names match the arguments."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../wire"))

import tap              # noqa: E402 (where the path says)
import test_answers     # noqa: E402,F401 (their cases register themselves)
import test_host        # noqa: E402,F401
import test_check       # noqa: E402,F401
import test_output      # noqa: E402,F401
import test_peers       # noqa: E402,F401

sys.exit(tap.run(sys.argv[1:]))
