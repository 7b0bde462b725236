// Depth-first over every choice, skipping orders of independent steps that were covered already.
#pragma once

#include "strategy.hpp"

#include <vector>

namespace racekit::model {

/// Sleep sets (Godefroid 1996): after a thread's step was explored at a node, the thread sleeps in the
/// node's other branches until somebody makes a dependent step. An execution in which all enabled
/// threads sleep is abandoned: its order was covered. With stale commutation a writer stays asleep past a
/// load of what was there before: writing first and reading the older value is the same.
class exhaustive final : public strategy {
public:
    enum class reduction { none, sleep_sets, stale_commutation };
    explicit exhaustive(reduction how = reduction::stale_commutation) : how_(how) {}

    void begin() override;
    int choose_thread(situation const& now) override;
    unsigned choose(decision about, unsigned count, int thread) override;
    void executed(int thread, operation const& done) override;
    bool end(bool abandoned) override;

private:
    struct node {
        bool is_thread_choice = false;
        std::uint8_t chosen = 0;
        std::uint8_t count = 0;      // of a data choice
        thread_set enabled = 0;
        thread_set asleep = 0;
        thread_set explored = 0;
        operation executed;          // what the chosen thread's step turned out to be
        operation next[most_threads];
    };

    node& push();
    [[nodiscard]] int pick(node const& at, thread_set candidates, int current) const;

    [[nodiscard]] bool commute(operation const& done, operation const& sleeping) const;

    reduction how_;
    std::vector<node> path_;
    std::size_t length_ = 0;  // nodes in use: path_ keeps its memory
    std::size_t depth_ = 0;
    std::ptrdiff_t last_thread_choice_ = -1;
};

}  // namespace racekit::model
