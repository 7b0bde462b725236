# SPDX-License-Identifier: MIT
# Flavours are targets: one object library each. They are object libraries because a static one
# would drop the TSan report hook, which only overrides a weak symbol.
#
# An installed package holds them compiled (racekit_prebuilt.cmake); where the user's compiler or its
# flags are others, they are compiled in the user's own build from sources, so that compiler, standard
# library and TSan runtime always match the code under test.
#
# Wants RACEKIT_KIT_DIR (the detectors' sources) and RACEKIT_INCLUDE_DIRS.
include_guard(GLOBAL)
include(${CMAKE_CURRENT_LIST_DIR}/racekit_describe.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/racekit_prebuilt.cmake)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "The build type; racekit chose it, for none was set" FORCE)
  message(STATUS "racekit: no build type was set, so it is RelWithDebInfo; choose another with -DCMAKE_BUILD_TYPE=")
elseif(CMAKE_BUILD_TYPE STREQUAL "Debug" OR CMAKE_CXX_FLAGS MATCHES "-O0")
  message(WARNING "racekit: this build is not optimised: the model explores several times slower, so it covers less in its time: configure with -DCMAKE_BUILD_TYPE=RelWithDebInfo")
endif()
find_path(RACEKIT_RELACY_DIR relacy/relacy.hpp DOC "Where relacy/relacy.hpp is (Debian: relacy-dev)")

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 19)
  set(RACEKIT_TSAN_MISSING "" CACHE INTERNAL "Why this build has no tsan flavour")
else()
  set(RACEKIT_TSAN_MISSING "the tsan flavour needs clang++-19 or later; this build uses ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}: configure with -DCMAKE_CXX_COMPILER=clang++-19"
    CACHE INTERNAL "Why this build has no tsan flavour")
  message(WARNING "racekit: ThreadSanitizer runs are SKIPPED: ${RACEKIT_TSAN_MISSING}")
endif()
if(NOT RACEKIT_RELACY_DIR)
  message(FATAL_ERROR "racekit: relacy/relacy.hpp not found: apt-get install relacy-dev, or set RACEKIT_RELACY_DIR to the folder that holds relacy/")
endif()

# What every flavour shares: warnings, standard, include roots.
add_library(racekit_base INTERFACE)
target_compile_features(racekit_base INTERFACE cxx_std_20)
target_include_directories(racekit_base INTERFACE ${RACEKIT_INCLUDE_DIRS})
target_compile_options(racekit_base INTERFACE -g -fno-omit-frame-pointer)
target_link_libraries(racekit_base INTERFACE Threads::Threads)

# The header-only primitives, for ordinary use.
add_library(racekit INTERFACE)
add_library(racekit::racekit ALIAS racekit)
target_link_libraries(racekit INTERFACE racekit_base)

# Detectors by name and flavour, "stress:native": `racekit.json` hands the table on to the command line.
# Their order is that of every list and table that is printed.
set(RACEKIT_DETECTORS "" CACHE INTERNAL "Each detector and its flavour")
function(racekit_name_detector name flavour)
  set(RACEKIT_DETECTORS ${RACEKIT_DETECTORS} ${name}:${flavour} CACHE INTERNAL "")
  if(NOT TARGET racekit_${flavour}_detectors)
    add_library(racekit_${flavour}_detectors INTERFACE)  # the objects of a project's own detectors
  endif()
endfunction()
racekit_name_detector(stress native)
racekit_name_detector(process native)
racekit_name_detector(tsan tsan)
racekit_name_detector(model model)

