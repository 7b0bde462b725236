// SPDX-License-Identifier: MIT
// A soak test of every queue: numbered elements, round after round, for a given time.
// Nothing may be lost, doubled or, where the queue promises an order, reordered per producer.
//
//     soak.queues [--minutes N | --seconds N] [--queue NAME | --from NAME]
//     soak.queues --broken ...          instead of the queues, some that are broken on purpose
//
// The time is of each queue, which has a line of its own as soon as its time is over. `--from` goes
// on where a run was interrupted. 0: all whole, 1: one is broken, 2: usage.
#include <racekit/queue/blocking_queue.hpp>
#include <racekit/queue/bounded_stack.hpp>
#include <racekit/queue/mpmc_queue.hpp>
#include <racekit/queue/mpsc_queue.hpp>
#include <racekit/queue/spsc_queue.hpp>
#include <racekit/queue/treiber_stack.hpp>
#include <racekit/queue/work_deque.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Of each producer in a round. Few where every element is a switch of threads: beside busy
/// programs that takes milliseconds.
constexpr std::uint64_t items_at(std::size_t capacity) { return capacity < 64 ? 250 : 5'000; }

struct traffic {
    int producers;
    int consumers;
    bool ordered;  // a consumer sees the elements of one producer in their order
    steady::duration time_limit = 20s;  // without an element: the rest is lost
};

/// What is wrong with one round; nothing if it was whole.
template <class Queue>
std::string round_of(traffic how, std::size_t capacity) {
    Queue queue(capacity);
    std::uint64_t const items = items_at(capacity);
    std::uint64_t const total = items * static_cast<std::uint64_t>(how.producers);
    std::vector<std::atomic<std::uint8_t>> seen(total);
    std::atomic<std::uint64_t> taken{0};
    std::atomic<bool> over{false};
    std::atomic<char const*> wrong{nullptr};
    auto const produce = [&](std::uint64_t producer) {
        for (std::uint64_t item = 0; item < items && !over; ++item) {
            while (!queue.put(producer * items + item) && !over) std::this_thread::yield();
        }
    };
    auto const consume = [&] {
        std::vector<std::uint64_t> next(static_cast<std::size_t>(how.producers), 0);
        while (!over && taken.load(std::memory_order_relaxed) < total) {
            std::uint64_t got = 0;
            if (!queue.get(got)) {
                std::this_thread::yield();
                continue;
            }
            if (got >= total) wrong = "an element that was never put";
            else if (seen[got].fetch_add(1, std::memory_order_relaxed) != 0)
                wrong = "an element came twice";
            else if (how.ordered && got % items < next[got / items])
                wrong = "an element was overtaken by a later one of its producer";
            if (wrong != nullptr) {
                over = true;
                return;
            }
            next[got / items] = got % items + 1;
            taken.fetch_add(1, std::memory_order_relaxed);
        }
    };
    std::vector<std::thread> all;
    for (int each = 0; each < how.producers; ++each)
        all.emplace_back(produce, static_cast<std::uint64_t>(each));
    for (int each = 0; each < how.consumers; ++each) all.emplace_back(consume);
    std::uint64_t last = 0;
    for (auto since = steady::now(); !over && last < total;) {
        std::this_thread::sleep_for(1ms);
        std::uint64_t const now = taken;
        if (now != last) since = steady::now();
        last = now;
        if (steady::now() - since > how.time_limit) {
            wrong = "an element was lost";
            over = true;
        }
    }
    for (std::thread& each : all) each.join();
    std::uint64_t left = 0;
    if (wrong == nullptr && queue.get(left)) return "an element too many is left";
    return wrong != nullptr ? wrong.load() : "";
}

template <class Queue>
struct by_trying {
    explicit by_trying(std::size_t capacity) : queue(capacity) {}
    bool put(std::uint64_t element) { return queue.try_push(element); }
    bool get(std::uint64_t& into) { return queue.try_pop(into); }
    Queue queue;
};
template <class Queue>
struct without_bound {
    explicit without_bound(std::size_t) {}
    bool put(std::uint64_t element) {
        queue.push(element);
        return true;
    }
    bool get(std::uint64_t& into) { return queue.try_pop(into); }
    Queue queue;
};
struct stolen {
    explicit stolen(std::size_t room) : queue(room) {}
    bool put(std::uint64_t element) {  // the owner takes its newest back now and then
        queue.push(element);
        if (std::uint64_t newest = 0; element % 3 == 0 && queue.try_pop(newest)) queue.push(newest);
        return true;
    }
    bool get(std::uint64_t& into) { return queue.try_steal(into); }
    racekit::work_deque<std::uint64_t> queue;
};
template <class Queue>
struct by_waiting {
    explicit by_waiting(std::size_t capacity) : queue(capacity) {}
    bool put(std::uint64_t element) {
        return queue.put_until(element, racekit::after(100ms)) == racekit::queue_state::done;
    }
    bool get(std::uint64_t& into) {  // briefly: the last ones to wait must see that all is over
        return queue.get_until(into, racekit::after(1ms)) == racekit::queue_state::done;
    }
    Queue queue;
};

/// Reads, takes and publishes in three steps and yields between them: two threads take the same.
struct broken_queue {
    explicit broken_queue(std::size_t capacity) : cells(capacity) {}
    bool put(std::uint64_t element) {
        std::size_t const at = tail;
        if (at - head == cells.size()) return false;
        cells[at % cells.size()] = element;
        tail = at + 1;
        return true;
    }
    bool get(std::uint64_t& into) {
        std::size_t const at = head;
        if (at == tail) return false;
        std::this_thread::yield();
        into = cells[at % cells.size()];
        head = at + 1;
        return true;
    }
    std::vector<std::atomic<std::uint64_t>> cells;
    std::atomic<std::size_t> head{0};
    std::atomic<std::size_t> tail{0};
};

enum class flaw { loses, doubles, reorders };

/// Of every hundred elements one is treated ill; of one producer.
template <flaw what>
struct flawed_queue {
    explicit flawed_queue(std::size_t) {}
    bool put(std::uint64_t element) {
        std::scoped_lock hold(gate);
        bool const now = element % 100 == 50;
        if (what == flaw::reorders && now) {
            late = element;
            return true;
        }
        if (what == flaw::loses && now) return true;
        elements.push_back(element);
        if (what == flaw::doubles && now) elements.push_back(element);
        if (std::uint64_t const held = std::exchange(late, 0)) elements.push_back(held);
        return true;
    }
    bool get(std::uint64_t& into) {
        std::scoped_lock hold(gate);
        if (elements.empty()) return false;
        into = elements.front();
        elements.pop_front();
        return true;
    }
    std::mutex gate;
    std::deque<std::uint64_t> elements;
    std::uint64_t late = 0;
};

struct kind {
    char const* name;
    traffic how;
    std::function<std::string(std::size_t)> round;
};

template <class Queue>
kind soaked(char const* name, traffic how) {
    return {name, how, [how](std::size_t capacity) { return round_of<Queue>(how, capacity); }};
}

std::vector<kind> broken_kinds() {
    return {
        soaked<broken_queue>("takes_without_cas", {2, 2, true, 1s}),
        soaked<flawed_queue<flaw::loses>>("loses", {1, 1, true, 1s}),
        soaked<flawed_queue<flaw::doubles>>("doubles", {1, 1, true}),
        soaked<flawed_queue<flaw::reorders>>("reorders", {1, 1, true}),
    };
}

std::vector<kind> kinds() {
    using namespace racekit;
    using number = std::uint64_t;
    return {
        soaked<by_trying<spsc_queue<number>>>("spsc_queue", {1, 1, true}),
        soaked<by_trying<mpmc_queue<number>>>("mpmc_queue", {2, 2, true}),
        soaked<without_bound<mpsc_queue<number>>>("mpsc_queue", {3, 1, true}),
        soaked<stolen>("work_deque", {1, 3, false}),
        soaked<by_trying<bounded_stack<number>>>("bounded_stack", {2, 2, false}),
        soaked<without_bound<treiber_stack<number>>>("treiber_stack", {2, 2, false}),
        soaked<by_waiting<blocking_queue<number>>>("blocking_queue", {2, 2, true}),
        soaked<by_waiting<monitor_queue<number>>>("monitor_queue", {2, 2, true}),
        soaked<by_waiting<blocking_queue<number, lifo>>>("blocking_queue/lifo", {2, 2, false}),
        soaked<by_waiting<blocking_queue<number, priority<>>>>("blocking_queue/priority",
                                                               {2, 2, false}),
    };
}

/// Rounds at small and large capacities until the time is over; false if one was not whole.
bool soak(kind const& one, steady::duration span) {
    constexpr std::array<std::size_t, 5> capacities{1, 2, 7, 64, 2048};
    auto const begin = steady::now();
    auto const end = begin + span;
    std::uint64_t rounds = 0;
    std::uint64_t elements = 0;
    do {
        std::size_t const capacity = capacities[rounds % capacities.size()];
        std::string const wrong = one.round(capacity);
        ++rounds;
        elements += items_at(capacity) * static_cast<std::uint64_t>(one.how.producers);
        if (!wrong.empty()) {
            std::printf("%-24s BROKEN in round %llu, capacity %zu: %s\n", one.name,
                        static_cast<unsigned long long>(rounds), capacity, wrong.c_str());
            std::fflush(stdout);
            return false;
        }
    } while (steady::now() < end);
    double const seconds = std::chrono::duration<double>(steady::now() - begin).count();
    std::printf("%-24s whole, %llu rounds, %llu elements, %.1f s, %.0f a second\n", one.name,
                static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(elements),
                seconds, static_cast<double>(elements) / seconds);
    std::fflush(stdout);
    return true;
}

}  // namespace

