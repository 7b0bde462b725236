// SPDX-License-Identifier: MIT
#define RACEKIT_DEFINES_EXPLORE
#include "explore.hpp"

#include "model.hpp"
#include "model/runtime/bounds.hpp"
#include "model/runtime/heap.hpp"
#include "runner/print.hpp"

#include <racekit/explore.hpp>

#include <stdexcept>

namespace racekit {
namespace {

using model::most_threads;

std::function<void()> const* explored_now = nullptr;

class explored_function final : public test_instance {
public:
    void before() override {
        model::heap::outside const out;
        if (model::around != nullptr) model::around->before();
    }
    void act(int) override {
        (*explored_now)();
        if (model::around != nullptr) model::around->after();
    }
    void after() override {}
    std::string outcome() override { return ""; }
};

scenario description_of(explore_options const& options) {
    if (options.threads < 1 || options.threads > most_threads)
        throw std::invalid_argument("racekit::explore: threads is a number from 1 to " +
                                    std::to_string(most_threads));
    scenario what;
    what.name = "function";
    what.family = "explored";
    what.count = 1;
    what.spawned = options.threads - 1;
    what.starts_alone = true;
    what.fixed = {sizeof(explored_function), alignof(explored_function),
                  [](void* place) -> test_instance* { return ::new (place) explored_function(); }};
    return what;
}

struct running {
    explicit running(std::function<void()> const& body) {
        if (explored_now != nullptr)
            throw std::invalid_argument("racekit::explore: an exploration is running");
        explored_now = &body;
        if (model::around != nullptr) model::around->first();
    }
    ~running() {
        if (model::around != nullptr) model::around->last();
        explored_now = nullptr;
    }
    running(running const&) = delete;
    running& operator=(running const&) = delete;
};

}  // namespace

explored explore(std::function<void()> const& body, explore_options const& options) {
    scenario const what = description_of(options);
    settings how;
    how.seconds = options.seconds;
    how.executions = options.executions;
    how.mode = options.strategy;
    how.schedule = options.schedule;
    observation seen;
    {
        running const now(body);
        try {
            seen = model::look(what, variant::fixed, how);
        } catch (usage_error const& wrong) {
            throw std::invalid_argument(std::string("racekit::explore: ") + wrong.what());
        }
    }
    verdict const judged = judge(variant::fixed, {}, seen, "");
    explored result;
    if (seen.found) {
        result.found = seen.found->kind;
        result.schedule = seen.found->schedule;
    }
    result.executions = seen.far.count;
    // A warning names what the search left out, though it covered all that it could.
    result.exhausted = seen.how == observation::state::clean &&
                       seen.far.how == reach::kind::exhausted && seen.warnings.empty();
    result.text = to_text(what, variant::fixed, "model", seen, judged);
    return result;
}

}  // namespace racekit
