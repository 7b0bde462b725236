# SPDX-License-Identifier: MIT
# Two uses from end to end, built from the primitives: web requests at a time, video analysed by
# processes. Each checks its answers against the sequential ones.
foreach(name IN ITEMS web_requests video_analysis)
  add_executable(examples.${name} examples/${name}.cpp)
  target_link_libraries(examples.${name} PRIVATE racekit)
  target_compile_options(examples.${name} PRIVATE -O2 -Wall -Wextra)
  set_target_properties(examples.${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  add_test(NAME examples.${name} COMMAND examples.${name})
  set_tests_properties(examples.${name} PROPERTIES LABELS "unit;examples" TIMEOUT 300)
endforeach()
