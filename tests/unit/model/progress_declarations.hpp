// SPDX-License-Identifier: MIT
// What each primitive declares about progress, operation by operation, as something that can be
// checked: the test body that shows it.
#pragma once

#include <racekit/progress.hpp>

#include <functional>
#include <string>
#include <vector>

namespace racekit::declared {

/// What a look at an operation came to.
struct look {
    progress_guarantee guarantee = progress_guarantee::none;
    progress_verdict verdict;  ///< with one round of the background threads
};

struct declaration {
    std::string header;     ///< "lock/latch"
    std::string operation;  ///< "count_down"
    progress_guarantee promised;
    unsigned steps;  ///< alone, from every state; if wait-free, among others too; 0: it may wait
    std::function<look(progress_bounds)> measure;
};

/// A primitive constructed as its test body needs it.
template <class Primitive, auto... arguments>
struct made : Primitive {
    made() : Primitive(arguments...) {}
};

template <class Object>
look measured(progress<Object>& check, progress_bounds bounds) {
    progress_verdict const verdict = check(bounds);
    return {check.guarantee(bounds), verdict};
}

/// `subject` is judged while others do what may keep it waiting.
template <class Object, class Subject, class... Background>
declaration alone(std::string header, std::string operation, progress_guarantee promised,
                  unsigned steps, Subject subject, Background... background) {
    return {std::move(header), std::move(operation), promised, steps,
            [=](progress_bounds bounds) {
                progress<Object> check;
                check.thread(subject);
                (check.background(background), ...);
                return measured(check, bounds);
            }};
}

/// A stopped thread blocks the others; but if no thread stops, all finish.
template <class Object, class... Threads>
declaration together(std::string header, std::string operation, Threads... threads) {
    return {std::move(header), std::move(operation), progress_guarantee::deadlock_free, 0,
            [=](progress_bounds bounds) {
                progress<Object> check;
                (check.thread(threads), ...);
                return measured(check, bounds);
            }};
}

/// Of lock/, queue/, shared/ and task/: progress_declarations.cpp is one list in parts.
[[nodiscard]] std::vector<declaration> of_locks();
[[nodiscard]] std::vector<declaration> of_waiting();
[[nodiscard]] std::vector<declaration> of_queues();
[[nodiscard]] std::vector<declaration> of_shared_values();
[[nodiscard]] std::vector<declaration> of_tasks();

}  // namespace racekit::declared
