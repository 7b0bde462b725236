// SPDX-License-Identifier: MIT
#include "program.hpp"

#include "hidden_state.hpp"
#include "mappings.hpp"
#include "objects.hpp"
#include "pending_signals.hpp"
#include "plain_steps.hpp"
#include "pthreads.hpp"
#include "random.hpp"
#include "refusal.hpp"
#include "shadow.hpp"
#include "signals.hpp"
#include "start.hpp"
#include "watch.hpp"

#include "model/core/execution.hpp"
#include "model/runtime/heap.hpp"
#include "model/runtime/thread_locals.hpp"

#include <cstdlib>
#include <link.h>

namespace racekit::unmodified {
namespace {

struct handler {
    void (*function)(void*);
    void* argument;
};
std::vector<handler> at_exit;

/// The functions by which the executable's static objects are constructed, and destroyed where C
/// asks for it.
struct start_and_end {
    using function = void (*)(int, char**, char**);
    std::span<function const> before;
    std::span<function const> init;
    std::span<function const> fini;

    start_and_end() {
        ::dl_iterate_phdr(
            [](dl_phdr_info* about, std::size_t, void* into) {
                static_cast<start_and_end*>(into)->read(*about);
                return 1;  // the executable comes first
            },
            this);
    }

private:
    void read(dl_phdr_info const& about) {
        ElfW(Dyn) const* entry = nullptr;
        for (int at = 0; at < about.dlpi_phnum; ++at) {
            if (about.dlpi_phdr[at].p_type == PT_DYNAMIC)
                entry = reinterpret_cast<ElfW(Dyn) const*>(about.dlpi_addr +
                                                           about.dlpi_phdr[at].p_vaddr);
        }
        function const* at[3] = {};
        std::size_t size[3] = {};
        for (; entry != nullptr && entry->d_tag != DT_NULL; ++entry) {
            auto const* const where =
                reinterpret_cast<function const*>(about.dlpi_addr + entry->d_un.d_ptr);
            switch (entry->d_tag) {
                case DT_PREINIT_ARRAY: at[0] = where; break;
                case DT_PREINIT_ARRAYSZ: size[0] = entry->d_un.d_val; break;
                case DT_INIT_ARRAY: at[1] = where; break;
                case DT_INIT_ARRAYSZ: size[1] = entry->d_un.d_val; break;
                case DT_FINI_ARRAY: at[2] = where; break;
                case DT_FINI_ARRAYSZ: size[2] = entry->d_un.d_val; break;
                default: break;
            }
        }
        before = {at[0], size[0] / sizeof(function)};
        init = {at[1], size[1] / sizeof(function)};
        fini = {at[2], size[2] / sizeof(function)};
    }
};

start_and_end const& functions() {
    static start_and_end const all;
    return all;
}

void run_handlers() {
    while (!at_exit.empty()) {
        handler const last = at_exit.back();
        at_exit.pop_back();
        last.function(last.argument);
    }
    for (std::size_t at = functions().fini.size(); at > 0; --at)
        reinterpret_cast<void (*)()>(functions().fini[at - 1])();
}

[[noreturn]] void failed(int code) {
    model::heap::outside const out;
    model::error what;
    what.kind = "failed check";
    what.consequence = "the program ends with exit code " + std::to_string(code);
    model::active().broken(std::move(what));
}

}  // namespace

void begin_threads() {
    if (has_threads) return;
    has_threads = true;
    model::active().no_longer_alone();
}

bool call_at_exit(void (*function)(void*), void* argument) {
    if (!in_program()) return false;
    model::heap::outside const out;
    at_exit.push_back({function, argument});
    return true;
}

void begin_execution() {
    has_threads = false;
    at_exit.clear();
    forget_objects();
    forget_counters();
    shadow::begin();
    mappings::forget();
    begin_plain_steps();
    forget_threads();
    forget_handlers();
    forget_pending_signals();
    forget_random_numbers();
    restore_hidden_state();
    restore_variables();
}

void run_program() {
    started_program const& program = the_program();
    auto const call = [&](start_and_end::function each) {
        if (each != nullptr) each(program.count, program.words, program.environment);
    };
    for (auto const each : functions().before) call(each);
    for (auto const each : functions().init) call(each);
    int code = 0;
    try {
        code = program.main(program.count, program.words, program.environment);
    } catch (thread_exit const&) {
        wait_for_all_threads();
    }
    if (has_threads) shadow::stack_ends(__builtin_frame_address(0));
    model::thread_locals::end_thread(0);
    run_handlers();
    end_other_threads();
    look_at_input();
    if (code != 0) failed(code);
}

void end_process(int code, bool with_handlers) {
    if (the_program().holds_scenarios)
        refuse("the test body ends the process with exit code " + std::to_string(code) +
               ": it must return, so take exit(), _exit() or quick_exit() out of it");
    if (with_handlers) {
        model::thread_locals::end_thread(model::memory::current);
        run_handlers();
    }
    end_other_threads();
    look_at_input();
    if (code != 0) failed(code);
    model::active().leave();
}

}  // namespace racekit::unmodified
