// SPDX-License-Identifier: MIT
// Deaths inside shared_queue.
#include "harness.hpp"

#include <racekit/shared/shared_queue.hpp>

#include <csignal>
#include <cstdint>
#include <unistd.h>

namespace stepkill {
namespace {

using racekit::queue_state;

/// Whole if all of it is.
struct item {
    std::uint64_t number = 0;
    std::uint64_t same[6] = {};
    item() = default;
    explicit item(std::uint64_t of) : number(of) {
        for (auto& each : same) each = of;
    }
    [[nodiscard]] std::uint64_t whole() const {
        for (auto const each : same) check(each == number, "the element is torn");
        return number;
    }
};

template <class orders = racekit::shared_queue_orders>
using queue_of = racekit::shared_queue<item, 4, orders, 4>;

template <class Queue>
struct with_a_queue : body {
    Queue queue;
    std::uint64_t volatile acknowledged = 0;
    int volatile survivors = 0;

    void push(std::uint64_t number) {
        check(queue.push_until(item(number), racekit::after(long_enough)) == queue_state::done,
              "push did not succeed");
    }
    void before() override {
        push(1);
        push(2);
    }

    /// Takes all there is. Returns a bit for each number up to 31; checks that they are in order.
    std::uint64_t drain() {
        (void)queue.recover();
        std::uint64_t seen = 0;
        std::uint64_t last = 0;
        item one;
        while (queue.try_pop(one) == queue_state::done) {
            std::uint64_t const number = one.whole();
            check(number >= last, "the order is not that of the pushes");
            check(number != last || survivors > 1, "an element came twice");
            check(number > 0 && number < 32, "an element that nobody pushed");
            seen |= std::uint64_t{1} << number;
            last = number;
        }
        return seen;
    }
    static bool has(std::uint64_t seen, unsigned number) { return (seen >> number & 1U) != 0; }

