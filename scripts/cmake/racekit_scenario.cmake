# SPDX-License-Identifier: MIT
# racekit_add_scenario(): a program for each flavour of a scenario's file, and tests that the built
# program itself names.
#
# Nothing is read from the C++ text. When ctest starts, it asks each program that is newer than the
# last answer for its runs (`--runs`, see racekit_discover.cmake), as gtest_discover_tests() does with
# DISCOVERY_MODE PRE_TEST.
include_guard(GLOBAL)

# racekit_add_detector(<name> FLAVOUR <native|tsan|model> SOURCES <file>...)
# A detector of the project's own, in every scenario that is added after it. One of its sources enters
# it into the table (racekit/detector.hpp); it then has a column, runs and verdicts as the others.
function(racekit_add_detector name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FLAVOUR" "SOURCES")
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES OR NOT arg_FLAVOUR MATCHES "^(native|tsan|model)$")
    message(FATAL_ERROR "racekit_add_detector(${name}): it takes a name, FLAVOUR native, tsan or model, and SOURCES")
  endif()
  if(NOT name MATCHES "^[a-z_]+$" OR RACEKIT_DETECTORS MATCHES "(^|;)${name}:")
    message(FATAL_ERROR "racekit_add_detector(${name}): a name has lower-case letters and _, and names one detector")
  endif()
  racekit_name_detector(${name} ${arg_FLAVOUR})
  if(TARGET racekit_${arg_FLAVOUR}_kit)
    add_library(racekit_detector_${name} OBJECT ${arg_SOURCES})
    target_link_libraries(racekit_detector_${name} PRIVATE racekit_${arg_FLAVOUR}_settings)
    target_sources(racekit_${arg_FLAVOUR}_detectors INTERFACE $<TARGET_OBJECTS:racekit_detector_${name}>)
  endif()
endfunction()

# The command line that this build's user calls, with what needs quoting quoted.
function(racekit_command_line result)
  if(CMAKE_SOURCE_DIR STREQUAL racekit_SOURCE_DIR)
    set(command scripts/racekit)
    if(CMAKE_BINARY_DIR STREQUAL "${CMAKE_SOURCE_DIR}/build")
      set(${result} ${command} PARENT_SCOPE)
      return()
    endif()
  elseif(racekit_SOURCE_DIR)
    set(command ${racekit_SOURCE_DIR}/scripts/racekit)
  else()
    set(command ${RACEKIT_PROGRAM})
    cmake_path(GET command PARENT_PATH folder)
    string(REPLACE ":" ";" folders "$ENV{PATH}")
    if(folder IN_LIST folders)
      set(command racekit)
    endif()
  endif()
  set(words "")
  foreach(word IN ITEMS ${command} --build ${CMAKE_BINARY_DIR})
    if(NOT word MATCHES "^[-A-Za-z0-9_./=+:,@%]+$")
      string(REPLACE "'" "'\\''" word "${word}")
      set(word "'${word}'")
    endif()
    string(APPEND words " ${word}")
  endforeach()
  string(STRIP "${words}" words)
  set(${result} "${words}" PARENT_SCOPE)
endfunction()

