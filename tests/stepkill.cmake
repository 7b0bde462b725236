# SPDX-License-Identifier: MIT
# Real processes killed after every instruction of every operation that processes share, and the
# seeded bugs that it must find. The report is build/stepkill.txt.
set(_racekit_stepkill stepkill/main.cpp stepkill/harness.cpp stepkill/locks.cpp stepkill/values.cpp
  stepkill/pipes.cpp stepkill/queues.cpp stepkill/waiting.cpp ${PROJECT_SOURCE_DIR}/sanitizers/harness/stepping.cpp)
add_executable(stepkill ${_racekit_stepkill})
target_link_libraries(stepkill PRIVATE racekit_native_settings)
# Optimised in every build type: the order of the instructions is that of real programs.
target_compile_options(stepkill PRIVATE -Wall -Wextra -O2 -UNDEBUG -DNDEBUG)
set_target_properties(stepkill PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME stepkill COMMAND stepkill --report ${PROJECT_BINARY_DIR}/stepkill.txt)
set_tests_properties(stepkill PROPERTIES LABELS "shared;process;stepkill" TIMEOUT 900
  SKIP_RETURN_CODE 77)

# Every instruction, without regard to what differs; the survivor too.
add_custom_target(stepkill_nightly
  COMMAND stepkill --whole --report ${PROJECT_BINARY_DIR}/stepkill_nightly.txt
  DEPENDS stepkill USES_TERMINAL VERBATIM)
