# SPDX-License-Identifier: MIT
# The oracle: what the axioms allow of small programs, and the engine beside it.
add_library(racekit_oracle STATIC oracle/program.cpp oracle/axioms.cpp oracle/unfolding.cpp
  oracle/oracle.cpp oracle/random_program.cpp oracle/litmus_words.cpp oracle/litmus_file.cpp)
target_compile_features(racekit_oracle PUBLIC cxx_std_20)
target_include_directories(racekit_oracle PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
target_include_directories(racekit_oracle PRIVATE ${PROJECT_SOURCE_DIR}/sanitizers)
target_compile_options(racekit_oracle PRIVATE -Wall -Wextra -Wshadow)

add_executable(selftest.oracle oracle/beside.cpp oracle/comparison.cpp oracle/engine_side.cpp)
target_link_libraries(selftest.oracle PRIVATE racekit_oracle racekit_model_kit)
target_compile_options(selftest.oracle PRIVATE -Wall -Wextra)
set_target_properties(selftest.oracle PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
# What C++20, RC11 and the engine say of .litmus files.
add_executable(oracle oracle/litmus_run.cpp oracle/engine_side.cpp)
target_link_libraries(oracle PRIVATE racekit_oracle racekit_model_kit)
target_compile_options(oracle PRIVATE -Wall -Wextra)
set_target_properties(oracle PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
foreach(memory IN ITEMS exact relacy)
  add_test(NAME selftest.oracle.${memory}
    COMMAND selftest.oracle --memory ${memory} --programs 10000 --seed 1)
  set_tests_properties(selftest.oracle.${memory} PROPERTIES LABELS "unit;model" TIMEOUT 900)
endforeach()
# A missing outcome that is one of load buffering, and of LWG 3941 as well.
add_test(NAME selftest.oracle.two_needs COMMAND selftest.oracle --program
  "a = z sc; x = 1 rlx; d = x sc || e = x <- 2 rlx; f = x sc; g = z sc; z = 3 rlx")
set_tests_properties(selftest.oracle.two_needs PROPERTIES LABELS "unit;model" TIMEOUT 300)
add_custom_target(oracle_nightly COMMAND selftest.oracle --programs 1000000 --seed 2 USES_TERMINAL)

# Whether the engine calls a program robust, beside the outcomes that the axioms allow of it.
add_executable(selftest.robustness oracle/robustness_test.cpp oracle/engine_side.cpp)
target_link_libraries(selftest.robustness PRIVATE racekit_oracle racekit_model_kit)
target_compile_options(selftest.robustness PRIVATE -Wall -Wextra)
set_target_properties(selftest.robustness PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME selftest.robustness COMMAND selftest.robustness)
set_tests_properties(selftest.robustness PROPERTIES LABELS "unit;model" TIMEOUT 300)

add_executable(unit.oracle oracle/oracle_test.cpp oracle/litmus_test.cpp)
target_compile_definitions(unit.oracle PRIVATE
  RACEKIT_LITMUS_FILES="${CMAKE_CURRENT_SOURCE_DIR}/oracle/litmus")
target_link_libraries(unit.oracle PRIVATE racekit_oracle GTest::gtest_main)
target_compile_options(unit.oracle PRIVATE -Wall -Wextra)
set_target_properties(unit.oracle PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME unit.oracle COMMAND unit.oracle)
set_tests_properties(unit.oracle PROPERTIES LABELS "unit;model" TIMEOUT 900)

# The table of litmus tests: what C++20 allows, what the engine shows; --markdown prints it.
function(racekit_litmus_program name)
  add_executable(${name} ${ARGN} selftest/litmus_rows.cpp selftest/litmus_outcomes.cpp
    oracle/engine_side.cpp)
  target_link_libraries(${name} PRIVATE racekit_oracle racekit_model_kit)
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE -Wall -Wextra)
  target_compile_definitions(${name} PRIVATE
    RACEKIT_HARDWARE_RECORD="${CMAKE_CURRENT_SOURCE_DIR}/selftest/litmus_hardware.txt")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "unit;model" TIMEOUT 900)
endfunction()
racekit_litmus_program(selftest.litmus selftest/litmus.cpp)
racekit_litmus_program(selftest.litmus_hardware selftest/litmus_hardware.cpp)

# The exact memory without the engine, and with rules left out.
add_executable(unit.exact_memory oracle/exact_memory_test.cpp
  ${PROJECT_SOURCE_DIR}/sanitizers/model/memory/exact_memory.cpp
  ${PROJECT_SOURCE_DIR}/sanitizers/model/memory/single_order.cpp)
target_link_libraries(unit.exact_memory PRIVATE racekit_oracle racekit_base GTest::gtest_main)
target_compile_definitions(unit.exact_memory PRIVATE RACEKIT_SEEDED_MISTAKES)
target_compile_options(unit.exact_memory PRIVATE -Wall -Wextra -O2)
set_target_properties(unit.exact_memory PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME unit.exact_memory COMMAND unit.exact_memory)
set_tests_properties(unit.exact_memory PROPERTIES LABELS "unit;model" TIMEOUT 900)
