// SPDX-License-Identifier: MIT
#include "round_names.hpp"

#include "frames.hpp"
#include "steps.hpp"

#include "core/source_line.hpp"

namespace racekit::tsan {
namespace {

std::uint64_t place_of(void const* object) { return reinterpret_cast<std::uintptr_t>(object); }

object_use use_at(void* const* pcs, int count, void const* object, int thread,
                  std::string const& scenario_file) {
    auto const stack = symbolised(pcs, count);
    return {place_of(object), thread, object_at(stack, frame_to_show(stack, scenario_file))};
}

/// A step inside a primitive is shown at the scenario's call of it, if the stack reaches so far;
/// its object as a part of what is called there.
void show_the_call(event_source& found, event const& one, std::string const& scenario_file) {
    auto const stack = symbolised(one.stack, event::most_frames);
    frame const* const call = frame_to_show(stack, scenario_file);
    if (call == nullptr || is_primitive(*call)) return;
    found.file = call->file;
    found.line = call->line;
    object_expression const whole = object_at(stack, call);
    if (!whole.empty() && !found.object.empty())
        found.object.name = whole.text() + "." + found.object.name;
}

}  // namespace

event_source source_of(event const& one, std::string const& scenario_file) {
    event_source found{one.where.file, one.where.line, {}};
    bool const of_a_lock = one.what == operation::lock || one.what == operation::unlock;
    if (of_a_lock || is_platform({"", found.file, found.line, 0})) {
        auto const stack = symbolised(one.stack, event::most_frames);
        if (frame const* const where = frame_to_show(stack, scenario_file); where != nullptr) {
            found.file = where->file;
            found.line = where->line;
            // If a guard unlocks it, the line is the end of the scope, without a name.
            if (one.what != operation::unlock) found.object = object_at(stack, where);
            return found;
        }
    }
    found.object = object_of(found.file, found.line, one.where.column, word_for(one.what));
    if (is_primitive({"", found.file, found.line, 0})) show_the_call(found, one, scenario_file);
    return found;
}

round_names::round_names(std::vector<event> const& events,
                         std::vector<controller::unfinished_thread> const& unfinished,
                         std::vector<lock_order> const& orders, std::string const& scenario_file) {
    std::vector<object_use> uses;
    for (event const& one : events) {
        if (one.object == nullptr) continue;
        uses.push_back({place_of(one.object), one.thread, source_of(one, scenario_file).object});
    }
    for (auto const& one : unfinished) {
        void const* const object = one.lock != nullptr ? one.lock : one.key;
        if (!one.waiting || one.what == until::ended) continue;
        uses.push_back(
            use_at(one.stack.data(), controller::most_frames, object, one.thread, scenario_file));
    }
    for (lock_order const& one : orders) {
        uses.push_back(
            use_at(one.held_at, lock_order::most_frames, one.held, one.thread, scenario_file));
        uses.push_back(
            use_at(one.wanted_at, lock_order::most_frames, one.wanted, one.thread, scenario_file));
    }
    names_ = names_of_objects(uses);
}

std::string round_names::of(void const* object) const {
    auto const at = names_.find(place_of(object));
    return at != names_.end() ? at->second : "";
}

}  // namespace racekit::tsan