    char const* survivor() override {
        survivors = survivors + 1;
        std::uint64_t const seen = drain();
        char const* const outcome = judge(seen, survivors == 1);
        for (unsigned number = 20; number < 24; ++number) push(number);
        check((drain() & 0xf00000) == 0xf00000, "the queue does not work any more");
        return outcome;
    }
    void recovers() override {
        survivors = survivors + 1;
        (void)queue.recover();
        item one;
        (void)queue.try_pop(one);
        (void)queue.try_push(item(19));
    }
    /// What the victim left, if this is the first survivor.
    virtual char const* judge(std::uint64_t seen, bool is_first) = 0;
};

template <class Queue>
struct pushes : with_a_queue<Queue> {
    void victim() override {
        this->push(3);
        this->acknowledged = 3;
    }
    char const* judge(std::uint64_t seen, bool is_first) override {
        if (is_first) {
            check(this->has(seen, 1) && this->has(seen, 2), "an element was lost");
            check(this->acknowledged == 0 || this->has(seen, 3), "an acknowledged push was lost");
        }
        return this->has(seen, 3) ? "whole" : "absent";
    }
};

template <class Queue>
struct pops : with_a_queue<Queue> {
    void victim() override {
        item one;
        check(this->queue.pop(one) == queue_state::done && one.whole() == 1, "not the first one");
        this->acknowledged = 1;
    }
    char const* judge(std::uint64_t seen, bool is_first) override {
        if (is_first) {
            check(this->has(seen, 2), "an element was lost that was not popped");
            check(this->acknowledged == 0 || !this->has(seen, 1), "a popped element came again");
        }
        return this->has(seen, 1) ? "absent" : "whole";
    }
};

template <class Queue>
struct reserves : with_a_queue<Queue> {
    void victim() override {
        typename Queue::ticket held;
        check(this->queue.reserve(held) == queue_state::done && held.value.whole() == 1,
              "not the first one");
    }
    char const* judge(std::uint64_t seen, bool is_first) override {
        if (is_first) check(this->has(seen, 1) && this->has(seen, 2), "an element was lost");
        return "came back";
    }
};

template <class Queue>
struct acknowledges : with_a_queue<Queue> {
    void victim() override {
        typename Queue::ticket held;
        check(this->queue.reserve(held) == queue_state::done, "nothing there");
        this->queue.ack(held);
        this->acknowledged = 1;
    }
    char const* judge(std::uint64_t seen, bool is_first) override {
        if (is_first) {
            check(this->has(seen, 2), "an element was lost");
            check(this->acknowledged == 0 || !this->has(seen, 1), "it came after its ack");
        }
        return this->has(seen, 1) ? "came back" : "done with";
    }
};

template <class Queue>
struct gives_back : reserves<Queue> {
    void victim() override {
        typename Queue::ticket held;
        check(this->queue.reserve(held) == queue_state::done, "nothing there");
        this->queue.nack(held);
    }
};

/// What the victim takes back is that of a process that died before.
template <class Queue>
struct recovers : reserves<Queue> {
    void before() override {
        with_a_queue<Queue>::before();
        racekit::process holder([this] {
            typename Queue::ticket held;
            (void)this->queue.reserve(held);
            ::raise(SIGKILL);
        });
        (void)holder.join();
    }
    void victim() override { (void)this->queue.recover(); }
};

/// A consumer sleeps on the empty queue.
template <class Queue>
struct pushes_to_a_sleeper : with_a_queue<Queue> {
    int volatile got = 0;
    void before() override {}
    void victim() override { this->push(3); }
    void sleeper() override {
        item one;
        check(this->queue.pop(one) == queue_state::done, "the queue is closed");
        got = static_cast<int>(one.whole());
    }
    void recovers() override { (void)this->queue.recover(); }
    char const* survivor() override {
        this->survivors = this->survivors + 1;
        this->push(4);
        auto const limit = racekit::after(long_enough);
        while (got == 0) {
            check(racekit::clock::now() < limit, "the sleeping consumer gets nothing");
            ::usleep(100);
        }
        std::uint64_t const seen = this->drain() | std::uint64_t{1} << got;
        check(this->has(seen, 4), "an acknowledged push was lost");
        return this->has(seen, 3) ? "whole" : "absent";
    }
    char const* judge(std::uint64_t, bool) override { return ""; }
};

/// A producer sleeps before the full queue.
template <class Queue>
struct pops_before_a_sleeper : with_a_queue<Queue> {
    int volatile is_in = 0;
    void before() override {
        for (std::uint64_t number = 1; number <= 4; ++number) this->push(number);
    }
    void victim() override {
        item one;
        (void)this->queue.pop(one);
    }
    void sleeper() override {
        this->push(5);
        is_in = 1;
    }
    void recovers() override { (void)this->queue.recover(); }
    char const* survivor() override {
        this->survivors = this->survivors + 1;
        item one;
        check(this->queue.try_pop(one) == queue_state::done, "nothing there");
        std::uint64_t seen = std::uint64_t{1} << one.whole();
        auto const limit = racekit::after(long_enough);
        while (is_in == 0) {
            check(racekit::clock::now() < limit, "the sleeping producer stays asleep");
            ::usleep(100);
        }
        seen |= this->drain();
        check(this->has(seen, 3) && this->has(seen, 5), "an element was lost");
        return this->has(seen, 1) ? "absent" : "whole";
    }
    char const* judge(std::uint64_t, bool) override { return ""; }
};

template <class Queue>
struct closes : with_a_queue<Queue> {
    void before() override {}
    void victim() override { this->queue.close(); }
    void sleeper() override {
        item one;
        check(this->queue.pop(one) == queue_state::closed, "an element from nowhere");
    }
    void recovers() override { this->queue.close(); }
    char const* survivor() override {
        bool const was = this->queue.is_closed();
        this->queue.close();
        check(this->queue.try_push(item(1)) == queue_state::closed, "a closed queue takes more");
        return was ? "closed" : "not yet";
    }
    char const* judge(std::uint64_t, bool) override { return ""; }
};

/// The victim waits for an element and is killed in its sleep, or on the way to it.
template <class Queue>
struct waits_for_an_element : pushes<Queue> {
    void before() override {}
    void victim() override {
        item one;
        (void)this->queue.pop(one);
    }
    char const* judge(std::uint64_t, bool) override { return "killed while it waits"; }
};

// Seeded bugs.
struct published_before_filled : racekit::shared_queue_orders {
    static constexpr bool const fill_first = false;
};
struct given_up_before_copied : racekit::shared_queue_orders {
    static constexpr bool const state_first = false;
};
struct never_given_back : racekit::shared_queue_orders {
    static constexpr bool const recover_dead = false;
};

}  // namespace

void add_queues(std::vector<operation>& all) {
    using queue = queue_of<>;
    all.push_back(case_of<pushes<queue>>("shared_queue push"));
    all.push_back(case_of<pops<queue>>("shared_queue pop"));
    all.push_back(case_of<reserves<queue>>("shared_queue reserve"));
    all.push_back(case_of<acknowledges<queue>>("shared_queue reserve, ack"));
    all.push_back(case_of<gives_back<queue>>("shared_queue reserve, nack"));
    all.push_back(case_of<recovers<queue>>("shared_queue recover"));
    all.push_back(case_of<waits_for_an_element<queue>>("shared_queue pop that waits"));
    all.push_back(case_of<pushes_to_a_sleeper<queue>>("shared_queue push to a sleeper", true));
    all.push_back(case_of<pops_before_a_sleeper<queue>>("shared_queue pop before a sleeper", true));
    all.push_back(case_of<closes<queue>>("shared_queue close", true));
    all.push_back(case_of<pushes<queue_of<published_before_filled>>>(
        "seeded: shared_queue published before filled", false, true));
    all.push_back(case_of<reserves<queue_of<given_up_before_copied>>>(
        "seeded: shared_queue head before state", false, true));
    all.push_back(case_of<reserves<queue_of<never_given_back>>>(
        "seeded: shared_queue reservation of the dead", false, true));
}

}  // namespace stepkill
