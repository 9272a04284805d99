#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Runs the cases; see run."""
import sys

import tap
import test_busy            # noqa: F401 (their cases register themselves)
import test_exact           # noqa: F401
import test_keystream       # noqa: F401
import test_link            # noqa: F401
import test_paths           # noqa: F401
import test_peer            # noqa: F401
import test_records        # noqa: F401
import test_retransmit      # noqa: F401
import test_segments        # noqa: F401

sys.exit(tap.run(sys.argv[1:]))
