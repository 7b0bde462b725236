# SPDX-License-Identifier: MIT
# What becomes of the others when a process dies, stops, or gives something bad: a few rounds of each
# fault in ctest, 200 by the target fault_table, which prints the table of tests/README.md.
add_executable(faults faults/fault_table.cpp)
target_link_libraries(faults PRIVATE racekit_native_settings)
target_compile_options(faults PRIVATE -O2 -UNDEBUG -DNDEBUG -Wall -Wextra)
set_target_properties(faults PROPERTIES OUTPUT_NAME fault_table
  RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME fault_table COMMAND faults --rounds 5)
set_tests_properties(fault_table PROPERTIES LABELS "shared;pipe;server;process" TIMEOUT 900)
add_custom_target(fault_table COMMAND faults --rounds 200 USES_TERMINAL VERBATIM)
