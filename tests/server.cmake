# SPDX-License-Identifier: MIT
# Server processes over sockets: what they do, and what strangers, floods, slow clients, deaths and a
# lack of descriptors do to them. Short forms of each here; longer ones by the target server_nightly.
if(NOT TARGET racekit_server)
  return()
endif()
foreach(part IN ITEMS event_server handshake server_limits sharing_look)
  racekit_process_test(unit.${part} unit/server/${part}_test.cpp racekit_native_settings racekit_server)
  set_tests_properties(unit.${part} PROPERTIES LABELS "unit;process;server")
endforeach()
set(faults "")
foreach(part IN ITEMS strangers attacks deaths)
  racekit_process_test(server.${part} server/${part}_test.cpp racekit_native_settings racekit_server)
  set_tests_properties(server.${part} PROPERTIES LABELS "unit;process;server" RUN_SERIAL TRUE)
  list(APPEND faults COMMAND ${CMAKE_COMMAND} -E env RACEKIT_SERVER_FULL=1 $<TARGET_FILE:server.${part}>)
endforeach()
add_custom_target(server_nightly ${faults} USES_TERMINAL VERBATIM)

# The program, as a person uses it, and what it makes of bad input.
find_program(RACEKIT_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
foreach(part IN ITEMS program bad_input)
  add_test(NAME server.${part} COMMAND ${RACEKIT_PYTHON} -B
    ${CMAKE_CURRENT_SOURCE_DIR}/server/${part}_test.py $<TARGET_FILE:racekit-server>)
  set_tests_properties(server.${part} PROPERTIES LABELS "unit;server" TIMEOUT 300)
endforeach()
add_test(NAME server.readme COMMAND ${RACEKIT_PYTHON} -B
  ${CMAKE_CURRENT_SOURCE_DIR}/server/readme_test.py $<TARGET_FILE:racekit-server> ${CMAKE_CXX_COMPILER})
set_tests_properties(server.readme PROPERTIES LABELS "unit;server" TIMEOUT 300)
