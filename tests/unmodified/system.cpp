// SPDX-License-Identifier: MIT
// Programs that map memory, send signals, calculate for long or read what comes by a pipe.
#undef NDEBUG
#include "programs.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

namespace {

volatile int seen = 0;

char* mapped(std::size_t size = 4096, int access = PROT_READ | PROT_WRITE) {
    void* const at = mmap(nullptr, size, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert(at != MAP_FAILED);
    return static_cast<char*>(at);
}
void unmap(char* at, std::size_t size = 4096) { assert(munmap(at, size) == 0); }

/// A thread writes into a new mapping beside this call.
template <class Call>
int while_written(Call call) {
    char* const at = mapped();
    std::thread other([=] { at[3] = 1; });
    call(at);
    other.join();
    return 0;
}

int unmapped_while_used() {
    return while_written([](char* at) { unmap(at); });
}
int unmapped_in_part() {
    return while_written([](char* at) { munmap(at, 1); });
}
int moved_while_used() {
    return while_written([](char* at) { (void)mremap(at, 4096, 1 << 20, MREMAP_MAYMOVE); });
}
int protected_while_used() {
    return while_written([](char* at) { mprotect(at, 4096, PROT_READ); });
}
int thrown_away_while_used() {
    return while_written([](char* at) { madvise(at, 4096, MADV_DONTNEED); });
}
int used_after_unmapping() {
    static std::atomic<bool> gone{false};
    char* const at = mapped();
    std::thread other([=] {
        while (!gone) {
        }
        seen = at[3];
    });
    unmap(at);
    gone = true;
    other.join();
    return 0;
}
int unmapped_before_its_atomic() {
    static std::atomic<int>* number = nullptr;
    number = new (mapped()) std::atomic<int>(0);
    std::thread other([] { ++*number; });
    unmap(reinterpret_cast<char*>(number));
    other.join();
    return 0;
}
int mapping_published_relaxed() {
    static std::atomic<char*> shared{nullptr};
    both([] { shared.store(mapped(), std::memory_order_relaxed); },
         [] {
             if (char* const at = shared.load(std::memory_order_relaxed); at != nullptr)
                 seen = at[9];
         });
    return 0;
}

int mapped_again() {
    for (int round = 0; round < 3; ++round) {
        char* const at = mapped();
        assert(at[1] == 0);
        std::thread([=] { at[1] = 1; }).join();
        assert(at[1] == 1);
        unmap(at);
    }
    return 0;
}
int moved_after_use() {
    char* at = mapped();
    at[7] = 5;
    std::thread([=] { at[3] = 1; }).join();
    at = static_cast<char*>(mremap(at, 4096, 1 << 20, MREMAP_MAYMOVE));
    assert(at[7] == 5 && at[3] == 1);
    std::thread([=] { at[99'999] = at[3] = 2; }).join();
    unmap(at, 1 << 20);
    return 0;
}
int reserved_and_opened() {
    char* const at = mapped(std::size_t(1) << 32, PROT_NONE);
    assert(mprotect(at + 4096, 4096, PROT_READ | PROT_WRITE) == 0);
    both([=] { at[4096] = 1; }, [=] { at[4097] = 1; });
    mprotect(at + 4096, 4096, PROT_READ);
    return at[4096] + at[4097] - 2;
}
int mapping_holds_a_block() {
    static char** holder = nullptr;
    holder = reinterpret_cast<char**>(mapped());
    std::thread([] { *holder = static_cast<char*>(std::malloc(8)); }).join();
    return 0;
}
int mapping_counts_looks() {
    static std::atomic<bool> set{false};
    static int* looks = nullptr;
    looks = reinterpret_cast<int*>(mapped());
    both([] { set = true; },
         [] {
             while (!set) {
                 if (++*looks == 3) return;
             }
         });
    assert(*looks < 3);
    return 0;
}

// Signals.

int number = 0;

sigset_t blocked(int signal) {
    sigset_t some;
    sigemptyset(&some);
    sigaddset(&some, signal);
    pthread_sigmask(SIG_BLOCK, &some, nullptr);
    return some;
}

/// A thread waits for a signal beside a call that sends it.
template <class Send>
int while_awaited(Send send) {
    static sigset_t const some = blocked(SIGUSR1);
    blocked(SIGUSR1);
    std::thread other([] {
        int taken = 0;
        sigwait(&some, &taken);
        assert(taken == SIGUSR1);
        seen = number;
    });
    send(other.native_handle());
    other.join();
    return 0;
}
int taken_by_sigwait() {
    return while_awaited([](pthread_t to) {
        number = 1;
        pthread_kill(to, SIGUSR1);
    });
}
int written_after_the_signal() {
    return while_awaited([](pthread_t to) {
        pthread_kill(to, SIGUSR1);
        number = 1;  // <- race
    });
}
int taken_of_the_process() {
    return while_awaited([](pthread_t) {
        number = 1;
        kill(getpid(), SIGUSR1);
    });
}
int never_sent() {
    return while_awaited([](pthread_t) {});
}
int interrupts_another() {
    std::signal(SIGUSR2, [](int) {});
    std::thread other([] { seen = 1; });
    pthread_kill(other.native_handle(), SIGUSR2);
    other.join();
    return 0;
}
int blocked_by_the_sender() {
    static volatile int handled = 0;
    std::thread([] {
        std::signal(SIGUSR1, [](int) { handled = handled + 1; });
        sigset_t const some = blocked(SIGUSR1);
        std::raise(SIGUSR1);
        assert(handled == 0);
        sigset_t waits;
        sigpending(&waits);
        assert(sigismember(&waits, SIGUSR1) == 1);
        pthread_sigmask(SIG_UNBLOCK, &some, nullptr);
        assert(handled == 1);
    }).join();
    return 0;
}
int waits_in_time() {
    static std::atomic<int> taken{0};
    static sigset_t const some = blocked(SIGUSR1);
    blocked(SIGUSR1);
    std::thread other([] {
        timespec const span{1, 0};
        taken = sigtimedwait(&some, nullptr, &span);
    });
    std::thread([] { kill(getpid(), SIGUSR1); }).join();
    other.join();
    assert(taken == SIGUSR1);  // or the time was over
    return 0;
}
int suspends_until_a_signal() {
    static volatile int handled = 0;
    std::signal(SIGUSR1, [](int) { handled = 1; });
    sigset_t open;
    pthread_sigmask(SIG_BLOCK, nullptr, &open);
    blocked(SIGUSR1);
    std::thread([to = pthread_self()] { pthread_kill(to, SIGUSR1); }).detach();
    sigsuspend(&open);
    assert(handled == 1);
    return 0;
}

// What comes by a pipe.

/// Two executions, each of which reads all of it.
int reads_what_comes() {
    char line[16] = "";
    assert(std::fgets(line, sizeof line, stdin) != nullptr);
    assert(std::strcmp(line, "seven\n") == 0);
    static std::atomic<int> written{0};
    both([] { written = 1; }, [] { seen = written; });
    assert(std::fgets(line, sizeof line, stdin) == nullptr);
    return 0;
}

// Without a visible operation.

long accesses_without_end() {
    static volatile long sum = 0;
    std::thread([] {
        for (;;) sum = sum + 1;  // <- loop
    }).join();
    return sum;
}
int many_accesses() {
    static volatile int sum = 0;
    std::thread([] {
        for (int at = 0; at < 5'000'000; ++at) sum = sum + 1;
    }).join();
    return sum - 5'000'000;
}
int instructions_without_end() {
    std::thread([] {
        for (;;) asm volatile("");  // <- loop
    }).join();
    return 0;
}
int loops_without_end() { return static_cast<int>(accesses_without_end()); }

void expect_own_stack() {
    pthread_attr_t attributes;
    assert(pthread_getattr_np(pthread_self(), &attributes) == 0);
    void* begin = nullptr;
    std::size_t size = 0;
    assert(pthread_attr_getstack(&attributes, &begin, &size) == 0);
    char const here = 0;
    assert(begin < &here && &here < static_cast<char*>(begin) + size);
    pthread_attr_destroy(&attributes);
}
int knows_its_stack() {
    std::thread other(expect_own_stack);
    expect_own_stack();
    other.join();
    return 0;
}
int asks_for_another_stack() {
    std::thread other([] { seen = 1; });
    pthread_attr_t attributes;
    int const error = pthread_getattr_np(other.native_handle(), &attributes);
    other.join();
    return error;
}

/// What a program says of priorities and processors orders nothing, and is no warning.
int says_how_to_run() {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    pthread_mutex_t lock;
    pthread_mutex_init(&lock, &attributes);
    int count = 0;
    auto const add = [&] {
        pthread_mutex_lock(&lock);
        ++count;
        pthread_mutex_unlock(&lock);
    };
    std::thread other(add);
    int policy = 0;
    sched_param priority{};
    cpu_set_t processors;
    assert(pthread_getschedparam(other.native_handle(), &policy, &priority) == 0);
    assert(pthread_getaffinity_np(pthread_self(), sizeof processors, &processors) == 0);
    add();
    other.join();
    assert(count == 2);
    pthread_mutex_destroy(&lock);
    return 0;
}

constexpr program all[] = {{"unmapped_while_used", unmapped_while_used},
                           {"unmapped_in_part", unmapped_in_part},
                           {"moved_while_used", moved_while_used},
                           {"protected_while_used", protected_while_used},
                           {"thrown_away_while_used", thrown_away_while_used},
                           {"used_after_unmapping", used_after_unmapping},
                           {"unmapped_before_its_atomic", unmapped_before_its_atomic},
                           {"mapping_published_relaxed", mapping_published_relaxed},
                           {"mapped_again", mapped_again},
                           {"moved_after_use", moved_after_use},
                           {"reserved_and_opened", reserved_and_opened},
                           {"mapping_holds_a_block", mapping_holds_a_block},
                           {"mapping_counts_looks", mapping_counts_looks},
                           {"taken_by_sigwait", taken_by_sigwait},
                           {"written_after_the_signal", written_after_the_signal},
                           {"taken_of_the_process", taken_of_the_process},
                           {"never_sent", never_sent},
                           {"interrupts_another", interrupts_another},
                           {"blocked_by_the_sender", blocked_by_the_sender},
                           {"waits_in_time", waits_in_time},
                           {"suspends_until_a_signal", suspends_until_a_signal},
                           {"reads_what_comes", reads_what_comes},
                           {"accesses_without_end", loops_without_end},
                           {"many_accesses", many_accesses},
                           {"instructions_without_end", instructions_without_end},
                           {"knows_its_stack", knows_its_stack},
                           {"asks_for_another_stack", asks_for_another_stack},
                           {"says_how_to_run", says_how_to_run}};

}  // namespace

int main(int words, char** word) { return run_program(all, words, word); }
