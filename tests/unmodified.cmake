# SPDX-License-Identifier: MIT
# Programs as they are under the model: each of unmodified/*.cpp holds many small ones, and
# unmodified/verdicts.py what the model must say of each.
add_executable(unmodified.atomics unmodified/atomics.cpp)
add_executable(unmodified.library unmodified/library.cpp)
add_executable(unmodified.lifetime unmodified/lifetime.cpp)
add_executable(unmodified.c_program unmodified/c_program.c)
set_source_files_properties(unmodified/c_program.c PROPERTIES LANGUAGE CXX
  COMPILE_OPTIONS "-xc;-std=gnu17")  # by the same compiler
add_executable(unmodified.verifier unmodified/verifier_programs.c)
set_source_files_properties(unmodified/verifier_programs.c PROPERTIES LANGUAGE CXX
  COMPILE_OPTIONS "-xc;-std=gnu17")
target_include_directories(unmodified.verifier PRIVATE ${PROJECT_SOURCE_DIR}/sanitizers)
add_executable(unmodified.own_names unmodified/own_names.c)
set_source_files_properties(unmodified/own_names.c PROPERTIES LANGUAGE CXX
  COMPILE_OPTIONS "-xc;-std=c17")
add_executable(unmodified.public_libraries unmodified/public_libraries.cpp)
add_executable(unmodified.library_calls unmodified/library_calls.cpp)
add_executable(unmodified.system unmodified/system.cpp)
add_executable(unmodified.consequences unmodified/consequences.cpp)
foreach(program IN ITEMS atomics library library_calls system lifetime consequences c_program verifier own_names public_libraries)
  target_compile_features(unmodified.${program} PRIVATE cxx_std_20)
  set_target_properties(unmodified.${program} PROPERTIES EXCLUDE_FROM_ALL TRUE)
  target_compile_options(unmodified.${program} PRIVATE -O1)
  target_link_libraries(unmodified.${program} PRIVATE Threads::Threads)
  set(forms model tsan stress)
  if(program MATCHES "^(public_libraries|library_calls|system|consequences|own_names)$")
    set(forms model)
  elseif(RACEKIT_TSAN_MISSING)
    set(forms model stress)
  endif()
  foreach(form IN LISTS forms)
    racekit_program(unmodified.${program} ${form})
    set_target_properties(unmodified.${program}.${form} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
    set(test selftest.unmodified.${program})
    if(NOT form STREQUAL "model")
      string(APPEND test .${form})
    endif()
    add_test(NAME ${test}
      COMMAND ${RACEKIT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/unmodified/verdicts.py
        $<TARGET_FILE:unmodified.${program}.${form}> ${program} ${form})
    set_tests_properties(${test} PROPERTIES LABELS "unit;${form}" TIMEOUT 900)
  endforeach()
endforeach()

# Programs whose orders are weakened, also without optimisation: there the library's members are calls.
foreach(level IN ITEMS 0 1)
  add_executable(unmodified.orders_${level} EXCLUDE_FROM_ALL unmodified/orders.cpp)
  target_compile_features(unmodified.orders_${level} PRIVATE cxx_std_20)
  target_compile_options(unmodified.orders_${level} PRIVATE -O${level})
  target_link_libraries(unmodified.orders_${level} PRIVATE Threads::Threads)
  racekit_program(unmodified.orders_${level})
  set_target_properties(unmodified.orders_${level}.model PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endforeach()
add_test(NAME selftest.unmodified.orders COMMAND ${RACEKIT_PYTHON} -B
  ${CMAKE_CURRENT_SOURCE_DIR}/unmodified/orders_test.py ${PROJECT_BINARY_DIR}/bin)
set_tests_properties(selftest.unmodified.orders PROPERTIES LABELS "unit;model" TIMEOUT 300)

# Relacy's memory, whose clocks advance otherwise.
add_test(NAME selftest.unmodified.relacy
  COMMAND ${RACEKIT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/unmodified/verdicts.py
    $<TARGET_FILE:unmodified.atomics.model> atomics relacy)
set_tests_properties(selftest.unmodified.relacy PROPERTIES LABELS "unit;model" TIMEOUT 300)

# One search in parts: workers, shards, a checkpoint.
add_test(NAME selftest.unmodified.parts
  COMMAND ${RACEKIT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/unmodified/parts.py
    $<TARGET_FILE:unmodified.library.model> $<TARGET_FILE:unmodified.atomics.model>)
set_tests_properties(selftest.unmodified.parts PROPERTIES LABELS "unit;model" TIMEOUT 300)

# Started with closed streams; a program of a scenario, too.
add_test(NAME selftest.unmodified.closed_streams COMMAND ${RACEKIT_PYTHON} -B
  ${CMAKE_CURRENT_SOURCE_DIR}/unmodified/closed_streams.py $<TARGET_FILE:unmodified.library.model>
  $<TARGET_FILE:unmodified.library.stress> $<TARGET_FILE:lock.lost_update.model>)
set_tests_properties(selftest.unmodified.closed_streams PROPERTIES LABELS "unit;model" TIMEOUT 300)

# The litmus table in std::atomic and std::thread.
add_executable(unmodified.litmus EXCLUDE_FROM_ALL selftest/litmus.cpp selftest/litmus_rows.cpp
  selftest/litmus_outcomes.cpp unmodified/litmus_engine.cpp)
target_include_directories(unmodified.litmus PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
target_link_libraries(unmodified.litmus PRIVATE racekit_base)
target_compile_definitions(unmodified.litmus PRIVATE
  RACEKIT_HARDWARE_RECORD="${CMAKE_CURRENT_SOURCE_DIR}/selftest/litmus_hardware.txt")
racekit_program(unmodified.litmus)
target_link_libraries(unmodified.litmus.model PRIVATE racekit_oracle)
set_target_properties(unmodified.litmus.model PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME selftest.unmodified.litmus COMMAND unmodified.litmus.model)
set_tests_properties(selftest.unmodified.litmus PROPERTIES LABELS "unit;model" TIMEOUT 600)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # It cannot tell the library that a compare_exchange is weak: two rows lack its spurious failures.
  set_tests_properties(selftest.unmodified.litmus PROPERTIES
    PASS_REGULAR_EXPRESSION "RMW weak CAS: NOT AS DECLARED.*RMW two weak CAS: NOT AS DECLARED.* 2 not as declared")
endif()

# What is not seen has a warning that names it. The library is compiled as it is, and linked.
add_library(unmodified.unseen_library OBJECT EXCLUDE_FROM_ALL unmodified/unseen_library.cpp)
add_executable(unmodified.unseen_code EXCLUDE_FROM_ALL unmodified/unseen_code.cpp
  $<TARGET_OBJECTS:unmodified.unseen_library>)
target_link_libraries(unmodified.unseen_code PRIVATE Threads::Threads)
racekit_program(unmodified.unseen_code)
set_target_properties(unmodified.unseen_code.model PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME selftest.unmodified.unseen_code COMMAND unmodified.unseen_code.model)
set(unseen "atomic instructions in unseen_code.cpp:17.*")
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  string(APPEND unseen "32 bytes and more, in *unseen_code.cpp:15.*")
  string(APPEND unseen "bit-fields.*of.*halves,.*unsigned.*_BitInt.*")
endif()
string(APPEND unseen "thread: unseen_library.cpp.*can call __isoc99_sscanf[(][)]")
set_tests_properties(selftest.unmodified.unseen_code PROPERTIES LABELS "unit;model" TIMEOUT 60
  PASS_REGULAR_EXPRESSION "${unseen}")

# racekit::explore() within a test of GoogleTest.
add_executable(unmodified.explore EXCLUDE_FROM_ALL unmodified/explore_test.cpp)
target_link_libraries(unmodified.explore PRIVATE racekit_base GTest::gtest_main)
racekit_program(unmodified.explore)
set_target_properties(unmodified.explore.model PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME selftest.unmodified.explore COMMAND unmodified.explore.model)
set_tests_properties(selftest.unmodified.explore PROPERTIES LABELS "unit;model" TIMEOUT 300)

# Programs of several scenarios, as racekit_add_scenario(... UNMODIFIED) builds one of one.
function(racekit_unmodified_scenarios name)
  add_executable(${name}.model ${ARGN})
  target_compile_options(${name}.model PRIVATE -O1)
  _racekit_link_unmodified(${name}.model model "")
  set_target_properties(${name}.model PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# Those that the figures compare with scenarios of racekit::atomic.
racekit_unmodified_scenarios(figures.scenario_as_it_is bench/adding_scenario_as_it_is.cpp)
add_executable(figures.program_as_it_is EXCLUDE_FROM_ALL bench/adding_program_as_it_is.cpp)
target_link_libraries(figures.program_as_it_is PRIVATE Threads::Threads)
racekit_program(figures.program_as_it_is)
foreach(program IN ITEMS scenario program)
  set_target_properties(figures.${program}_as_it_is.model PROPERTIES
    OUTPUT_NAME figures.${program}_as_it_is RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  if(TARGET bench.explorer)
    add_dependencies(bench.explorer figures.${program}_as_it_is.model)
  endif()
endforeach()

racekit_unmodified_scenarios(unmodified.scenarios unmodified/scenarios.cpp)
add_test(NAME selftest.unmodified.scenarios COMMAND ${RACEKIT_PYTHON} -B
  ${CMAKE_CURRENT_SOURCE_DIR}/unmodified/scenarios_test.py $<TARGET_FILE:unmodified.scenarios.model>)
set_tests_properties(selftest.unmodified.scenarios PROPERTIES LABELS "unit;model" TIMEOUT 300)

# The catalogue in its native form: two families of it here, the whole in a target for the night.
function(racekit_catalogue_program name)
  set(files "")
  foreach(family IN LISTS ARGN)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/scenarios/${family}/*.cpp)
    set_source_files_properties(${sources} PROPERTIES COMPILE_DEFINITIONS RACEKIT_FAMILY="${family}")
    list(APPEND files ${sources})
  endforeach()
  racekit_unmodified_scenarios(${name} ${files})
endfunction()
set(check ${RACEKIT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/unmodified/catalogue.py)
racekit_catalogue_program(unmodified.catalogue life queue)
add_test(NAME selftest.unmodified.catalogue
  COMMAND ${check} $<TARGET_FILE:unmodified.catalogue.model> 2)
set_tests_properties(selftest.unmodified.catalogue PROPERTIES LABELS "unit;model" TIMEOUT 900)
racekit_catalogue_program(unmodified.whole_catalogue coroutine life lock pipe queue server shared signal)
set_target_properties(unmodified.whole_catalogue.model PROPERTIES EXCLUDE_FROM_ALL TRUE)
add_custom_target(catalogue_nightly COMMAND ${check} $<TARGET_FILE:unmodified.whole_catalogue.model> 30
  USES_TERMINAL VERBATIM)

# Public libraries that are compiled from Debian's source packages: needs the network.
add_custom_target(source_packages COMMAND ${RACEKIT_PYTHON} -B
  ${CMAKE_CURRENT_SOURCE_DIR}/source_packages/run.py ${PROJECT_BINARY_DIR} ${PROJECT_BINARY_DIR}/source_packages
  ${CMAKE_CXX_COMPILER} ${RACEKIT_C_COMPILER}
  USES_TERMINAL VERBATIM)
