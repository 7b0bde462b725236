// SPDX-License-Identifier: MIT
#include "recorder.hpp"

#include "model/runtime/caller_line.hpp"

#include <algorithm>

namespace racekit::model {
namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    hash ^= value + 0x9e3779b97f4a7c15U + (hash << 6) + (hash >> 2);
    hash *= 0xff51afd7ed558ccdU;
    return hash ^ (hash >> 33);
}

}  // namespace

char const* order_word(std::memory_order order) {
    switch (order) {
        case std::memory_order_relaxed: return "relaxed";
        case std::memory_order_consume:
        case std::memory_order_acquire: return "acquire";
        case std::memory_order_release: return "release";
        case std::memory_order_acq_rel: return "acq_rel";
        default: return "seq_cst";
    }
}

void add_place(error& to, std::string text, site const& where, int call_path) {
    if (call_path >= 0 && is_of_primitives(where)) {
        if (site const outside = line_of_test_body(call_path); outside.line > 0) {
            to.places.push_back({std::move(text), outside.file, outside.line, false});
            to.places.push_back({"  inside", where.file, where.line, false});
            return;
        }
    }
    to.places.push_back({std::move(text), where.file, where.line, false});
}

std::string object_word(std::uint32_t number) { return "%" + std::to_string(number) + "%"; }

recorder::recorder(bool rows) : rows_(rows) { now_.decisions.reserve(most_steps); }

void recorder::begin() {
    steps_ = 0;
    row_count_ = 0;
    stored_in_.clear();
    could_read_.clear();
    now_.decisions.clear();
    now_.fingerprint = 0;
    now_.rows.clear();
    now_.value_reuses.clear();
    now_.found.reset();
}

void recorder::end() {
    auto const count = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(steps_, most_steps));
    now_.threads.assign(went_.begin(), went_.begin() + count);
}

void recorder::note_fingerprint(int thread, operation const& done) {
    now_.fingerprint =
        mix(now_.fingerprint, static_cast<std::uint64_t>(thread) << 40 |
                                  static_cast<std::uint64_t>(done.what) << 32 | done.object);
    now_.fingerprint = mix(now_.fingerprint, static_cast<std::uint64_t>(done.where.line));
}

void recorder::add_row(int thread, std::uint32_t object, site const& where, row_text what) {
    ++row_count_;
    now_.rows.push_back({thread, object, std::move(what.operation), std::move(what.action),
                         std::move(what.order), std::move(what.value), std::move(what.note), where,
                         what.blocked, std::exchange(could_read_, {})});
}

void recorder::note_store(std::uint32_t object, std::uint32_t rank, std::size_t step) {
    std::vector<std::size_t>& steps = stored_in_[object];
    if (steps.size() + 1 < rank) steps.resize(rank - 1);
    steps.insert(steps.begin() + static_cast<std::ptrdiff_t>(rank - 1), step);
}

std::size_t recorder::step_of_store(std::uint32_t object, std::uint32_t rank) const {
    auto const known = stored_in_.find(object);
    return known != stored_in_.end() && rank <= known->second.size() ? known->second[rank - 1] : 0;
}

void recorder::add_waiting(int thread, operation const& next, std::string text) {
    row waiting;
    waiting.thread = thread;
    waiting.object = next.object < first_object ? no_object : next.object;
    waiting.action = std::move(text);
    waiting.where = next.where;
    waiting.blocked = true;
    now_.rows.push_back(std::move(waiting));
}

void recorder::keep_names(object_table const& objects) {
    now_.objects.assign(first_object, {"atomic", ""});  // threads have numbers, and no names
    for (std::uint32_t index = first_object; index < objects.count(); ++index) {
        object const& each = objects[index];
        now_.objects.push_back({each.kind->given_kind != nullptr ? each.kind->given_kind(each)
                                                                 : each.kind->name,
                                each.given_name != nullptr ? each.given_name : ""});
    }
}

}  // namespace racekit::model
