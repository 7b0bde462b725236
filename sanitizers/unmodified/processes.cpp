// SPDX-License-Identifier: MIT
// Functions that make processes. A copy of this process would be another explorer, in the middle of
// an execution: the model refuses to make one. Another program is run, and the verdict names the
// call.
#include "next_function.hpp"
#include "refusal.hpp"
#include "unseen.hpp"
#include "watch.hpp"

#include <cstdio>
#include <cstdlib>
#include <spawn.h>
#include <string>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace racekit::unmodified;

namespace racekit::unmodified {

void refuse_copy(std::string const& call) {
    if (in_program())
        refuse("the program calls " + call +
               ", and the model explores one process: explore what the processes share by threads, "
               "or as a scenario with `processes`");
}

}  // namespace racekit::unmodified

#define RACEKIT_NOTED(function)                                \
    if (in_program()) note_unseen("calls of " #function "()"); \
    RACEKIT_NEXT(function)

extern "C" {

pid_t fork() noexcept {
    refuse_copy("fork()");
    RACEKIT_NEXT(fork)();
}
/// The kit's own libraries may call it. It cannot be called for another function: they get fork().
pid_t vfork() noexcept {
    refuse_copy("vfork()");
    RACEKIT_NEXT(fork)();
}
pid_t _Fork() noexcept {
    refuse_copy("_Fork()");
    RACEKIT_NEXT(_Fork)();
}

int posix_spawn(pid_t* number, char const* path, posix_spawn_file_actions_t const* actions,
                posix_spawnattr_t const* how, char* const* words, char* const* environment) {
    RACEKIT_NOTED(posix_spawn)(number, path, actions, how, words, environment);
}
int posix_spawnp(pid_t* number, char const* name, posix_spawn_file_actions_t const* actions,
                 posix_spawnattr_t const* how, char* const* words, char* const* environment) {
    RACEKIT_NOTED(posix_spawnp)(number, name, actions, how, words, environment);
}
int system(char const* command) { RACEKIT_NOTED(system)(command); }
FILE* popen(char const* command, char const* how) { RACEKIT_NOTED(popen)(command, how); }
pid_t wait(int* status) { RACEKIT_NOTED(wait)(status); }
pid_t waitpid(pid_t which, int* status, int how) { RACEKIT_NOTED(waitpid)(which, status, how); }

}  // extern "C"
