// SPDX-License-Identifier: MIT
// Takes over main() of a program that is run as it is, with real threads: the linker gives the
// C library this main() (--wrap=main), and the rounds of the detector call the program's.
#include "harness/program_round.hpp"
#include "harness/program_rounds.hpp"
#include "runner/program_words.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

/// None in a program of scenarios, whose main() is the runner's.
extern "C" [[gnu::weak]] int __real_main(int count, char** words, char** environment);

namespace racekit {
namespace {

#if defined(RACEKIT_FLAVOUR_TSAN)
constexpr char own_detector[] = "tsan";
constexpr int own_threads = 2;  // this one, and one of TSan's runtime, which may not run yet
#else
constexpr char own_detector[] = "stress";
constexpr int own_threads = 1;
#endif

runner::program_words const* started = nullptr;
char** environment_of_program = nullptr;

/// One execution of the program, in a process of its own.
class whole_program final : public test_instance {
public:
    void before() override {}
    void act(int) override {
        auto** const words = const_cast<char**>(started->own.data());
        std::exit(__real_main(started->own_count(), words, environment_of_program));
    }
    void after() override {}
    std::string outcome() override { return ""; }
};

}  // namespace
}  // namespace racekit

extern "C" int __wrap_main(int count, char** words, char** environment) {
    using namespace racekit;
    static runner::program_words const all(count, words, 0);
    started = &all;
    environment_of_program = environment;
    threads_before_main = std::max(0, count_of_threads() - own_threads);
    instance_maker const maker{
        sizeof(whole_program), alignof(whole_program),
        [](void* place) -> test_instance* { return ::new (place) whole_program(); }};
    return runner::run_program(all, runner::description_of(all, maker), own_detector);
}
