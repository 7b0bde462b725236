// SPDX-License-Identifier: MIT
// Treiber's stack, freed at once. One thread frees the node that another one is about to read.
//
//     thread 0:  top is n ........................................ reads n->next: freed
//     thread 1:  ......... top is n, pops n, deletes it
//
// The race: popping a node needs its `next`, and reading `next` needs the node to be alive. The
//           compare-exchange would detect that n is gone; it comes one step too late.
// The fix:  a hazard pointer. A thread stores the node that it is about to read, and checks that
//           the node is still on top. The thread that popped the node deletes it when no hazard
//           pointer holds it. seq_cst: each side first writes, then reads what the other side
//           wrote.
//
// Nothing is pushed here, so a stale `next` never gets into the stack: see index_aba for that.
#include <racekit/scenario.hpp>

namespace {

struct node {
    racekit::plain<node*> next;
    racekit::plain<int> value;
};

struct racy {
    racekit::atomic<node*> top{nullptr};

    node* protect(int) { return top.load(); }
    void retire(node* gone, int) { delete gone; }  // <- race
};

struct fixed {
    racekit::atomic<node*> top{nullptr};
    racekit::atomic<node*> hazard[2]{};

    node* protect(int self) {
        node* seen = top.load();
        for (;;) {
            hazard[self].store(seen);
            node* const now = top.load();
            if (now == seen) return seen;
            seen = now;
        }
    }
    void retire(node* gone, int self) {
        auto const is_unused = [=](node* used) { return used != gone; };
        (void)racekit::await(hazard[1 - self], is_unused, std::memory_order_seq_cst);
        delete gone;
    }
    void release(int self) { hazard[self].store(nullptr); }
};

template <class stack>
struct treiber_free {
    static constexpr int threads = 2;
    stack shared;
    int got[threads] = {};

    void before() {
        for (int value : {1, 2}) shared.top.store(new node{shared.top.load(), value});
    }
    void thread(int self) {
        node* taken = shared.protect(self);
        while (!shared.top.compare_exchange_strong(taken, taken->next.read()))  // <- race
            taken = shared.protect(self);
        if constexpr (requires { shared.release(self); }) shared.release(self);
        got[self] = taken->value.read();
        shared.retire(taken, self);
    }
    void after() { RACEKIT_CHECK_EQUAL(3, got[0] + got[1]); }
};

}  // namespace

RACEKIT_SCENARIO(treiber_free, racy, fixed, .title = "A node freed while another thread reads it",
                 .bug_class = "use after free", .cwe = 416, .stress = racekit::blind,
                 .tsan = racekit::finds, .model = racekit::finds("use after free"),
                 .blind_why = "the value read is discarded: the exchange fails",
                 .reference = "Michael 2004, Hazard Pointers; Relacy's stack example");
