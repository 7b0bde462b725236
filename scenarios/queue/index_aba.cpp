// SPDX-License-Identifier: MIT
// ABA over indices. A free list hands out one cell to two owners, though nothing is ever freed.
//
//     thread 0:  head 0, next 1 ................................. head 0 -> 1    cell 1 again
//     thread 1:  ............... takes 0, takes 1, gives 0 back
//
// The race: an unchanged head does not mean that nothing happened: cell 0 was taken and given back,
//           and its former successor now has another owner.
// The fix:  a tag next to the index, incremented by every change of the head: the same index then
//           is a different value.
#include <racekit/scenario.hpp>

namespace {

constexpr int cells = 2;
constexpr unsigned none = 15;
constexpr unsigned tag = 16;  // the head's low four bits are an index

struct racy {
    static unsigned head_after(unsigned, unsigned index) { return index; }
};

struct fixed {
    static unsigned head_after(unsigned head, unsigned index) {
        return (head / tag + 1) * tag + index;
    }
};

template <class tagging>
struct index_aba {
    static constexpr int threads = 2;
    racekit::atomic<unsigned> head{0};
    racekit::atomic<unsigned> next[cells] = {1U, none};
    racekit::atomic<int> owners[cells] = {0, 0};

    unsigned take() {
        for (unsigned seen = head.load();;) {
            unsigned const cell = seen % tag;
            if (cell == none) return none;
            unsigned const rest = next[cell].load();
            if (!head.compare_exchange_strong(seen, tagging::head_after(seen, rest))) continue;
            RACEKIT_CHECK_EQUAL(0, owners[cell].fetch_add(1));
            return cell;
        }
    }
    void give_back(unsigned cell) {
        owners[cell].fetch_sub(1);
        unsigned seen = head.load();
        do next[cell].store(seen % tag);
        while (!head.compare_exchange_strong(seen, tagging::head_after(seen, cell)));
    }

    void thread(int self) {
        unsigned const first = take();
        unsigned const second = take();
        if (self == 1 && second != none) give_back(first);
    }
};

}  // namespace

RACEKIT_SCENARIO(index_aba, racy, fixed, .title = "A free list whose head returns to its old value",
                 .bug_class = "ABA", .cwe = 362, .stress = racekit::may_find("failed check"),
                 .tsan = racekit::may_find("failed check"), .model = racekit::finds("ABA"),
                 .reference = "musl 97c5b5a: ABA in a condition variable's list");
