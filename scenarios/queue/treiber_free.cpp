// SPDX-License-Identifier: MIT
// Treiber's stack, freed at once. One thread frees the node that another one is about to look into.
//
//     thread 0:  top is n ........................................ reads n->next: freed
//     thread 1:  ......... top is n, takes n off, deletes it
//
// The race: taking a node off needs its `next`, and reading it needs the node to be there. The
//           compare-exchange would have told that n is gone; it comes one step too late.
// The fix:  a hazard pointer. A thread says which node it is about to look into and makes sure that
//           the node is still on top; whoever took it off deletes it when nobody says so any more.
//           seq_cst: here each side writes first and then reads what the other one wrote.
//
// Nothing is pushed here, so a stale `next` never gets into the stack: index_aba tells that story.
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
        auto const is_let_go = [=](node* used) { return used != gone; };
        (void)racekit::await(hazard[1 - self], is_let_go, std::memory_order_seq_cst);
        delete gone;
    }
    void let_go(int self) { hazard[self].store(nullptr); }
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
        if constexpr (requires { shared.let_go(self); }) shared.let_go(self);
        got[self] = taken->value.read();
        shared.retire(taken, self);
    }
    void after() { RACEKIT_CHECK_EQUAL(3, got[0] + got[1]); }
};

}  // namespace

RACEKIT_SCENARIO(treiber_free, racy, fixed, .title = "A node freed while another thread looks in",
                 .bug_class = "use after free", .cwe = 416, .stress = racekit::blind,
                 .tsan = racekit::finds, .model = racekit::finds("data race"),
                 .blind_why = "what was read from freed memory is thrown away: the exchange fails",
                 .reference = "Michael 2004, Hazard Pointers; Relacy's stack example");
