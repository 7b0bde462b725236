// SPDX-License-Identifier: MIT
// The program under test: what it consists of, and how one execution of it begins and ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace racekit::unmodified {

/// The parts of the process that are the program's: the executable, and each library that was
/// compiled for the kit.
struct module {
    std::string path;
    std::uintptr_t base = 0;
    std::span<unsigned char const> code;
    std::span<unsigned char> variables;  ///< writable, without what the linker protects
    std::vector<std::string> needed;     ///< functions of other modules that it calls
    bool is_executable = false;
};
[[nodiscard]] std::vector<module> const& modules();

/// The module that holds an address of code; null: it is not the program's.
[[nodiscard]] module const* module_with_code(std::uintptr_t address);
/// Whether it lies in a variable of static storage duration of the program.
[[nodiscard]] bool is_variable(void const* address);

/// Whether it lies in a variable of a library that is not compiled for the kit, or in one of the
/// standard streams: what threads do there is guarded by calls that the model does not see.
[[nodiscard]] bool is_of_libraries(void const* address);

/// Keeps the contents of all variables. To be called before the program runs.
void keep_variables();
/// Gives them back what they held.
void restore_variables();

/// Runs the constructors of the executable's static objects, then main(), then what exit() calls.
void run_program();
/// The process ends here, as by exit(), quick_exit() or _exit(). Does not return.
[[noreturn]] void end_process(int code, bool with_handlers);
/// A function for the end of the process. Does nothing outside an execution: false.
bool call_at_exit(void (*function)(void*), void* argument);

/// A new execution: the program is as it was before it ran.
void begin_execution();

}  // namespace racekit::unmodified
