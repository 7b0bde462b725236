// SPDX-License-Identifier: MIT
#include "pending_signals.hpp"

#include "next_function.hpp"
#include "places.hpp"
#include "refusal.hpp"
#include "shadow.hpp"
#include "signals.hpp"
#include "time.hpp"
#include "unseen.hpp"
#include "watch.hpp"

#include "model/core/execution.hpp"
#include "model/objects/framed.hpp"
#include "model/runtime/heap.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <string>
#include <unistd.h>
#include <vector>

namespace racekit::unmodified {
namespace {

using set = unsigned long;  ///< of signals, as the kernel has them: bit n - 1
constexpr int whole_process = -1;

struct pending {
    int thread;  ///< or whole_process
    int signal;
    sigval value;
    model::vector_clock clock;
};
std::vector<pending> waiting;  // the oldest first
std::array<set, model::most_threads> masks;
std::array<set, model::most_threads> awaited;  ///< what a thread waits for in a call
std::uint64_t of_execution = 0;
model::handle object;

set bit(int signal) { return set(1) << (signal - 1); }
bool is_signal(int number) { return number >= 1 && number <= 64; }

set set_of(sigset_t const& from) {
    set made = 0;
    for (int signal = 1; signal <= 64; ++signal)
        if (::sigismember(&from, signal) == 1) made |= bit(signal);
    return made;
}
void write(set from, sigset_t& into) {
    ::sigemptyset(&into);
    for (int signal = 1; signal <= 64; ++signal)
        if ((from & bit(signal)) != 0) ::sigaddset(&into, signal);
}

set& mask_of(int thread) { return masks[static_cast<std::size_t>(thread)]; }
int self() { return model::memory::current; }

/// The lowest number that waits for the thread, of some; waiting.size(): there is none.
std::size_t next_of(int thread, set wanted) {
    std::size_t found = waiting.size();
    for (std::size_t at = 0; at < waiting.size(); ++at) {
        pending const& each = waiting[at];
        bool const is_its = each.thread == thread || each.thread == whole_process;
        if (!is_its || (wanted & bit(each.signal)) == 0) continue;
        if (found == waiting.size() || each.signal < waiting[found].signal) found = at;
    }
    return found;
}

std::string shown(void const*) { return std::to_string(waiting.size()) + " waiting"; }

/// One step at the signals of the process.
void signal_step(model::monitor_operation const& what, model::instant limit) {
    if (of_execution != shadow::execution()) {
        of_execution = shadow::execution();
        object = model::monitor_created(&waiting, "signals", &waiting, shown, program_place());
    }
    (void)model::monitor_step(object, &waiting, what, limit, program_place(),
                              model::calling_frame());
}

struct sending {
    int thread;
    int signal;
    sigval value;
    enum { kept, for_sender, for_another } is = kept;
};

bool is_blocked_by(int thread, int signal) {
    std::size_t const at = static_cast<std::size_t>(thread);
    return ((masks[at] | awaited[at]) & bit(signal)) != 0;
}

/// Who gets the signal, at the step at which it is sent.
bool send(void* context) {
    model::heap::outside const out;
    auto& my = *static_cast<sending*>(context);
    bool is_blocked = true;
    if (my.thread != whole_process) {
        is_blocked = is_blocked_by(my.thread, my.signal);
    } else {
        model::execution& all = model::active();
        for (int thread = 0; thread < all.thread_count(); ++thread) {
            model::thread_state const& each = all.threads[thread];
            if (each.exists && !each.finished && !is_blocked_by(thread, my.signal))
                is_blocked = false;
        }
    }
    bool const sender_may = my.thread == whole_process || my.thread == self();
    if (is_blocked) {
        waiting.push_back({my.thread, my.signal, my.value, {}});
        model::release(waiting.back().clock);
    } else {
        my.is = sender_may && !is_blocked_by(self(), my.signal) ? sending::for_sender
                                                                : sending::for_another;
    }
    return true;
}

bool kept(int thread, int signal, sigval value) {
    sending mine{thread, signal, value};
    signal_step({"send", true, &mine, nullptr, send}, model::never);
    if (mine.is == sending::for_another)
        refuse("thread " + std::to_string(self()) +
               " sends a signal to another thread that does not block it: the model does not "
               "interrupt threads. Block it there, and take it by sigwait()");
    if (mine.is == sending::for_sender && thread == whole_process && has_threads)
        note_unseen("signals to the process, which another thread could handle");
    return mine.is == sending::kept;
}

struct taking {
    set wanted;
    int thread = self();  // asked for while any thread runs
    bool done = false;
    siginfo_t about{};
};

bool can_take(void const* context) {
    auto const& my = *static_cast<taking const*>(context);
    return next_of(my.thread, my.wanted) != waiting.size();
}
bool take(void* context) {
    model::heap::outside const out;
    auto& my = *static_cast<taking*>(context);
    std::size_t const at = next_of(my.thread, my.wanted);
    if (at == waiting.size()) return false;
    model::acquire(waiting[at].clock);
    my.about.si_signo = waiting[at].signal;
    my.about.si_value = waiting[at].value;
    my.about.si_pid = ::getpid();
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(at));
    return my.done = true;
}

/// 0: the time is over.
int wait_for(set wanted, siginfo_t* about, model::instant limit) {
    taking mine{wanted};
    set& known = awaited[static_cast<std::size_t>(self())];
    if (next_of(self(), wanted) == waiting.size()) begin_threads();
    known = wanted;
    // A thread that sends later finds this one waiting.
    signal_step({"sigwait", true, &mine, can_take, take}, limit);
    known = 0;
    if (!mine.done) return 0;
    if (about != nullptr) *about = mine.about;
    return mine.about.si_signo;
}

void deliver_unblocked() {
    for (;;) {
        taking mine{~mask_of(self())};
        if (!can_take(&mine)) return;
        signal_step({"deliver", true, &mine, nullptr, take}, model::never);
        if (mine.done) (void)deliver_signal(mine.about.si_signo);
    }
}

struct masking {
    set next;
};
void change_mask(set next) {
    masking mine{next};
    signal_step({"mask", true, &mine, nullptr,
                 [](void* context) {
                     mask_of(self()) = static_cast<masking*>(context)->next;
                     return true;
                 }},
                model::never);
    deliver_unblocked();
}

int mask_signals(int how, sigset_t const* change, sigset_t* before) {
    set const known = mask_of(self());
    if (before != nullptr) write(known, *before);
    if (change == nullptr) return 0;
    set const given = set_of(*change);
    switch (how) {
        case SIG_BLOCK: change_mask(known | given); return 0;
        case SIG_UNBLOCK: change_mask(known & ~given); return 0;
        case SIG_SETMASK: change_mask(given); return 0;
        default: return EINVAL;
    }
}

/// Waits for a signal that the mask lets through.
int suspend(set mask) {
    set const before = mask_of(self());
    siginfo_t about{};
    (void)wait_for(~mask, &about, model::never);
    mask_of(self()) = mask;
    (void)deliver_signal(about.si_signo);
    change_mask(before);
    errno = EINTR;
    return -1;
}

int send_to_process(int signal, sigval value) {
    if (signal == 0) return 0;
    if (!is_signal(signal)) {
        errno = EINVAL;
        return -1;
    }
    return kept(whole_process, signal, value) ? 0 : deliver_signal(signal);
}

}  // namespace