int main(int count, char** words) {
    auto const seconds = [](double number) {
        return std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(number));
    };
    steady::duration span = 10min;  // for each queue
    std::vector<kind> all = kinds();
    std::string_view only;
    std::string_view from;
    for (int at = 1; at < count; ++at) {
        std::string_view const word = words[at];
        bool const more = at + 1 < count;
        if (word == "--minutes" && more) span = seconds(60 * std::atof(words[++at]));
        else if (word == "--seconds" && more)
            span = seconds(std::atof(words[++at]));
        else if (word == "--queue" && more)
            only = words[++at];
        else if (word == "--from" && more)
            from = words[++at];
        else if (word == "--broken")
            all = broken_kinds();
        else {
            std::fprintf(stderr,
                         "usage: %s [--minutes N | --seconds N] [--queue NAME | --from NAME] "
                         "[--broken]\n",
                         words[0]);
            return 2;
        }
    }
    bool whole = true;
    bool any = false;
    for (kind const& one : all) {
        if (from == one.name) from = {};
        if (!from.empty() || (!only.empty() && only != one.name)) continue;
        any = true;
        whole = soak(one, span) && whole;
    }
    if (!any) std::fprintf(stderr, "%s: no such queue\n", words[0]);
    return !any ? 2 : whole ? 0 : 1;
}