# racekit_add_scenario(<file>.cpp [FAMILY <family>] [LINK <target>...] [LABELS <label>...]
#   [WITHOUT <flavour>...] [SEED <number>] [TIMEOUT <seconds>] [PROCESSORS <number>] [UNMODIFIED])
# One program per flavour (native, tsan, model) and one test per (variant, detector), labelled race,
# the family, the variant and the detector.
#   FAMILY      the folder's name unless given
#   LINK        targets that the scenario needs
#   LABELS      more labels for its tests
#   WITHOUT     flavours in which the file does not compile; their detectors must be absent in it
#   SEED        of every run
#   TIMEOUT     seconds after which ctest ends a test (default 300); the detectors have watchdogs of
#               their own, long before
#   PROCESSORS  that one test keeps busy
#   UNMODIFIED  the test body uses std::mutex, std::atomic, plain variables, ... and not the names of
#               racekit/platform.hpp; libraries of this project in LINK are compiled again for each flavour
function(racekit_add_scenario source)
  cmake_parse_arguments(PARSE_ARGV 1 arg "UNMODIFIED" "FAMILY;SEED;TIMEOUT;PROCESSORS" "LINK;LABELS;WITHOUT")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "racekit_add_scenario(${source}): unknown argument '${arg_UNPARSED_ARGUMENTS}': it takes FAMILY, LINK, LABELS, WITHOUT, SEED, TIMEOUT, PROCESSORS and UNMODIFIED")
  endif()
  if(arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "racekit_add_scenario(${source}): no value after ${arg_KEYWORDS_MISSING_VALUES}")
  endif()
  foreach(option IN ITEMS SEED TIMEOUT PROCESSORS)
    if(DEFINED arg_${option} AND NOT arg_${option} MATCHES "^[0-9]+$")
      message(FATAL_ERROR "racekit_add_scenario(${source}): ${option} is a whole number, not '${arg_${option}}'")
    endif()
  endforeach()
  foreach(flavour IN LISTS arg_WITHOUT)
    if(NOT flavour MATCHES "^(tsan|model)$")
      message(FATAL_ERROR "racekit_add_scenario(${source}): WITHOUT takes tsan and model, not '${flavour}'")
    endif()
  endforeach()
  cmake_path(ABSOLUTE_PATH source NORMALIZE)
  if(NOT EXISTS ${source})
    message(FATAL_ERROR "racekit_add_scenario: no file ${source}")
  endif()
  cmake_path(GET source STEM scenario)
  if(NOT arg_FAMILY)
    cmake_path(GET source PARENT_PATH folder)
    cmake_path(GET folder FILENAME arg_FAMILY)
  endif()
  if(NOT scenario MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
    message(FATAL_ERROR "racekit_add_scenario(${source}): a scenario has the name of its file, so '${scenario}' must be a name of C++: letters, digits and _")
  endif()
  if(NOT arg_FAMILY MATCHES "^[-A-Za-z0-9_.+]+$")
    message(FATAL_ERROR "racekit_add_scenario(${source}): '${arg_FAMILY}' is no family, which has letters, digits, '_', '.', '+' and '-'; give another one by FAMILY")
  endif()
  if(NOT CMAKE_TESTING_ENABLED)
    message(WARNING "racekit: ${arg_FAMILY}/${scenario} gets no test: call enable_testing() in the top CMakeLists.txt, before racekit_add_scenario()")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()

  set(bin ${PROJECT_BINARY_DIR}/bin)
  racekit_command_line(command)
  set(detectors ${RACEKIT_DETECTORS})
  if(arg_UNMODIFIED)  # the model is in a library then, which has no other detector
    list(FILTER detectors EXCLUDE REGEX "^.*:model$")
    list(APPEND detectors model:model)
  endif()
  list(TRANSFORM detectors REPLACE ":.*" "" OUTPUT_VARIABLE names)
  list(JOIN names "," names)
  foreach(flavour IN ITEMS native tsan model)
    set(target ${arg_FAMILY}.${scenario}.${flavour})
    if(flavour IN_LIST arg_WITHOUT)
      continue()
    endif()
    set_property(GLOBAL APPEND PROPERTY RACEKIT_PROGRAMS
      "{\"scenario\": \"${arg_FAMILY}/${scenario}\", \"flavour\": \"${flavour}\", \"path\": \"${bin}/${target}\", \"source\": \"${source}\", \"seed\": \"${arg_SEED}\"}")
    if(TARGET racekit_${flavour}_kit)
      add_executable(${target} ${source})
      if(arg_UNMODIFIED)
        _racekit_link_unmodified(${target} ${flavour} "${arg_LINK}")
      else()
        target_link_libraries(${target} PRIVATE racekit_${flavour}_kit racekit_${flavour}_runner
          racekit_${flavour}_detectors ${arg_LINK})
        if(COMMAND racekit_precompile)  # in racekit's own build
          racekit_precompile(${target} ${flavour})
        endif()
      endif()
      target_compile_definitions(${target} PRIVATE RACEKIT_FAMILY="${arg_FAMILY}"
        RACEKIT_FILE_STEM="${scenario}" "RACEKIT_COMMAND=\"${command}\""
        RACEKIT_DETECTOR_NAMES="${names}")
      set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${bin})
    endif()
  endforeach()

  set(properties TIMEOUT ${arg_TIMEOUT})
  if(arg_PROCESSORS)
    list(APPEND properties PROCESSORS ${arg_PROCESSORS})
  endif()
  set(options "")
  if(DEFINED arg_SEED)
    set(options --seed ${arg_SEED})
  endif()
  _racekit_write_discovery(${arg_FAMILY} ${scenario})
endfunction()

# Leaves the file that ctest includes: it asks the scenario's native program, which every build has,
# for the runs of the detectors that racekit has, and those of other flavours for the runs of the
# project's own detectors.
function(_racekit_write_discovery family scenario)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/racekit_tests)
  set(file ${folder}/${family}.${scenario}.cmake)
  file(CONFIGURE OUTPUT ${file} @ONLY CONTENT [[
set(racekit_id "@family@.@scenario@")
set(racekit_source [=[@source@]=])
set(racekit_bin [=[@bin@]=])
set(racekit_build [=[@CMAKE_BINARY_DIR@]=])
set(racekit_verdicts [=[@PROJECT_BINARY_DIR@/verdicts]=])
set(racekit_answer [=[@folder@/@family@.@scenario@.tests.cmake]=])
set(racekit_detectors "@detectors@")
set(racekit_without "@arg_WITHOUT@")
set(racekit_tsan_missing [=[@RACEKIT_TSAN_MISSING@]=])
set(racekit_labels "race;@family@")
set(racekit_more_labels "@arg_LABELS@")
set(racekit_properties "@properties@")
set(racekit_options "@options@")
set(racekit_cmake [=[@CMAKE_COMMAND@]=])
include([=[@CMAKE_CURRENT_FUNCTION_LIST_DIR@/racekit_discover.cmake]=])
]])
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${file})
endfunction()
