# SPDX-License-Identifier: MIT
# The installed package: headers, the detectors compiled by this build's compiler and as sources for
# another one, the functions that build them, and the command line.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(_racekit_share ${CMAKE_INSTALL_DATADIR}/racekit)
set(_racekit_cmake ${CMAKE_INSTALL_DATADIR}/cmake/racekit)
set(_racekit_scripts ${CMAKE_CURRENT_LIST_DIR}/..)

install(DIRECTORY primitives/racekit sanitizers/racekit DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
install(DIRECTORY sanitizers/ DESTINATION ${_racekit_share}/sanitizers
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*.cpp" PATTERN "*.map" PATTERN "racekit" EXCLUDE)

install(PROGRAMS ${_racekit_scripts}/racekit DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${_racekit_scripts}/racekit_cli DESTINATION ${_racekit_share}
  FILES_MATCHING PATTERN "*.py" PATTERN "*.css" PATTERN "*.js")

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/racekitConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/racekitConfig.cmake
  INSTALL_DESTINATION ${_racekit_cmake}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_BINDIR CMAKE_INSTALL_LIBDIR _racekit_share)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/racekitConfigVersion.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/racekitConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/racekitConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/racekit_flavours.cmake
  ${CMAKE_CURRENT_LIST_DIR}/racekit_describe.cmake
  ${CMAKE_CURRENT_LIST_DIR}/racekit_discover.cmake
  ${CMAKE_CURRENT_LIST_DIR}/racekit_prebuilt.cmake
  ${CMAKE_CURRENT_LIST_DIR}/racekit_program.cmake
  ${CMAKE_CURRENT_LIST_DIR}/racekit_red.cmake
  ${CMAKE_CURRENT_LIST_DIR}/racekit_scenario.cmake
  ${CMAKE_CURRENT_LIST_DIR}/racekit_server.cmake
  DESTINATION ${_racekit_cmake})

# One relocatable object for each part of a flavour: what it holds is all linked, as from an object
# library.
if(PROJECT_IS_TOP_LEVEL)
  racekit_prebuilt_key(key)
  set(_racekit_prebuilt ${CMAKE_BINARY_DIR}/prebuilt)
  set(objects "")
  foreach(flavour IN ITEMS native tsan model)
    foreach(part IN ITEMS kit runner program)
      if(TARGET racekit_${flavour}_${part})
        set(object ${_racekit_prebuilt}/racekit_${flavour}_${part}.o)
        set(parts $<TARGET_OBJECTS:racekit_${flavour}_${part}>)
        add_custom_command(OUTPUT ${object} COMMAND ${CMAKE_LINKER} -r -o ${object} ${parts}
          DEPENDS ${parts} COMMAND_EXPAND_LISTS VERBATIM)
        list(APPEND objects ${object})
      endif()
    endforeach()
  endforeach()
  if(TARGET racekit_unmodified)
    list(APPEND objects $<TARGET_FILE:racekit_unmodified>)
  endif()
  add_custom_target(racekit_prebuilt ALL DEPENDS ${objects})
  # Not there, the package compiles its sources in the user's build.
  install(FILES ${objects} DESTINATION ${CMAKE_INSTALL_LIBDIR}/racekit/${key} OPTIONAL)
endif()
