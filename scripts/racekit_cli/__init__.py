# SPDX-License-Identifier: MIT
"""racekit's command line: runs the scenario programs of a build and judges what they say."""
