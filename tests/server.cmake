# SPDX-License-Identifier: MIT
# Server processes over sockets: what they do, and what strangers, floods, slow clients, deaths and a
# lack of descriptors do to them. Short forms of each here; longer ones by the target server_nightly.
if(NOT TARGET racekit_server)
  return()
endif()
foreach(part IN ITEMS event_server handshake server_limits)
  racekit_process_test(unit.${part} unit/server/${part}_test.cpp racekit_native_settings racekit_server)
  set_tests_properties(unit.${part} PROPERTIES LABELS "unit;process;server")
endforeach()
racekit_process_test(server.faults server/faults_test.cpp racekit_native_settings racekit_server)
set_tests_properties(server.faults PROPERTIES LABELS "unit;process;server" RUN_SERIAL TRUE)
add_custom_target(server_nightly COMMAND ${CMAKE_COMMAND} -E env RACEKIT_SERVER_SCALE=10
  $<TARGET_FILE:server.faults> USES_TERMINAL VERBATIM)

# The program, as a person uses it.
find_program(RACEKIT_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
add_test(NAME server.program COMMAND ${RACEKIT_PYTHON} -B
  ${CMAKE_CURRENT_SOURCE_DIR}/server/program_test.py $<TARGET_FILE:racekit-server>)
set_tests_properties(server.program PROPERTIES LABELS "unit;server" TIMEOUT 300)