# racekit_flavour(<name> SOURCES <file>... [PROGRAM <file>...] [DEFINE <definition>...] [COMPILE <option>...] [LINK <option>...])
function(racekit_flavour name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;PROGRAM;DEFINE;COMPILE;LINK")
  list(TRANSFORM arg_SOURCES PREPEND ${RACEKIT_KIT_DIR}/)
  # The compile and link settings alone: for the user's own code and for tests.
  add_library(racekit_${name}_settings INTERFACE)
  target_link_libraries(racekit_${name}_settings INTERFACE racekit_base)
  target_compile_definitions(racekit_${name}_settings INTERFACE ${arg_DEFINE})
  target_compile_options(racekit_${name}_settings INTERFACE ${arg_COMPILE})
  target_link_options(racekit_${name}_settings INTERFACE ${arg_LINK})
  racekit_use_prebuilt(${name} is_there)
  if(is_there)
    return()
  endif()
  # The detectors of this flavour.
  add_library(racekit_${name}_kit OBJECT EXCLUDE_FROM_ALL ${arg_SOURCES})
  target_link_libraries(racekit_${name}_kit PUBLIC racekit_${name}_settings nlohmann_json::nlohmann_json)
  if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(racekit_${name}_kit PRIVATE -Wall -Wextra)
  endif()
  # The program that runs a scenario.
  add_library(racekit_${name}_runner OBJECT EXCLUDE_FROM_ALL ${RACEKIT_KIT_DIR}/runner/main.cpp)
  target_link_libraries(racekit_${name}_runner PUBLIC racekit_${name}_settings nlohmann_json::nlohmann_json)
  # What runs a program as it is: racekit_program.cmake.
  if(arg_PROGRAM)
    list(TRANSFORM arg_PROGRAM PREPEND ${RACEKIT_KIT_DIR}/)
    add_library(racekit_${name}_program OBJECT EXCLUDE_FROM_ALL ${arg_PROGRAM})
    target_link_libraries(racekit_${name}_program PUBLIC racekit_${name}_settings nlohmann_json::nlohmann_json)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
      target_compile_options(racekit_${name}_program PRIVATE -mcx16)
    endif()
  endif()
endfunction()

set(_racekit_runner core/enrolment.cpp core/object_expression.cpp core/object_names.cpp
  core/registry.cpp core/run_record.cpp core/source_line.cpp
  core/verdict.cpp runner/interleaving.cpp runner/json.cpp runner/layout.cpp runner/options.cpp
  runner/print.cpp runner/program_words.cpp runner/run.cpp runner/standard_streams.cpp runner/supervised.cpp
  runner/verdict_file.cpp)
set(_racekit_native harness/failed_checks.cpp harness/choices.cpp harness/thread_pool.cpp harness/exception_text.cpp harness/noise.cpp
  harness/child_process.cpp harness/program_round.cpp harness/program_rounds.cpp harness/sleeping_threads.cpp harness/test_processes.cpp harness/instance_memory.cpp harness/stepping.cpp harness/tally.cpp)
set(_racekit_linear linearizability/fifo_monitor.cpp linearizability/history.cpp
  linearizability/partition.cpp linearizability/programs.cpp linearizability/timed_history.cpp
  linearizability/verdict.cpp)
# Bound at start: the first call of a library function would otherwise be mostly the dynamic linker's,
# in every forked process anew, and deaths at random instructions would hit nothing else.
racekit_flavour(native
  SOURCES ${_racekit_runner} ${_racekit_native} process/process.cpp process/torn_io.cpp stress/stress.cpp
    ${_racekit_linear} linearizability/verdict_in_child.cpp linearizability/long_run.cpp
    linearizability/stress_check.cpp
  PROGRAM program/accesses.cpp program/noise.cpp program/start.cpp program/verifier.cpp
    program/wrapped_calls.cpp harness/c_threads.cpp harness/intrinsics.cpp harness/tsan_annotations.cpp
  LINK -Wl,-z,now)

if(NOT RACEKIT_TSAN_MISSING)
  # What counts TSan's reports: of the tsan flavour, and alone for the GoogleTest helpers.
  set(_racekit_tsan_hook tsan/options.cpp tsan/report_board.cpp tsan/reports.cpp tsan/start_up.cpp)
  # clang 19 leaves a member of a local variable out of what ThreadSanitizer observes if another thread
  # has the address of the whole, and not that of the member.
  # Calls that are merged from several lines (two `delete` of one object) would be reported without a
  # line.
  set(_racekit_tsan_compile -fsanitize=thread -fno-optimize-sibling-calls
    "SHELL:-mllvm -enable-tail-merge=false" "SHELL:-mllvm -sink-common-insts=false"
    "SHELL:-mllvm -hoist-common-insts=false"
    "SHELL:-mllvm -capture-tracking-max-uses-to-explore=0")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    list(APPEND _racekit_tsan_compile -mcx16)  # 16-byte atomics as instructions, which TSan sees
  endif()
  racekit_flavour(tsan
    SOURCES ${_racekit_runner} ${_racekit_native} ${_racekit_tsan_hook} tsan/controlled_threads.cpp
      tsan/controller.cpp tsan/crash_record.cpp tsan/frames.cpp
      tsan/known_race.cpp tsan/lock_cycles.cpp tsan/report_reading.cpp tsan/round_names.cpp
      tsan/round_schedule.cpp tsan/steps.cpp tsan/thread_end.cpp tsan/tsan.cpp
    PROGRAM program/noise.cpp program/start.cpp program/tsan_atomics.cpp program/verifier.cpp
      program/wrapped_calls.cpp harness/c_threads.cpp harness/intrinsics.cpp
    DEFINE RACEKIT_FLAVOUR_TSAN
    COMPILE ${_racekit_tsan_compile}
    LINK -fsanitize=thread -Wl,--export-dynamic-symbol=__tsan_on_finalize)
  # For the expectations of racekit/gtest_tsan.hpp.
  list(TRANSFORM _racekit_tsan_hook PREPEND ${RACEKIT_KIT_DIR}/)
  add_library(racekit_tsan_hook OBJECT EXCLUDE_FROM_ALL ${_racekit_tsan_hook})
  target_link_libraries(racekit_tsan_hook PUBLIC racekit_tsan_settings)
endif()

# Relacy's headers are a system's: their warnings are not ours. They must not be given as /usr/include,
# which would break the standard library's #include_next.
racekit_flavour(model
  SOURCES ${_racekit_runner} harness/exception_text.cpp
    model/detector/aba.cpp model/detector/consequence.cpp model/detector/entered.cpp model/detector/explore.cpp model/detector/graph_walk.cpp
    model/detector/liveness_checks.cpp model/detector/model.cpp
    model/detector/unseen.cpp
    model/search/checkpoint.cpp model/search/parallel.cpp model/search/sampling.cpp
    model/search/search.cpp model/search/status_line.cpp model/search/worker_message.cpp
    model/search/workers.cpp
    model/schedules/minimise.cpp model/schedules/replay.cpp model/schedules/schedule.cpp
    model/strategies/bounded.cpp model/strategies/distinct.cpp model/strategies/exhaustive.cpp
    model/strategies/source_sets.cpp
    model/objects/atomic_objects.cpp model/objects/atomics.cpp model/objects/channels.cpp
    model/objects/libc_interposition.cpp model/objects/locks.cpp model/objects/plain.cpp model/objects/threads.cpp
    model/objects/waiting.cpp
    model/core/engine.cpp model/core/execution.cpp model/core/object_table.cpp model/core/recorder.cpp
    model/core/scheduler.cpp model/core/loop_watch.cpp model/core/sequential_check.cpp model/core/store_choice.cpp model/core/trace.cpp
    model/core/unsupported.cpp
    model/memory/exact_memory.cpp model/memory/machine.cpp model/memory/relacy.cpp
    model/memory/single_order.cpp
    model/runtime/crash_guard.cpp model/runtime/fiber.cpp model/runtime/fixed_addresses.cpp model/runtime/heap.cpp
    model/runtime/caller_line.cpp model/objects/early_end.cpp model/objects/lifespan.cpp model/runtime/shared_page.cpp
    model/runtime/program_statics.cpp
    model/runtime/thread_locals.cpp
    ${_racekit_linear} linearizability/model_check.cpp
  DEFINE RACEKIT_FLAVOUR_MODEL
  # Or the line of a call that ends a function would be lost. The kit's own lines are never shown, and it
  # is faster without.
  COMPILE
    "$<$<NOT:$<STREQUAL:$<TARGET_PROPERTY:NAME>,racekit_model_kit>>:-fno-optimize-sibling-calls>")
if(TARGET racekit_model_kit)
  # It is part of a shared library too: racekit_program.cmake.
  get_target_property(_racekit_type racekit_model_kit TYPE)
  if(_racekit_type STREQUAL "OBJECT_LIBRARY")
    set_target_properties(racekit_model_kit PROPERTIES POSITION_INDEPENDENT_CODE ON)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(racekit_model_kit PRIVATE -fno-semantic-interposition)
    endif()
  endif()
endif()
if(NOT RACEKIT_RELACY_DIR STREQUAL "/usr/include")
  target_include_directories(racekit_model_kit SYSTEM PRIVATE ${RACEKIT_RELACY_DIR})
endif()
# What each step of the model runs through. Of these files nothing is called but by the kit.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  foreach(file IN ITEMS core/execution core/loop_watch core/object_table core/scheduler core/store_choice
      memory/exact_memory memory/machine strategies/exhaustive strategies/source_sets)
    set_source_files_properties(${RACEKIT_KIT_DIR}/model/${file}.cpp PROPERTIES COMPILE_OPTIONS
      "-fvisibility=hidden;$<$<NOT:$<CONFIG:Debug>>:-O3>")
  endforeach()
endif()
# Inlined from Relacy, where it is built for one thread: g++ takes loops over all for more than one.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set_source_files_properties(${RACEKIT_KIT_DIR}/model/memory/relacy.cpp PROPERTIES COMPILE_OPTIONS
    -Wno-array-bounds)
endif()

include(${CMAKE_CURRENT_LIST_DIR}/racekit_scenario.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/racekit_program.cmake)
