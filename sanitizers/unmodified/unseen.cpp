// SPDX-License-Identifier: MIT
#include "unseen.hpp"

#include "atomics.hpp"
#include "orders.hpp"
#include "places.hpp"
#include "program.hpp"
#include "uninstrumented.hpp"

#include "model/detector/explore.hpp"
#include "model/objects/libc_interposition.hpp"
#include "model/runtime/heap.hpp"
#include "model/runtime/shared_page.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <iterator>
#include <set>
#include <string_view>
#include <utility>

namespace racekit::unmodified {
namespace {

bool raced_with_atomic = false;

/// In memory that workers share: what they note, the parent tells.
struct notes {
    static constexpr std::size_t most = 16;
    std::atomic<std::size_t> count;
    char const* texts[most];
    bool give_order[most];
};
notes& noted() {
    static auto* const all = static_cast<notes*>(model::shared_memory(sizeof(notes)));
    return *all;
}

/// Functions that synchronise, or may, by the first letters of their names.
constexpr std::string_view synchronising[] = {"pthread_",  "sem_", "mtx_",     "cnd_",
                                              "thrd_",     "tss_", "mq_",      "shm_",
                                              "__atomic_", "aio_", "io_uring_"};
/// Of these, the ones that the model has, and those that synchronise nothing.
constexpr std::string_view known[] = {"pthread_create",
                                      "pthread_join",
                                      "pthread_detach",
                                      "pthread_exit",
                                      "pthread_self",
                                      "pthread_equal",
                                      "pthread_kill",
                                      "pthread_cancel",  // is refused when it is called
                                      "pthread_testcancel",
                                      "pthread_setcancelstate",
                                      "pthread_setcanceltype",
                                      "pthread_mutex_init",
                                      "pthread_mutex_destroy",
                                      "pthread_mutex_lock",
                                      "pthread_mutex_trylock",
                                      "pthread_mutex_timedlock",
                                      "pthread_mutex_clocklock",
                                      "pthread_mutex_unlock",
                                      "pthread_mutexattr_init",
                                      "pthread_mutexattr_destroy",
                                      "pthread_mutexattr_settype",
                                      "pthread_mutexattr_gettype",
                                      "pthread_rwlock_init",
                                      "pthread_rwlock_destroy",
                                      "pthread_rwlock_rdlock",
                                      "pthread_rwlock_wrlock",
                                      "pthread_rwlock_tryrdlock",
                                      "pthread_rwlock_trywrlock",
                                      "pthread_rwlock_timedrdlock",
                                      "pthread_rwlock_timedwrlock",
                                      "pthread_rwlock_clockrdlock",
                                      "pthread_rwlock_clockwrlock",
                                      "pthread_rwlock_unlock",
                                      "pthread_rwlockattr_init",
                                      "pthread_rwlockattr_destroy",
                                      "pthread_cond_init",
                                      "pthread_cond_destroy",
                                      "pthread_cond_wait",
                                      "pthread_cond_timedwait",
                                      "pthread_cond_clockwait",
                                      "pthread_cond_signal",
                                      "pthread_cond_broadcast",
                                      "pthread_condattr_init",
                                      "pthread_condattr_destroy",
                                      "pthread_condattr_setclock",
                                      "pthread_key_create",
                                      "pthread_key_delete",
                                      "pthread_getspecific",
                                      "pthread_setspecific",
                                      "pthread_once",
                                      "pthread_attr_init",
                                      "pthread_attr_destroy",
                                      "pthread_attr_setdetachstate",
                                      "pthread_attr_getdetachstate",
                                      "pthread_attr_setstacksize",
                                      "pthread_attr_getstacksize",
                                      "pthread_setname_np",
                                      "pthread_getname_np",
                                      "pthread_barrier_init",
                                      "pthread_barrier_wait",
                                      "pthread_barrier_destroy",
                                      "pthread_spin_init",
                                      "pthread_spin_destroy",
                                      "pthread_spin_lock",
                                      "pthread_spin_trylock",
                                      "pthread_spin_unlock",
                                      "pthread_getattr_np",
                                      "pthread_attr_getstack",
                                      "pthread_attr_setguardsize",
                                      "pthread_attr_getguardsize",
                                      "pthread_attr_setscope",
                                      "pthread_attr_getscope",
                                      "pthread_attr_setinheritsched",
                                      "pthread_attr_getinheritsched",
                                      "pthread_attr_setschedpolicy",
                                      "pthread_attr_getschedpolicy",
                                      "pthread_attr_setschedparam",
                                      "pthread_attr_getschedparam",
                                      "pthread_attr_setaffinity_np",
                                      "pthread_attr_getaffinity_np",
                                      "pthread_getschedparam",
                                      "pthread_setschedparam",
                                      "pthread_setschedprio",
                                      "pthread_getaffinity_np",
                                      "pthread_setaffinity_np",
                                      "pthread_getcpuclockid",
                                      "pthread_getconcurrency",
                                      "pthread_setconcurrency",
                                      "pthread_mutexattr_setpshared",
                                      "pthread_mutexattr_getpshared",
                                      "pthread_mutexattr_setprotocol",
                                      "pthread_mutexattr_getprotocol",
                                      "pthread_mutexattr_setrobust",
                                      "pthread_mutexattr_getrobust",
                                      "pthread_condattr_setpshared",
                                      "pthread_condattr_getpshared",
                                      "pthread_condattr_getclock",
                                      "pthread_rwlockattr_setpshared",
                                      "pthread_rwlockattr_getpshared",
                                      "pthread_barrierattr_init",
                                      "pthread_barrierattr_destroy",
                                      "pthread_barrierattr_setpshared",
                                      "pthread_barrierattr_getpshared",
                                      "sem_init",
                                      "sem_destroy",
                                      "sem_wait",
                                      "sem_trywait",
                                      "sem_timedwait",
                                      "sem_clockwait",
                                      "sem_post",
                                      "sem_getvalue",
                                      "thrd_create",
                                      "thrd_join",
                                      "thrd_detach",
                                      "thrd_exit",
                                      "thrd_current",
                                      "thrd_equal",
                                      "thrd_yield",
                                      "thrd_sleep",
                                      "mtx_init",
                                      "mtx_lock",
                                      "mtx_trylock",
                                      "mtx_timedlock",
                                      "mtx_unlock",
                                      "mtx_destroy",
                                      "cnd_init",
                                      "cnd_signal",
                                      "cnd_broadcast",
                                      "cnd_wait",
                                      "cnd_timedwait",
                                      "cnd_destroy",
                                      "tss_create",
                                      "tss_delete",
                                      "tss_get",
                                      "tss_set",
                                      "pthread_sigmask"};
template <std::size_t count>
bool is_one(std::string_view name, std::string_view const (&of)[count]) {
    return std::find(std::begin(of), std::end(of), name) != std::end(of);
}

/// Whether it is a function of the C library that reads or writes the memory that it is given.
/// Those whose accesses are seen have another name here.
bool reads_or_writes_unseen(std::string_view name) {
    constexpr std::string_view first[] = {"str", "mem", "wcs", "wmem", "wcp", "stp"};
    constexpr std::string_view whole[] = {
        "sscanf",     "vsscanf",   "scanf",   "fscanf",  "vscanf",   "vfscanf", "swprintf",
        "wprintf",    "fwprintf",  "qsort_r", "bsearch", "lfind",    "lsearch", "tdelete",
        "tsearch",    "tfind",     "twalk",   "iconv",   "mbstowcs", "setvbuf", "memccpy",
        "inet_ntop",  "inet_pton", "regexec", "glob",    "gets",     "fgetws",  "fputws",
        "getentropy", "getrandom", "swab"};
    constexpr std::string_view harmless[] = {"strerror", "strsignal"};
    std::string_view const standard = "__isoc99_";
    if (name.starts_with(standard)) name.remove_prefix(standard.size());
    if (is_one(name, harmless)) return false;
    return is_one(name, whole) ||
           std::any_of(std::begin(first), std::end(first),
                       [&](std::string_view each) { return name.starts_with(each); });
}

void add(std::string& list, std::string const& name) {
    list += (list.empty() ? "" : ", ") + name + "()";
}

}  // namespace

void note_race_with_atomic() { raced_with_atomic = true; }

void note_unseen(std::string const& what, bool gives_order) {
    model::heap::outside const out;
    notes& all = noted();
    for (std::size_t at = 0; at < std::min(all.count.load(), notes::most); ++at) {
        if (all.texts[at] == nullptr || what != all.texts[at]) continue;
        all.give_order[at] = all.give_order[at] || gives_order;
        return;
    }
    char const* const text = model::kept_text(what);
    std::size_t const at = all.count.fetch_add(1);
    if (at >= notes::most) return;
    all.give_order[at] = gives_order;
    all.texts[at] = text;
}

}  // namespace racekit::unmodified

