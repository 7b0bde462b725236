// SPDX-License-Identifier: MIT
#include "signals.hpp"

#include "next_function.hpp"
#include "pending_signals.hpp"
#include "places.hpp"
#include "thread_storage.hpp"
#include "unseen.hpp"
#include "watch.hpp"

#include "model/core/execution.hpp"
#include "model/runtime/heap.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <typeinfo>
#include <cxxabi.h>

namespace racekit::unmodified {
namespace {

constexpr int most_signals = 65;
using handler = void (*)(int);
std::array<struct sigaction, most_signals> handlers;
bool any_handlers = false;  ///< an execution has set one: to forget all takes time

[[noreturn]] void broken(char const* kind, std::string what) {
    model::heap::outside const out;
    site const here = program_place();
    model::active().broken(
        {kind, model::no_object, std::move(what), {{"here", here.file, here.line, false}}});
}

bool is_signal(int number) { return number >= 1 && number < most_signals; }

std::string thread_words() { return "thread " + std::to_string(model::memory::current); }

}  // namespace

int deliver_signal(int signal) {
    if (!is_signal(signal)) {
        errno = EINVAL;
        return -1;
    }
    struct sigaction const& known = handlers[static_cast<std::size_t>(signal)];
    if (known.sa_handler == SIG_IGN) return 0;
    if (known.sa_handler == SIG_DFL) {
        if (signal == SIGCHLD || signal == SIGURG || signal == SIGWINCH) return 0;
        model::heap::outside const out;
        broken("crash",
               thread_words() + " raises " + ::sigdescr_np(signal) + ", which has no handler");
    }
    struct sigaction const now = known;
    if ((now.sa_flags & SA_RESETHAND) != 0)
        handlers[static_cast<std::size_t>(signal)].sa_handler = SIG_DFL;
    blocked_in_handler const blocked(signal, (now.sa_flags & SA_NODEFER) == 0);
    if ((now.sa_flags & SA_SIGINFO) != 0) {
        siginfo_t about{};
        about.si_signo = signal;
        now.sa_sigaction(signal, &about, nullptr);
    } else {
        now.sa_handler(signal);
    }
    return 0;
}

namespace {

/// Why std::terminate() was called, for it ends here.
[[noreturn]] void aborted() {
    model::heap::outside const out;
    if (std::type_info const* const type = abi::__cxa_current_exception_type(); type != nullptr) {
        int wrong = 0;
        char* const name = abi::__cxa_demangle(type->name(), nullptr, nullptr, &wrong);
        std::string what = thread_words() + " ends by an exception of type " +
                           (name != nullptr ? name : type->name());
        std::free(name);
        broken("uncaught exception", std::move(what));
    }
    if (is_called_by("std::thread::~thread") || is_called_by("std::thread::operator="))
        broken("thread leak", thread_words() +
                                  " ends the object of a thread that was neither joined nor "
                                  "detached: std::terminate");
    broken("crash", thread_words() + " calls abort()");
}

}  // namespace

void forget_handlers() {
    if (any_handlers) handlers.fill({});
    any_handlers = false;
}

}  // namespace racekit::unmodified

using namespace racekit;
using namespace racekit::unmodified;

extern "C" {

int raise(int signal) noexcept {
    if (!in_program()) RACEKIT_NEXT(raise)(signal);
    if (is_signal(signal) && keeps_signal(model::memory::current, signal)) return 0;
    return deliver_signal(signal);
}
int pthread_kill(pthread_t thread, int signal) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_kill)(thread, signal);
    int const number = thread_numbered(thread);
    if (number < 0) return ESRCH;
    if (signal == 0) return 0;
    if (!is_signal(signal)) return EINVAL;
    return keeps_signal(number, signal) ? 0 : deliver_signal(signal);
}
void abort() noexcept {
    static decltype(&::abort) next = nullptr;
    if (next == nullptr) next = reinterpret_cast<decltype(&::abort)>(next_function("abort"));
    if (!in_program()) {
        next();
        __builtin_unreachable();
    }
    if (handlers[SIGABRT].sa_handler != SIG_DFL) (void)deliver_signal(SIGABRT);
    aborted();
}
sighandler_t signal(int number, sighandler_t function) noexcept {
    if (!in_program()) RACEKIT_NEXT(signal)(number, function);
    if (!is_signal(number)) return SIG_ERR;
    struct sigaction& known = handlers[static_cast<std::size_t>(number)];
    sighandler_t const before = known.sa_handler;
    known = {};
    known.sa_handler = function;
    any_handlers = true;
    return before;
}
int sigaction(int number, struct sigaction const* wanted, struct sigaction* before) noexcept {
    if (!in_program()) RACEKIT_NEXT(sigaction)(number, wanted, before);
    if (!is_signal(number)) {
        errno = EINVAL;
        return -1;
    }
    struct sigaction& known = handlers[static_cast<std::size_t>(number)];
    if (before != nullptr) *before = known;
    if (wanted == nullptr) return 0;
    known = *wanted;
    any_handlers = true;
    return 0;
}

}  // extern "C"
