// SPDX-License-Identifier: MIT
// The library takes over main(): what the C library would start is what the model explores.
#include "start.hpp"

#include "program.hpp"
#include "pthreads.hpp"
#include "reachable.hpp"
#include "shadow.hpp"
#include "watch.hpp"

#include "model/detector/explore.hpp"
#include "model/detector/model.hpp"
#include "model/runtime/bounds.hpp"
#include "model/runtime/heap.hpp"
#include "runner/options.hpp"
#include "runner/run.hpp"

#include <racekit/detector.hpp>
#include <racekit/enrolment.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/single_threaded.h>
#include <unistd.h>
#include <vector>

namespace racekit::unmodified {
namespace {

/// One execution of the whole program.
class whole_program final : public test_instance {
public:
    void before() override {
        model::heap::outside const out;
        begin_execution();
    }
    void act(int) override { run_program(); }
    void after() override { has_threads = false; }
    std::string outcome() override { return ""; }
};

/// The output of the program, which runs many times, goes nowhere while the model explores.
class mute {
public:
    mute() {
        std::fflush(nullptr);
        for (int at : {0, 1}) kept_[at] = ::dup(at + 1);
        int const nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        for (int at : {0, 1}) ::dup2(nowhere, at + 1);
        ::close(nowhere);
    }
    ~mute() {
        std::fflush(nullptr);
        for (int at : {0, 1}) {
            ::dup2(kept_[at], at + 1);
            ::close(kept_[at]);
        }
    }
    mute(mute const&) = delete;
    mute& operator=(mute const&) = delete;

private:
    int kept_[2];
};

/// What the search is asked to find, if anything is.
finding_kind expected = finding_kind::none;

observation look(scenario const& what, variant which, settings const& how) {
    if (how.show) return model::look(what, which, how);
    mute const silence;
    observation seen = model::look(what, which, how);
    seen.passing.reset();  // a program may fail in every execution
    return seen;
}

entered_detector const entered{{"model", look, true, false}};

std::string name_of(std::string name) {
    name.erase(0, name.find_last_of('/') + 1);
    constexpr std::string_view ending = ".model";
    if (name.ends_with(ending)) name.erase(name.size() - ending.size());
    return name;
}

/// The command line, divided: `program [options of the kit] [-- words of the program]`.
struct command_line_words {
    std::vector<char*> options;
    std::vector<char*> own;
    std::string own_text;  ///< for a replay
    int threads = 16;
    bool names_detector = false;

    command_line_words(int count, char** words) : options{words[0]}, own{words[0]} {
        int at = 1;
        for (; at < count && std::strcmp(words[at], "--") != 0; ++at) read_option(count, words, at);
        for (++at; at < count; ++at) {
            own.push_back(words[at]);
            own_text += (own_text.empty() ? "-- " : " ") + std::string(words[at]);
        }
        own.push_back(nullptr);
    }

private:
    void read_option(int count, char** words, int& at) {
        std::string_view const word = words[at];
        if (word == "--threads" && at + 1 < count) {
            threads = std::atoi(words[++at]);
            if (threads < 1 || threads > model::most_threads)
                runner::complain("--threads takes a number from 1 to " +
                                 std::to_string(model::most_threads));
        } else if (word == "--expect" && at + 1 < count) {
            expected = kind_of(words[++at]);
            if (expected == finding_kind::none)
                runner::complain(std::string("no kind of finding has the word '") + words[at] +
                                 "': see --kinds");
        } else {
            constexpr std::string_view alone[] = {"--detector", "--list", "--runs", "--kinds",
                                                  "--help"};
            for (std::string_view const each : alone) names_detector |= word == each;
            options.push_back(words[at]);
        }
    }
};

scenario description_of(std::string const& path, command_line_words const& words) {
    static std::string const kept_path = path, kept_name = name_of(path),
                             kept_words = words.own_text;
    scenario what;
    what.name = kept_name.c_str();
    what.family = "program";
    what.program = kept_path.c_str();
    what.words = kept_words.c_str();
    what.about.title = "a program as it is";
    what.count = 1;
    what.spawned = words.threads - 1;
    what.starts_alone = true;
    what.fixed = {sizeof(whole_program), alignof(whole_program),
                  [](void* place) -> test_instance* { return ::new (place) whole_program(); }};
    if (expected == finding_kind::none) return what;
    what.racy = what.fixed;
    what.about.model = finds(expected);
    what.about.stress = what.about.tsan = absent("the program runs under the model alone");
    return what;
}

int explore(int count, char** words, char**) {
    static command_line_words all(count, words);
    if (!all.names_detector) {
        char const* const which = expected == finding_kind::none ? "fixed" : "racy";
        for (char const* each : {"--variant", which, "--detector", "model"})
            all.options.push_back(const_cast<char*>(each));
    }
    all.options.push_back(nullptr);
    the_program().count = static_cast<int>(all.own.size() - 1);
    the_program().words = all.own.data();
    enrolled const enrol(description_of(words[0], all));
    prepare_executions();
    keep_variables();
    return runner::run(static_cast<int>(all.options.size() - 1), all.options.data());
}

/// What racekit::explore() does around the function that it explores.
void first() {
    prepare_executions();
    keep_variables();
}
void after_function() {
    wait_for_all_threads();
    has_threads = false;
}
void last() {
    has_threads = false;
    restore_variables();
}
model::around_exploration const around_function{first, begin_execution, after_function, last};

void construct_nothing(int, char**, char**) {}

}  // namespace

void prepare_executions() {
    static model::heap::observer const observer{shadow::block_taken, shadow::block_freed,
                                                is_reachable};
    model::heap::observed_by = &observer;
    __libc_single_threaded = 0;  // or std::shared_ptr would count without atomics
}

started_program& the_program() {
    static started_program program;
    return program;
}

}  // namespace racekit::unmodified

/// Defined by a program that includes <racekit/explore.hpp>.
extern "C" [[gnu::weak]] int racekit_explores;

/// The constructors of the program's static objects are not called here: they run at the beginning
/// of each execution.
extern "C" int __libc_start_main(int (*main)(int, char**, char**), int count, char** words,
                                 void (*init)(int, char**, char**), void (*fini)(),
                                 void (*rtld_fini)(), void* stack_end) {
    using namespace racekit::unmodified;
    using start = int (*)(int (*)(int, char**, char**), int, char**, void (*)(int, char**, char**),
                          void (*)(), void (*)(), void*);
    auto* const next = reinterpret_cast<start>(::dlsym(RTLD_NEXT, "__libc_start_main"));
    if (&racekit_explores != nullptr) {  // a test program that explores parts of itself
        racekit::model::around = &around_function;
        return next(main, count, words, init, fini, rtld_fini, stack_end);
    }
    the_program().main = main;
    the_program().environment = words + count + 1;
    return next(explore, count, words, construct_nothing, fini, rtld_fini, stack_end);
}
