# SPDX-License-Identifier: MIT
# Tells scripts/racekit which programs this build has, and which it cannot have and why.
include_guard(GLOBAL)

# Writes ${CMAKE_BINARY_DIR}/racekit.json when the whole project is configured.
function(racekit_describe_build)
  get_property(programs GLOBAL PROPERTY RACEKIT_PROGRAMS)
  list(JOIN programs ",\n    " programs)
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
  ]
}
")
endfunction()
cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL racekit_describe_build)
