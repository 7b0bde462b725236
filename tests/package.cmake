# SPDX-License-Identifier: MIT
# racekit as an outside project uses it: installed and found, and added as a subdirectory.
foreach(way IN ITEMS find_package add_subdirectory)
  add_test(NAME package.${way} COMMAND ${CMAKE_COMMAND}
    -DWAY=${way}
    -DRACEKIT_SOURCE_DIR=${PROJECT_SOURCE_DIR}
    -DRACEKIT_BUILD_DIR=${PROJECT_BINARY_DIR}
    -DWORK_DIR=${CMAKE_CURRENT_BINARY_DIR}/package/${way}
    -DCOMPILER=${CMAKE_CXX_COMPILER}
    -DGENERATOR=${CMAKE_GENERATOR}
    -DRELACY_DIR=${RACEKIT_RELACY_DIR}
    -DTSAN_MISSING=${RACEKIT_TSAN_MISSING}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/package/check.cmake)
  set_tests_properties(package.${way} PROPERTIES LABELS package TIMEOUT 1800 PROCESSORS 2)
endforeach()
