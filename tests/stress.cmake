# SPDX-License-Identifier: MIT
# Stress: the detector goes red when it must.
add_executable(selftest.stress_look selftest/stress_look_test.cpp)
target_link_libraries(selftest.stress_look PRIVATE racekit_native_kit GTest::gtest_main)
target_compile_options(selftest.stress_look PRIVATE -Wall -Wextra)
set_target_properties(selftest.stress_look PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME selftest.stress_look COMMAND selftest.stress_look)
set_tests_properties(selftest.stress_look PROPERTIES LABELS "unit;stress" TIMEOUT 600)
