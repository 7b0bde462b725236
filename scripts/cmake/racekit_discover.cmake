# SPDX-License-Identifier: MIT
# Included by ctest for each scenario, with the variables that racekit_scenario.cmake sets: adds the
# tests that the scenario's native program names. Its answer is kept until the program, or what was
# configured, is newer.
#
# A program that is not built, that cannot answer, or whose scenario could not be enrolled is one red
# test of its own: the tests of the others stay.
cmake_policy(PUSH)
cmake_policy(VERSION 3.25)  # ctest itself sets none
set(_racekit_native ${racekit_bin}/${racekit_id}.native)

string(REPLACE ";" " " racekit_properties "${racekit_properties}")
if(racekit_more_labels)
  set(racekit_more_labels ";${racekit_more_labels}")
endif()

function(_racekit_write_red into kind why)
  string(REPLACE "\n" " " why "${why}")
  string(APPEND ${into} "add_test([=[${racekit_id}.${kind}]=] [=[${racekit_cmake}]=] -D [==[WHY=${why}]==] -P [=[${CMAKE_CURRENT_FUNCTION_LIST_DIR}/racekit_red.cmake]=])\n"
    "set_tests_properties([=[${racekit_id}.${kind}]=] PROPERTIES LABELS [=[${racekit_labels}${racekit_more_labels}]=])\n")
  set(${into} "${${into}}" PARENT_SCOPE)
endfunction()

# One run, as `family.scenario variant detector`.
function(_racekit_write_run into words)
  list(GET words 0 id)
  list(GET words 1 variant)
  list(GET words 2 detector)
  set(test ${id}.${variant}.${detector})
  set(labels "${racekit_labels};${variant};${detector}${racekit_more_labels}")
  _racekit_flavour_of(${detector} flavour)
  if(NOT flavour)
    _racekit_write_red(${into} ${variant}.${detector} "the program has a detector ${detector} that the build does not name: add it with racekit_add_detector(${detector} ...)")
    set(${into} "${${into}}" PARENT_SCOPE)
    return()
  endif()
  if(flavour IN_LIST racekit_without)
    _racekit_write_red(${into} ${variant}.${detector} "${racekit_source} promises what ${detector} sees, but is built WITHOUT ${flavour}: state .${detector} = racekit::absent(\"why\"), or take WITHOUT out of racekit_add_scenario()")
    set(${into} "${${into}}" PARENT_SCOPE)
    return()
  endif()
  if(flavour STREQUAL "tsan" AND racekit_tsan_missing)
    string(APPEND ${into} "add_test([=[${test}]=] [=[${racekit_cmake}]=] -E echo [=[SKIPPED: ${racekit_tsan_missing}]=])\n"
      "set_tests_properties([=[${test}]=] PROPERTIES SKIP_REGULAR_EXPRESSION SKIPPED LABELS [=[${labels}]=])\n")
  else()
    string(APPEND ${into} "add_test([=[${test}]=] [=[${racekit_bin}/${racekit_id}.${flavour}]=] --variant ${variant} --detector ${detector} --json [=[${racekit_verdicts}/${test}.json]=] ${racekit_options})\n"
      "set_tests_properties([=[${test}]=] PROPERTIES SKIP_RETURN_CODE 77 LABELS [=[${labels}]=] ${racekit_properties})\n")
  endif()
  set(${into} "${${into}}" PARENT_SCOPE)
endfunction()

# The flavour of a detector.
function(_racekit_flavour_of detector result)
  set(${result} "" PARENT_SCOPE)
  foreach(each IN LISTS racekit_detectors)
    if(each MATCHES "^${detector}:(.*)$")
      set(${result} ${CMAKE_MATCH_1} PARENT_SCOPE)
    endif()
  endforeach()
endfunction()

# Asks one program for its runs. The native one names those of all detectors but the project's own in
# other flavours, so of another one only the runs count that were not named yet.
macro(_racekit_ask_program flavour)
  set(program ${racekit_bin}/${racekit_id}.${flavour})
  execute_process(COMMAND ${program} --runs OUTPUT_VARIABLE runs ERROR_VARIABLE errors
    RESULT_VARIABLE code TIMEOUT 60)
  string(REGEX REPLACE "\n$" "" runs "${runs}")
  string(REPLACE ";" "\\;" runs "${runs}")
  string(REPLACE "\n" ";" runs "${runs}")
  foreach(run IN LISTS runs)
    if(run MATCHES "^error (.*)$")
      string(APPEND wrong "${CMAKE_MATCH_1} ")
    elseif(run MATCHES "^detector ([a-z_]+)$")
      list(APPEND entered ${CMAKE_MATCH_1}:${flavour})
    elseif(run MATCHES "^[^ ]+ (racy|fixed) [a-z_]+$")
      if(NOT run IN_LIST asked)
        list(APPEND asked "${run}")
        string(REPLACE " " ";" words "${run}")
        _racekit_write_run(script "${words}")
      endif()
    else()
      string(APPEND wrong "${racekit_id}.${flavour} printed '${run}' for --runs: take output out of the constructors of global objects. ")
    endif()
  endforeach()
  if(NOT code EQUAL 0 OR (NOT script AND NOT wrong))
    string(APPEND wrong "${program} --runs named no run (it ended with '${code}') ${errors}")
  endif()
endmacro()

# The flavours, native first, that a program must be asked of.
function(_racekit_flavours result)
  set(all native)
  foreach(each IN LISTS racekit_detectors)
    if(each MATCHES "^(.*):(.*)$" AND NOT CMAKE_MATCH_1 MATCHES "^(stress|process|tsan|model)$"
        AND NOT CMAKE_MATCH_2 IN_LIST all AND NOT CMAKE_MATCH_2 IN_LIST racekit_without
        AND NOT (CMAKE_MATCH_2 STREQUAL "tsan" AND racekit_tsan_missing))
      list(APPEND all ${CMAKE_MATCH_2})
    endif()
  endforeach()
  set(${result} ${all} PARENT_SCOPE)
endfunction()

function(_racekit_ask)
  set(script "")
  set(wrong "")
  set(asked "")
  set(entered "")
  _racekit_flavours(flavours)
  foreach(flavour IN LISTS flavours)
    _racekit_ask_program(${flavour})
  endforeach()
  foreach(each IN LISTS racekit_detectors)
    string(REGEX REPLACE "^.*:" "" flavour ${each})
    if(flavour IN_LIST flavours AND NOT each IN_LIST entered AND NOT wrong)
      string(APPEND wrong "the build names the detector ${each}, but ${racekit_id}.${flavour} does not have it: define a racekit::entered_detector of that name in its sources. ")
    endif()
  endforeach()
  if(wrong)
    _racekit_write_red(script enrolment "${wrong}")
  endif()
  file(WRITE ${racekit_answer} "${script}")
endfunction()

if(NOT EXISTS ${_racekit_native})
  set(_racekit_script "")
  _racekit_write_red(_racekit_script not_built "${racekit_id} is not built: cmake --build ${racekit_build} --target ${racekit_id}.native")
  file(WRITE ${racekit_answer} "${_racekit_script}")
elseif(NOT EXISTS ${racekit_answer} OR ${_racekit_native} IS_NEWER_THAN ${racekit_answer}
    OR ${CMAKE_CURRENT_LIST_FILE} IS_NEWER_THAN ${racekit_answer}
    OR ${CMAKE_CURRENT_LIST_DIR}/${racekit_id}.cmake IS_NEWER_THAN ${racekit_answer})
  _racekit_ask()
endif()
include(${racekit_answer})
cmake_policy(POP)
