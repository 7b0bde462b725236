// SPDX-License-Identifier: MIT
#include "object_table.hpp"

#include "engine.hpp"
#include "recorder.hpp"
#include "model/runtime/caller_line.hpp"
#include "model/runtime/heap.hpp"
#include "model/runtime/hooks.hpp"
#include "model/runtime/thread_locals.hpp"

#include <cstring>

namespace racekit::model {

object_table::object_table() : objects_(first_object) {
    objects_.reserve(most_objects);  // they stay where they are; those never created cost nothing
}

void object_table::begin(int threads) {
    ++generation_;
    count_ = first_object;
    for (int thread = 0; thread < threads; ++thread) objects_[thread_object(thread)].changes = 0;
}

handle object_table::create(object_kind const& kind, void const* at, site const& where,
                            object*& made) {
    if (count_ == most_objects) {
        heap::outside const out;
        end_execution({"out of memory", no_object,
                "one execution made more than " + std::to_string(most_objects) +
                    " synchronisation objects; make the client smaller",
                {{"created here", where.file, where.line, false}}});
    }
    if (thread_locals::holds(at)) {
        heap::outside const out;
        end_execution({"test body error", no_object,
                "a thread_local object: the model's threads share its address; make it a member of "
                "the test body, one for each thread, or a racekit::thread_slot",
                {{"made here", where.file, where.line, false}}});
    }
    std::uint32_t const index = count_++;
    if (index == objects_.size()) {
        heap::outside const out;
        objects_.emplace_back();
    }
    object& fresh = objects_[index];
    fresh.kind = &kind;
    fresh.alive = true;
    fresh.rewritten = 0;
    fresh.check = generation_ * most_objects + index;
    fresh.at = at;
    fresh.given_name = nullptr;
    fresh.changes = 0;
    fresh.ended_by = -1;
    made = &fresh;
    return {index, fresh.check};
}

void object_table::retire(object& subject) {
    subject.alive = false;
    ++subject.changes;
    if (subject.kind->released != nullptr) subject.kind->released(subject);
}

void object_table::retire_all() {
    each_alive([this](object& each) { retire(each); });
}

void object_table::gone(handle which, void const* at, site const& where) {
    heap::outside const out;
    error what;
    what.kind = "use after free";
    bool const known = which.index >= first_object && which.index < count_ &&
                       objects_[which.index].check == which.check;
    if (known) what.object = which.index;
    // In freed memory the handle is overwritten: the last object at this address.
    for (std::uint32_t index = count_; what.object == no_object && index-- > first_object;) {
        if (objects_[index].at == at) what.object = index;
    }
    what.consequence =
        heap::is_freed(at) ? "its memory has been freed" : "the object has been destroyed";
    // A destructor's own line is in the platform: that of its caller says more.
    bool const inside = std::strstr(where.file, "/racekit/platform/") != nullptr;
    site const caller = caller_of_the_kit(inside);
    site const& place = caller.line > 0 ? caller : where;
    object const* const subject = what.object != no_object ? &objects_[what.object] : nullptr;
    bool const recorded = subject != nullptr && subject->ended_by >= 0;
    add_place(what, "used here by thread " + std::to_string(std::max(0, running_thread())), place,
              recorded ? note_call_path() : -1);
    if (recorded && subject->ended_where.line > 0)
        add_place(what, "destroyed by thread " + std::to_string(subject->ended_by),
                  subject->ended_where, subject->ended_path);
    end_execution(std::move(what));
}

}  // namespace racekit::model
