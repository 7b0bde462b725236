// SPDX-License-Identifier: MIT
#include <racekit/linearizable.hpp>
#include <racekit/platform.hpp>

#include <iostream>

struct ticket_counter {  // the object: written over racekit::atomic, so that the model sees it
    racekit::atomic<int> next{0};
    int take() { return next.fetch_add(1, std::memory_order_relaxed); }
    bool give_back(int last) { return next.compare_exchange_strong(last, last - 1); }
};
struct ticket_specification {  // the same members, sequential
    int next = 0;
    int take() { return next++; }
    bool give_back(int last) { return next == last ? (--next, true) : false; }
    bool operator==(ticket_specification const&) const = default;
};

int main() {
    racekit::linearizable<ticket_counter, ticket_specification> check("ticket_counter");
    check.operation("take()", [](auto& tickets) { return tickets.take(); });
    check.operation("give_back(1)", [](auto& tickets) { return tickets.give_back(1); });
    racekit::linear_verdict const verdict = check({.threads = 3, .sequences = 2, .calls = 5});
    std::cout << verdict.text;
    return verdict.linearizable ? 0 : 1;
}
