// The queues are linearizable to what a queue is, in every small client.
#include "linearizability_specifications.hpp"

#include <racekit/queue/blocking_queue.hpp>
#include <racekit/queue/spsc_queue.hpp>

#include <gtest/gtest.h>

#include <iostream>
#include <utility>

namespace {

using namespace racekit;

constexpr auto popping = [](auto& queue) -> std::optional<int> {
    int got = 0;
    if (!queue.try_pop(got)) return std::nullopt;
    return got;
};

template <class Queue>
linear_verdict check_one_to_one(char const* name, std::size_t room, linear_client const& client) {
    linearizable<Queue, specified::try_queue> check(name, room);
    check.operation("push(1)", [](auto& queue) { return queue.try_push(1); }, "producer");
    check.operation("push(2)", [](auto& queue) { return queue.try_push(2); }, "producer");
    check.operation("pop()", popping, "consumer");
    linear_verdict verdict = check(client);
    std::cout << verdict.text;
    return verdict;
}

TEST(linearizable_queues, spsc_queue) {
    linear_verdict const seen =
        check_one_to_one<spsc_queue<int>>("spsc_queue of 1", 1, {.threads = 2, .passages = 3});
    EXPECT_TRUE(seen.linearizable);
    EXPECT_TRUE(seen.exhausted);
    EXPECT_FALSE(seen.found);
    EXPECT_FALSE(check_one_to_one<spsc_queue<int>>("spsc_queue of 2", 2, {.threads = 2, .passages = 3})
                    .linearizable);
}

}  // namespace
