# SPDX-License-Identifier: MIT
# Tells scripts/racekit which programs this build has, and which it cannot have and why.
include_guard(GLOBAL)

# A list as JSON has it.
function(_racekit_json_list words result)
  set(all "")
  foreach(each IN LISTS words)
    string(REPLACE "\\" "\\\\" each "${each}")
    string(REPLACE "\"" "\\\"" each "${each}")
    list(APPEND all "\"${each}\"")
  endforeach()
  list(JOIN all ", " all)
  set(${result} "[${all}]" PARENT_SCOPE)
endfunction()

# The programs of racekit_program() for the model, where they lie now.
function(_racekit_describe_targets result)
  get_property(targets GLOBAL PROPERTY RACEKIT_TARGETS)
  set(all "")
  foreach(each IN LISTS targets)
    foreach(property IN ITEMS RUNTIME_OUTPUT_DIRECTORY BINARY_DIR OUTPUT_NAME RACEKIT_OPTIONS RACEKIT_WORDS)
      get_target_property(${property} ${each} ${property})
      if(NOT ${property})
        set(${property} "")
      endif()
    endforeach()
    set(folder "${RUNTIME_OUTPUT_DIRECTORY}")
    if(NOT folder)
      set(folder "${BINARY_DIR}")
    endif()
    set(file ${each})
    if(OUTPUT_NAME)
      set(file ${OUTPUT_NAME})
    endif()
    _racekit_json_list("${RACEKIT_OPTIONS}" options)
    _racekit_json_list("${RACEKIT_WORDS}" words)
    string(REGEX REPLACE "[.]model$" "" name ${each})
    list(APPEND all "{\"name\": \"${name}\", \"path\": \"${folder}/${file}\", \"options\": ${options}, \"words\": ${words}}")
  endforeach()
  list(JOIN all ",\n    " all)
  set(${result} "${all}" PARENT_SCOPE)
endfunction()

# Writes ${CMAKE_BINARY_DIR}/racekit.json when the whole project is configured.
function(racekit_describe_build)
  get_property(programs GLOBAL PROPERTY RACEKIT_PROGRAMS)
  list(JOIN programs ",\n    " programs)
  _racekit_describe_targets(targets)
  set(detectors "")
  foreach(each IN LISTS RACEKIT_DETECTORS)
    string(REGEX REPLACE "^(.*):(.*)$" "{\"name\": \"\\1\", \"flavour\": \"\\2\"}" each ${each})
    list(APPEND detectors ${each})
  endforeach()
  list(JOIN detectors ", " detectors)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  set(flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}}")
  foreach(word IN ITEMS RACEKIT_TSAN_MISSING CMAKE_CXX_COMPILER RACEKIT_RELACY_DIR flags)
    string(REPLACE "\\" "\\\\" ${word} "${${word}}")
    string(REPLACE "\"" "\\\"" ${word} "${${word}}")
  endforeach()
  file(WRITE ${CMAKE_BINARY_DIR}/racekit.json "{
  \"schema_version\": 1,
  \"source\": \"${CMAKE_SOURCE_DIR}\",
  \"compiler\": \"${CMAKE_CXX_COMPILER}\",
  \"compiler_version\": \"${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}\",
  \"build_type\": \"${CMAKE_BUILD_TYPE}\",
  \"flags\": \"${flags}\",
  \"relacy\": \"${RACEKIT_RELACY_DIR}\",
  \"tsan_missing\": \"${RACEKIT_TSAN_MISSING}\",
  \"detectors\": [${detectors}],
  \"programs\": [
    ${programs}
  ],
  \"targets\": [
    ${targets}
  ]
}
")
endfunction()
cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL racekit_describe_build)