void forget_pending_signals() {
    waiting.clear();
    masks.fill(0);
    awaited.fill(0);
}

void inherit_signal_mask(int thread) { mask_of(thread) = mask_of(self()); }

bool keeps_signal(int thread, int signal) {
    if (thread == self() && !is_blocked_by(thread, signal)) return false;
    return kept(thread, signal, {});
}

blocked_in_handler::blocked_in_handler(int signal, bool blocks) : before_(mask_of(self())) {
    if (blocks) mask_of(self()) |= bit(signal);
}
blocked_in_handler::~blocked_in_handler() {
    mask_of(self()) = before_;
    if (!waiting.empty()) deliver_unblocked();
}

}  // namespace racekit::unmodified

using namespace racekit;
using namespace racekit::unmodified;

extern "C" {

int pthread_sigmask(int how, sigset_t const* change, sigset_t* before) noexcept {
    if (!in_program()) RACEKIT_NEXT(pthread_sigmask)(how, change, before);
    return mask_signals(how, change, before);
}
int sigprocmask(int how, sigset_t const* change, sigset_t* before) noexcept {
    if (!in_program()) RACEKIT_NEXT(sigprocmask)(how, change, before);
    int const wrong = mask_signals(how, change, before);
    if (wrong == 0) return 0;
    errno = wrong;
    return -1;
}
int sigpending(sigset_t* into) noexcept {
    if (!in_program()) RACEKIT_NEXT(sigpending)(into);
    struct looking {
        set seen = 0;
    } mine;
    signal_step({"sigpending", false, &mine, nullptr,
                 [](void* context) {
                     for (pending const& each : waiting)
                         if (each.thread == self() || each.thread == whole_process)
                             static_cast<looking*>(context)->seen |= bit(each.signal);
                     return true;
                 }},
                model::never);
    write(mine.seen, *into);
    return 0;
}
int sigwait(sigset_t const* wanted, int* signal) {
    if (!in_program()) RACEKIT_NEXT(sigwait)(wanted, signal);
    int const taken = wait_for(set_of(*wanted), nullptr, model::never);
    if (has_threads) shadow::writes(signal, sizeof *signal);
    *signal = taken;
    return 0;
}
int sigwaitinfo(sigset_t const* wanted, siginfo_t* about) {
    if (!in_program()) RACEKIT_NEXT(sigwaitinfo)(wanted, about);
    return wait_for(set_of(*wanted), about, model::never);
}
int sigtimedwait(sigset_t const* wanted, siginfo_t* about, timespec const* span) {
    if (!in_program()) RACEKIT_NEXT(sigtimedwait)(wanted, about, span);
    begin_threads();
    model::instant const limit =
        model::now() + std::chrono::seconds(span->tv_sec) + std::chrono::nanoseconds(span->tv_nsec);
    int const taken = wait_for(set_of(*wanted), about, limit);
    if (taken != 0) return taken;
    errno = EAGAIN;
    return -1;
}
int sigsuspend(sigset_t const* mask) {
    if (!in_program()) RACEKIT_NEXT(sigsuspend)(mask);
    return suspend(set_of(*mask));
}
int pause() {
    if (!in_program()) RACEKIT_NEXT(pause)();
    return suspend(mask_of(self()));
}
/// Another process gets it, and the verdict names the call.
int kill(pid_t process, int signal) noexcept {
    if (!in_program()) RACEKIT_NEXT(kill)(process, signal);
    if (process == ::getpid() || process == 0) return send_to_process(signal, {});
    note_unseen("calls of kill()");
    RACEKIT_NEXT(kill)(process, signal);
}
int sigqueue(pid_t process, int signal, sigval value) noexcept {
    if (!in_program()) RACEKIT_NEXT(sigqueue)(process, signal, value);
    if (process == ::getpid()) return send_to_process(signal, value);
    note_unseen("calls of sigqueue()");
    RACEKIT_NEXT(sigqueue)(process, signal, value);
}

}  // extern "C"
