# SPDX-License-Identifier: MIT
# A test that cannot be run: prints WHY and fails.
cmake_minimum_required(VERSION 3.25)
message("racekit: ${WHY}")
message(FATAL_ERROR "no run, so no verdict")
