# SPDX-License-Identifier: MIT
"""The parts of the page that racekit report writes."""
