// What the explorer's searches cost: executions of small clients, executions a second on larger
// ones, a deep mistake, two workers beside one. Beside it, in the same run, bare Relacy on the same
// clients (figures.relacy in the same folder).
#include "unit/model_program.hpp"

#include "model/memory_model.hpp"
#include "model/partial_order_sampling.hpp"
#include "model/pct.hpp"
#include "model/search.hpp"

#include <racekit/queue/spsc_queue.hpp>
#include <racekit/verdict.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace racekit;
using namespace racekit::model;

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto seq_cst = std::memory_order_seq_cst;

double seconds_of(auto const& work) {
    auto const began = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

/// Of this process and its children that have ended: tells a slow search from a busy machine.
double processor_seconds() {
    double sum = 0;
    for (int const who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage used{};
        ::getrusage(who, &used);
        for (timeval const& part : {used.ru_utime, used.ru_stime})
            sum += static_cast<double>(part.tv_sec) + static_cast<double>(part.tv_usec) / 1e6;
    }
    return sum;
}

std::string thousands(double number) { return grouped(static_cast<std::uint64_t>(number)); }

// Clients -----------------------------------------------------------------------------------------

struct counter {
    atomic<int> number{0};
};

program<counter> adding(int threads, int each) {
    program<counter> story;
    for (int thread = 0; thread < threads; ++thread) {
        story.threads.push_back([each](counter& all) {
            for (int turn = 0; turn < each; ++turn) all.number.fetch_add(1, relaxed);
        });
    }
    return story;
}

struct locked_counter {
    mutex gate;
    plain<int> number{0};
};

program<locked_counter> counting_under_a_lock(int threads, int each) {
    program<locked_counter> story;
    for (int thread = 0; thread < threads; ++thread) {
        story.threads.push_back([each](locked_counter& all) {
            for (int turn = 0; turn < each; ++turn) {
                scoped_lock held(all.gate);
                all.number.write(all.number.read() + 1);
            }
        });
    }
    return story;
}

/// A ring of one producer and one consumer; each tries twice.
struct ring {
    atomic<unsigned> head{0}, tail{0};
    plain<int> slots[2];

    bool try_push(int item) {
        unsigned const at = tail.load(relaxed);
        if (at - head.load(acquire) == 2) return false;
        slots[at % 2].write(item);
        tail.store(at + 1, release);
        return true;
    }
    bool try_pop() {
        unsigned const at = head.load(relaxed);
        if (tail.load(acquire) == at) return false;
        (void)slots[at % 2].read();
        head.store(at + 1, release);
        return true;
    }
};

program<ring> pushing_and_popping() {
    program<ring> story;
    story.threads = {[](ring& all) {
                         (void)all.try_push(1);
                         (void)all.try_push(2);
                     },
                     [](ring& all) {
                         (void)all.try_pop();
                         (void)all.try_pop();
                     }};
    return story;
}

/// Treiber's stack without its hazards: nodes of the threads' own, and one takes all at once.
struct stack {
    struct node {
        plain<int> item;
        plain<node*> below{nullptr};
    };
    node nodes[2];
    atomic<node*> top{nullptr};

    /// `strong`: the exchange does not fail for no reason.
    void push(node& one, int item, bool strong) {
        one.item.write(item);
        node* seen = top.load(relaxed);
        do {
            one.below.write(seen);
        } while (!(strong ? top.compare_exchange_strong(seen, &one, release, relaxed)
                          : top.compare_exchange_weak(seen, &one, release, relaxed)));
    }
    void pop_all() {
        for (node* at = top.exchange(nullptr, acquire); at != nullptr; at = at->below.read())
            (void)at->item.read();
    }
};

program<stack> pushing_and_taking_all(bool strong) {
    program<stack> story;
    for (int thread = 0; thread < 2; ++thread) {
        story.threads.push_back([=](stack& all) {
            all.push(all.nodes[thread], thread, strong);
            all.pop_all();
        });
    }
    return story;
}

struct two_variables {
    atomic<int> x{0}, y{0};
};

program<two_variables> independent_reads() {
    program<two_variables> story;
    story.threads = {[](two_variables& all) { all.x.store(1, release); },
                     [](two_variables& all) { all.y.store(1, release); },
                     [](two_variables& all) {
                         (void)all.x.load(acquire);
                         (void)all.y.load(acquire);
                     },
                     [](two_variables& all) {
                         (void)all.y.load(acquire);
                         (void)all.x.load(acquire);
                     }};
    return story;
}

/// Producers claim a slot by a ticket and fill it; the consumer takes them in order.
struct shared_ring {
    atomic<unsigned> ticket{0};
    atomic<int> slots[6]{0, 0, 0, 0, 0, 0};
};

program<shared_ring> producing(int producers, int each) {
    program<shared_ring> story;
    for (int thread = 0; thread < producers; ++thread) {
        story.threads.push_back([=](shared_ring& all) {
            for (int turn = 0; turn < each; ++turn)
                all.slots[all.ticket.fetch_add(1, relaxed)].store(thread + 1, release);
        });
    }
    story.threads.push_back([=](shared_ring& all) {
        for (int at = 0; at < producers * each; ++at)
            (void)await(all.slots[at], [](int item) { return item != 0; }, acquire);
    });
    return story;
}

/// Wrong only if thread 1 takes all its steps between two certain ones of thread 0.
program<counter> wide_window(int width) {
    program<counter> story;
    story.threads = {[width](counter& all) {
                         for (int turn = 0; turn < 5; ++turn) all.number.fetch_add(0, seq_cst);
                         int const before = all.number.fetch_add(0, seq_cst);
                         int const now = all.number.exchange(before + 1, seq_cst);
                         RACEKIT_CHECK(now - before < width);
                     },
                     [width](counter& all) {
                         for (int turn = 0; turn < width; ++turn) all.number.fetch_add(1, seq_cst);
                     }};
    return story;
}

// Figures -----------------------------------------------------------------------------------------

template <class State>
void exhaust(char const* what, program<State> story) {
    explored seen;
    double const seconds = seconds_of([&] { seen = explore(story); });
    std::printf("  %-46s %9s + %7s pruned   %8.4f s%s\n", what, grouped(seen.executions).c_str(),
                grouped(seen.abandoned).c_str(), seconds, seen.found ? "   FOUND SOMETHING" : "");
}

template <class State>
void rate(char const* what, program<State> story, strategy& how, std::uint64_t most) {
    explored seen;
    double const seconds = seconds_of([&] { seen = explore(story, how, {}, most); });
    auto const all = static_cast<double>(seen.executions + seen.abandoned);
    std::printf("  %-46s %9s + %7s pruned   %10s executions/s\n", what,
                grouped(seen.executions).c_str(), grouped(seen.abandoned).c_str(),
                thousands(all / seconds).c_str());
}

void deep_mistake() {
    std::vector<std::uint64_t> executions;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        auto story = wide_window(40);
        pct prioritised(seed, 2);
        executions.push_back(explore(story, prioritised, {}, 100'000).executions);
    }
    std::sort(executions.begin(), executions.end());
    std::printf("  %-46s median %s, from %s to %s executions\n",
                "a window of 40 steps, pct depth 2, 20 seeds",
                grouped((executions[9] + executions[10]) / 2).c_str(),
                grouped(executions[0]).c_str(), grouped(executions[19]).c_str());
}

void workers(unsigned most) {
    double alone = 0;
    for (unsigned jobs = 1; jobs <= most; jobs *= 2) {
        auto story = adding(2, 12);
        limits within;
        within.cast = 2;
        search_order order;
        order.how = tactic::exhaustive;
        order.seconds = 120;
        order.jobs = jobs;
        search_result seen;
        double const busy_before = processor_seconds();
        double const seconds = seconds_of([&] { seen = search(story, within, order); });
        if (jobs == 1) alone = seconds;
        std::printf("  %-46s %9s executions   %6.2f s   %.2f times one, %.2f s of processors\n",
                    ("fetch_add x 12, 2 threads, " + std::to_string(jobs) +
                     (jobs == 1 ? " worker" : " workers"))
                        .c_str(),
                    grouped(seen.executions).c_str(), seconds, alone / seconds,
                    processor_seconds() - busy_before);
    }
}

/// Of a process that does nothing else, so that what earlier figures took does not hide it.
void resident_memory() {
    auto const resident = [] {
        std::ifstream pages("/proc/self/statm");
        std::uint64_t size = 0;
        std::uint64_t used = 0;
        pages >> size >> used;
        return used * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
    };
    auto story = adding(2, 1);
    random_walk walk(1);
    (void)explore(story, walk, {}, 10'000);
    std::uint64_t const before = resident();
    (void)explore(story, walk, {}, 10'000'000);
    std::printf("  %-46s %s KiB, then %s KiB\n", "resident before and after 10,000,000 executions",
                grouped(before).c_str(), grouped(resident()).c_str());
}

void bare_relacy() {
    std::filesystem::path const peer =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / "figures.relacy";
    if (!std::filesystem::exists(peer)) {
        std::printf("  not built: %s\n", peer.filename().c_str());
        return;
    }
    std::fflush(stdout);
    if (std::system(("'" + peer.string() + "'").c_str()) != 0) std::printf("  it failed\n");
}

}  // namespace

int main(int count, char** arguments) {
    bool const quick = count > 1 && std::strcmp(arguments[1], "--quick") == 0;
    std::uint64_t const many = quick ? 10'000 : 1'000'000;

    std::printf("exhausted, window %u\n", memory::window);
    exhaust("fetch_add x 2, 3 threads", adding(3, 2));
    exhaust("IRIW, acquire and release", independent_reads());
    exhaust("SPSC ring of 2, 2 items, try operations", pushing_and_popping());
    exhaust("Treiber push and pop-all, 2 threads", pushing_and_taking_all(true));
    exhaust("the same, with a weak exchange", pushing_and_taking_all(false));
    exhaust("mutex counter, 4 threads x 2", counting_under_a_lock(4, 2));
    exhaust("ring of tickets, 2 producers x 2, 1 consumer", producing(2, 2));
    exhaust("ring of tickets, 3 producers x 2, 1 consumer", producing(3, 2));

    std::printf("executions a second\n");
    {
        exhaustive systematically;
        rate("exhaustive, fetch_add x 5, 3 threads", adding(3, 5), systematically, many);
        exhaustive under_a_lock;
        rate("exhaustive, mutex counter, 4 threads x 3", counting_under_a_lock(4, 3), under_a_lock,
             many);
        random_walk walk(1);
        rate("random, fetch_add x 3, 2 threads", adding(2, 3), walk, many);
        pct prioritised(1, 3);
        rate("pct, fetch_add x 3, 2 threads", adding(2, 3), prioritised, many);
        partial_order_sampling sampled(1);
        rate("pos, fetch_add x 3, 2 threads", adding(2, 3), sampled, many);
    }

    std::printf("a deep mistake\n");
    deep_mistake();

    if (!quick) {
        std::printf("workers, on %ld cores\n", ::sysconf(_SC_NPROCESSORS_ONLN));
        workers(2);
        std::printf("memory\n");
        resident_memory();
    }
    std::printf("bare Relacy\n");
    bare_relacy();
}
