# SPDX-License-Identifier: MIT
# The installed package: headers, the detectors' sources (compiled in the user's build, so that they
# match its compiler, standard library, TSan runtime and Relacy), the functions that build them, and
# the command line.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(_racekit_share ${CMAKE_INSTALL_DATADIR}/racekit)
set(_racekit_cmake ${CMAKE_INSTALL_DATADIR}/cmake/racekit)
set(_racekit_scripts ${CMAKE_CURRENT_LIST_DIR}/..)

install(DIRECTORY primitives/racekit sanitizers/racekit DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.hpp")
install(DIRECTORY sanitizers/ DESTINATION ${_racekit_share}/sanitizers
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*.cpp" PATTERN "racekit" EXCLUDE)

install(PROGRAMS ${_racekit_scripts}/racekit DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${_racekit_scripts}/racekit_cli DESTINATION ${_racekit_share}
  FILES_MATCHING PATTERN "*.py")

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/racekitConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/racekitConfig.cmake
  INSTALL_DESTINATION ${_racekit_cmake}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_BINDIR _racekit_share)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/racekitConfigVersion.cmake
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/racekitConfig.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/racekitConfigVersion.cmake
  ${CMAKE_CURRENT_LIST_DIR}/racekit_flavours.cmake
  ${CMAKE_CURRENT_LIST_DIR}/racekit_describe.cmake
  ${CMAKE_CURRENT_LIST_DIR}/racekit_discover.cmake
  ${CMAKE_CURRENT_LIST_DIR}/racekit_red.cmake
  ${CMAKE_CURRENT_LIST_DIR}/racekit_scenario.cmake
  DESTINATION ${_racekit_cmake})
