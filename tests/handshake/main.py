#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Runs the cases; see run."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../wire"))

import tap                  # noqa: E402 (where the path says)
import test_exchange        # noqa: E402,F401 (their cases register themselves)
import test_policy          # noqa: E402,F401
import test_peers           # noqa: E402,F401
import test_broken          # noqa: E402,F401
import test_rules           # noqa: E402,F401
import test_load            # noqa: E402,F401
import test_daemon          # noqa: E402,F401
import test_ctl             # noqa: E402,F401
import test_examples        # noqa: E402,F401
import test_faults          # noqa: E402,F401
import test_locked          # noqa: E402,F401
import test_releases        # noqa: E402,F401

sys.exit(tap.run(sys.argv[1:]))