namespace racekit::model::libc_interposition {

using namespace unmodified;

std::string changeable() { return ""; }
void forget() { (void)noted(); }

bool take_race_with_atomic() { return std::exchange(raced_with_atomic, false); }

std::string unseen_order() {
    notes const& here = noted();
    std::string all;
    for (std::size_t at = 0; at < std::min(here.count.load(), notes::most); ++at) {
        if (here.texts[at] != nullptr && here.give_order[at])
            all += (all.empty() ? "" : " and ") + std::string(here.texts[at]);
    }
    return all;
}

namespace {

/// The first of them, and how many more.
template <class Names>
std::string listed(Names const& names) {
    constexpr std::size_t most = 4;
    std::string text;
    std::size_t count = 0;
    for (std::string const& each : names) {
        if (++count <= most) text += (text.empty() ? "" : ", ") + each;
    }
    return count > most ? text + " and " + std::to_string(count - most) + " more" : text;
}

void add_unseen_code(std::vector<warning>& all) {
    auto const add_if = [&](auto const& names, std::string const& before, char const* after) {
        if (!names.empty()) all.push_back({"unseen code", before + listed(names) + after});
    };
    unseen_functions const functions = functions_with_unseen_instructions();
    add_if(functions.atomic, "atomic instructions in ",
           ": inline assembly, or a library compiled without -fsanitize=thread; neither what it "
           "does nor the order that it gives is seen");
    add_if(functions.of_odd_size, "accesses to a long double, or of 32 bytes and more, in ",
           ": clang does not instrument them, so that a race there is not seen");
    add_if(types_of_odd_size(),
           "accesses of 3, 5, 6, 7 or more than 16 bytes, which can be those to ",
           ": clang does not instrument them, so that a race there is not seen");
    add_if(uninstrumented_sources(),
           "compiled without -fsanitize=thread: ", "; what happens there is not seen");
    add_if(other_libraries(), "the program uses ",
           ", not compiled for the model: what happens there is not seen");
    if (model::around != nullptr) return;  // the calls of a test framework would be among them
    std::set<std::string> calls;
    for (module const& each : modules()) {
        for (std::string const& name : each.needed) {
            if (reads_or_writes_unseen(name)) calls.insert(name + "()");
        }
    }
    add_if(calls, "the program can call ", ": what it reads and writes is not seen");
}

}  // namespace

std::vector<warning> warnings() {
    std::vector<warning> all = orders::warnings();
    std::string unknown;
    for (module const& each : modules()) {
        for (std::string const& name : each.needed) {
            if (std::any_of(std::begin(synchronising), std::end(synchronising),
                            [&](std::string_view first) { return name.starts_with(first); }) &&
                !is_one(name, known))
                add(unknown, name);
        }
    }
    if (!unknown.empty())
        all.push_back({"unseen synchronisation",
                       "the program can call " + unknown +
                           ", which the model does not have: neither what it changes nor the order "
                           "that it gives is seen"});
    std::string weak;
    for (std::uintptr_t const caller : noted_exchanges()) {
        site const where = place_of_weak_exchange(caller - 1);
        if (where.line == 0) continue;
        std::string const file = where.file;
        std::string const place =
            file.substr(file.find_last_of('/') + 1) + ":" + std::to_string(where.line);
        if (weak.find(place) == std::string::npos) weak += (weak.empty() ? "" : ", ") + place;
    }
    if (!weak.empty())
        all.push_back({"strong only", "the weak compare_exchange in " + weak +
                                          " never fails spuriously here, for clang calls it like a "
                                          "strong one: g++ does not"});
    add_unseen_code(all);
    notes const& here = noted();
    for (std::size_t at = 0; at < std::min(here.count.load(), notes::most); ++at) {
        if (here.texts[at] != nullptr)
            all.push_back({"unseen", std::string("the program makes ") + here.texts[at] +
                                         ", which the model does not explore: what waits there, "
                                         "and the order that it gives, is not seen"});
    }
    return all;
}

}  // namespace racekit::model::libc_interposition
