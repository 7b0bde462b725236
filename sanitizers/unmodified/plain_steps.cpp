// SPDX-License-Identifier: MIT
#include "plain_steps.hpp"

#include "atomics.hpp"
#include "places.hpp"

#include "model/core/execution.hpp"
#include "model/objects/framed.hpp"
#include "model/runtime/heap.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>
#include <vector>

namespace racekit::unmodified {
namespace {

struct raced_place {
    void const* at;
    model::handle object;
};
std::vector<raced_place> places;  // by address

bool lies_before(raced_place const& each, void const* address) { return each.at < address; }

/// A write whose row is to tell what it wrote: memory holds that when the next step comes.
struct unfinished_write {
    void const* at = nullptr;
    std::size_t size = 0;
    std::size_t row = 0;
};
unfinished_write unfinished;

std::string value_at(void const* at, std::size_t size) {
    if (size > 16 || (size & (size - 1)) != 0) return std::to_string(size) + " bytes";
    word value;
    std::memcpy(&value, at, size);
    return integer_of(size).show(value);
}

void finish_write(model::execution& all) {
    if (unfinished.at == nullptr) return;
    model::heap::outside const out;
    model::trace& rows = all.records.record().rows;
    if (unfinished.row < rows.size()) {
        std::string const value = value_at(unfinished.at, unfinished.size);
        rows[unfinished.row].action = "write " + value;
        rows[unfinished.row].value = value;
    }
    unfinished = {};
}

/// The object of a place, made at its first access. One that its block took with it is made again.
model::handle object_at_place(model::execution& all, raced_place& place, void const* accessed) {
    model::object const& known = all.objects[place.object.index];
    if (place.object.index != model::no_object && known.alive && known.check == place.object.check)
        return place.object;
    place.object = model::plain_found(place.at, program_place());
    if (!all.recording()) return place.object;
    model::heap::outside const out;
    static std::unordered_map<std::string, int> names;  // they live as long as the trace
    std::string const name =
        variable_at(reinterpret_cast<std::uintptr_t>(std::max(place.at, accessed)));
    if (!name.empty())
        model::name_object(place.object, names.try_emplace(name).first->first.c_str());
    return place.object;
}

void record(model::execution& all, std::uint32_t object, void const* at, std::size_t size,
            bool writes, site const& where) {
    model::heap::outside const out;
    std::size_t const row = all.records.record().rows.size();
    std::string const action = writes ? "write" : "read -> " + value_at(at, size);
    all.record_row(&all.objects[object], where, {writes ? "write" : "read", action, "", "", ""});
    if (writes) unfinished = {at, size, row};
}

}  // namespace

void begin_plain_steps() {
    std::vector<void const*> const& wanted = model::active().config().steps_at;
    has_plain_steps = !wanted.empty();
    unfinished = {};
    places.clear();
    for (void const* each : wanted) places.push_back({each, {}});
}

void plain_step(void const* at, std::size_t size, bool writes, model::call_frame const* from) {
    model::execution& all = model::active();
    if (!all.running() || size == 0) return;
    model::clean_exit const exit(all);
    if (all.recording()) finish_write(all);
    void const* const end = static_cast<char const*>(at) + size;
    auto const first = std::lower_bound(places.begin(), places.end(), place_with(at), lies_before);
    auto const touched = std::lower_bound(first, places.end(), end, lies_before);
    if (touched == first) return;
    site const where = program_place();
    model::handle const object = object_at_place(all, *first, at);
    model::handle const second =
        touched - first > 1 ? object_at_place(all, first[1], at) : model::handle{};
    model::plain_step({object, second, touched - first > 2, writes}, where, from);
    if (all.recording()) record(all, object.index, at, size, writes, where);
}

std::uint32_t object_of_place(void const* address) {
    for (raced_place const& each : places) {
        if (each.at == place_with(address)) return each.object.index;
    }
    return model::no_object;
}

}  // namespace racekit::unmodified
