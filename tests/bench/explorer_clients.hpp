// SPDX-License-Identifier: MIT
// The clients whose search is measured. bare_relacy.hpp has the same ones for bare Relacy.
#pragma once

#include "unit/model/program.hpp"

namespace racekit::model {

struct counter {
    atomic<int> number{0};
};

inline program<counter> adding(int threads, int each) {
    program<counter> body;
    for (int thread = 0; thread < threads; ++thread) {
        body.threads.push_back([each](counter& all) {
            for (int turn = 0; turn < each; ++turn)
                all.number.fetch_add(1, std::memory_order_relaxed);
        });
    }
    return body;
}

struct locked_counter {
    mutex gate;
    plain<int> number{0};
};

inline program<locked_counter> counting_under_a_lock(int threads, int each) {
    program<locked_counter> body;
    for (int thread = 0; thread < threads; ++thread) {
        body.threads.push_back([each](locked_counter& all) {
            for (int turn = 0; turn < each; ++turn) {
                scoped_lock held(all.gate);
                all.number.write(all.number.read() + 1);
            }
        });
    }
    return body;
}

/// A ring of one producer and one consumer; each tries twice.
struct ring {
    atomic<unsigned> head{0}, tail{0};
    plain<int> slots[2];

    bool try_push(int item) {
        unsigned const at = tail.load(std::memory_order_relaxed);
        if (at - head.load(std::memory_order_acquire) == 2) return false;
        slots[at % 2].write(item);
        tail.store(at + 1, std::memory_order_release);
        return true;
    }
    bool try_pop() {
        unsigned const at = head.load(std::memory_order_relaxed);
        if (tail.load(std::memory_order_acquire) == at) return false;
        (void)slots[at % 2].read();
        head.store(at + 1, std::memory_order_release);
        return true;
    }
};

inline program<ring> pushing_and_popping() {
    program<ring> body;
    body.threads = {[](ring& all) {
                         (void)all.try_push(1);
                         (void)all.try_push(2);
                     },
                     [](ring& all) {
                         (void)all.try_pop();
                         (void)all.try_pop();
                     }};
    return body;
}

/// Treiber's stack without its hazards: a node is pushed once and never reused. What lies below a
/// node is atomic, as it must be where a late popper may still look at it.
struct stack {
    struct node {
        plain<int> item;
        atomic<node*> below{nullptr};
    };
    node nodes[2];
    atomic<node*> top{nullptr};

    void push(node& one, int item) {
        one.item.write(item);
        node* seen = top.load(std::memory_order_relaxed);
        do {
            one.below.store(seen, std::memory_order_relaxed);
        } while (!top.compare_exchange_strong(seen, &one, std::memory_order_release,
                                              std::memory_order_relaxed));
    }
    void pop() {
        node* seen = top.load(std::memory_order_acquire);
        while (seen != nullptr) {
            node* const next = seen->below.load(std::memory_order_relaxed);
            if (top.compare_exchange_strong(seen, next, std::memory_order_acq_rel,
                                            std::memory_order_acquire))
                return;
        }
    }
    void pop_all() {
        node* at = top.exchange(nullptr, std::memory_order_acquire);
        for (; at != nullptr; at = at->below.load(std::memory_order_relaxed)) (void)at->item.read();
    }
};

inline program<stack> pushing_and_taking(void (stack::*take)()) {
    program<stack> body;
    for (int thread = 0; thread < 2; ++thread) {
        body.threads.push_back([=](stack& all) {
            all.push(all.nodes[thread], thread);
            (all.*take)();
        });
    }
    return body;
}

struct two_variables {
    atomic<int> x{0}, y{0};
};

inline program<two_variables> independent_reads() {
    constexpr auto acquire = std::memory_order_acquire;
    constexpr auto release = std::memory_order_release;
    program<two_variables> body;
    body.threads = {[](two_variables& all) { all.x.store(1, release); },
                     [](two_variables& all) { all.y.store(1, release); },
                     [](two_variables& all) {
                         (void)all.x.load(acquire);
                         (void)all.y.load(acquire);
                     },
                     [](two_variables& all) {
                         (void)all.y.load(acquire);
                         (void)all.x.load(acquire);
                     }};
    return body;
}

/// Producers reserve a slot by a ticket and fill it; the consumer takes the slots in order.
struct shared_ring {
    atomic<unsigned> ticket{0};
    atomic<int> slots[6]{0, 0, 0, 0, 0, 0};
};

inline program<shared_ring> producing(int producers, int each) {
    program<shared_ring> body;
    for (int thread = 0; thread < producers; ++thread) {
        body.threads.push_back([=](shared_ring& all) {
            for (int turn = 0; turn < each; ++turn) {
                unsigned const mine = all.ticket.fetch_add(1, std::memory_order_relaxed);
                all.slots[mine].store(thread + 1, std::memory_order_release);
            }
        });
    }
    body.threads.push_back([=](shared_ring& all) {
        for (int at = 0; at < producers * each; ++at)
            (void)await(all.slots[at], [](int item) { return item != 0; },
                        std::memory_order_acquire);
    });
    return body;
}

/// Wrong only if thread 1 takes all its steps between two certain ones of thread 0.
inline program<counter> wide_window(int width) {
    constexpr auto seq_cst = std::memory_order_seq_cst;
    program<counter> body;
    body.threads = {[width](counter& all) {
                         for (int turn = 0; turn < 5; ++turn) all.number.fetch_add(0, seq_cst);
                         int const before = all.number.fetch_add(0, seq_cst);
                         int const now = all.number.exchange(before + 1, seq_cst);
                         RACEKIT_CHECK(now - before < width);
                     },
                     [width](counter& all) {
                         for (int turn = 0; turn < width; ++turn) all.number.fetch_add(1, seq_cst);
                     }};
    return body;
}

}  // namespace racekit::model
