// SPDX-License-Identifier: MIT
// A detector in one file: it runs the threads of a test body one after the other, the last one
// first, and judges by the outcome. It finds code that rests on the order of its threads.
#include <racekit/detector.hpp>

#include <cstdlib>
#include <memory>

namespace {

using namespace racekit;

observation look(scenario const& what, variant which, settings const&) {
    instance_maker const& maker = what.maker(which);
    std::size_t const units = (maker.size + maker.alignment - 1) / maker.alignment;
    std::unique_ptr<void, decltype(&std::free)> const place(
        std::aligned_alloc(maker.alignment, units * maker.alignment), &std::free);
    test_instance* const body = maker.make(place.get());
    body->before();
    for (int thread = what.count; thread-- > 0;) body->act(thread);
    std::string const outcome = body->outcome();
    body->~test_instance();

    observation seen;
    seen.far = {reach::kind::sampled, 1, "orders", ""};
    seen.how = observation::state::clean;
    if (outcome.rfind("wrong", 0) == 0) {
        seen.how = observation::state::found;
        seen.found.emplace();
        seen.found->kind = name(finding_kind::failed_check);
        seen.found->consequence = "the threads in backward order: " + outcome;
        seen.found->found_in = 1;
    }
    return seen;
}

entered_detector const entered{{"backwards", look}};

}  // namespace
