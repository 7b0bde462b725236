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
  foreach(each IN LISTS racekit_detectors)
    if(each MATCHES "^${detector}:(.*)$")
      set(flavour ${CMAKE_MATCH_1})
    endif()
  endforeach()
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

function(_racekit_ask)
  set(script "")
  execute_process(COMMAND ${_racekit_native} --runs OUTPUT_VARIABLE runs ERROR_VARIABLE errors
    RESULT_VARIABLE code TIMEOUT 60)
  string(REGEX REPLACE "\n$" "" runs "${runs}")
  string(REPLACE ";" "\\;" runs "${runs}")
  string(REPLACE "\n" ";" runs "${runs}")
  set(wrong "")
  foreach(run IN LISTS runs)
    if(run MATCHES "^error (.*)$")
      string(APPEND wrong "${CMAKE_MATCH_1} ")
    elseif(run MATCHES "^[^ ]+ (racy|fixed) [a-z]+$")
      string(REPLACE " " ";" words "${run}")
      _racekit_write_run(script "${words}")
    else()
      string(APPEND wrong "${racekit_id}.native printed '${run}' for --runs: take output out of the constructors of global objects. ")
    endif()
  endforeach()
  if(NOT code EQUAL 0 OR (NOT script AND NOT wrong))
    string(APPEND wrong "${_racekit_native} --runs named no run (it ended with '${code}') ${errors}")
  endif()
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
