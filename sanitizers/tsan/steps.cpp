// SPDX-License-Identifier: MIT
#include "steps.hpp"

#include "frames.hpp"

#include "core/source_line.hpp"

namespace racekit::tsan {

char const* word_for(operation what) {
    switch (what) {
        case operation::read: return "read";
        case operation::write: return "write";
        case operation::load: return "load";
        case operation::store: return "store";
        case operation::exchange: return "exchange";
        case operation::compare_exchange: return "compare_exchange";
        case operation::modify: return "modify";
        case operation::fence: return "fence";
        case operation::lock: return "lock";
        case operation::unlock: return "unlock";
        case operation::wait: return "wait";
        case operation::wake: return "notify";
        case operation::spin: return "spin";
        case operation::start: return "start a thread";
        case operation::join: return "join";
        case operation::call: return "call";
    }
    return "";
}

namespace {

std::string shown(printable_value const& value) {
    switch (value.as) {
        case printable_value::form::nothing: return "";
        case printable_value::form::boolean: return value.bits != 0 ? "true" : "false";
        case printable_value::form::integer:
            return std::to_string(static_cast<std::int64_t>(value.bits));
        case printable_value::form::natural: return std::to_string(value.bits);
        case printable_value::form::pointer: return value.bits == 0 ? "null" : "object";
    }
    return "";
}

std::string action_of(event const& what, std::string const& value, std::string const& object) {
    std::string const word = word_for(what.what);
    if (what.blocked) {
        return "waits for " + (object.empty() ? "a lock" : object) +
               (what.other >= 0 ? ", held by thread " + std::to_string(what.other) : "");
    }
    if (value.empty()) return word;
    bool const reads = what.what == operation::read || what.what == operation::load;
    return word + (reads ? " -> " : " ") + value;
}

std::string thread_name(int number) { return "thread " + std::to_string(number); }

}  // namespace

std::vector<step> steps_of(std::vector<event> const& events, std::string const& scenario_file,
                           round_names const& names) {
    std::vector<step> rows;
    for (event const& one : events) {
        event_source const source = source_of(one, scenario_file);
        std::string const object = names.of(one.object);
        std::string const value = shown(one.value);
        step row;
        row.thread = one.thread;
        row.operation = word_for(one.what);
        row.file = source.file;
        row.line = source.line;
        row.action = action_of(one, value, object);
        row.blocked = one.blocked;
        if (!row.blocked) row.object = object;  // else the action names it
        row.value = value;
        row.marked = is_marked(row.file, row.line);
        rows.push_back(std::move(row));
    }
    return rows;
}

void add_unfinished_threads(std::vector<controller::unfinished_thread> const& unfinished,
                            std::string const& scenario_file, round_names const& names,
                            finding& found) {
    for (controller::unfinished_thread const& one : unfinished) {
        auto const stack = symbolised(one.stack.data(), controller::most_frames);
        frame const* where = frame_to_show(stack, scenario_file);
        // Within a primitive the thread waits for the object that the scenario calls, not for a
        // part of it.
        frame const* const inner = frame_to_show(stack);
        bool const part = one.lock == nullptr && inner != nullptr && is_primitive(*inner) &&
                          !is_primitive(*where);
        std::string object = part ? object_at(stack, where).text() : "";
        if (object.empty()) object = names.of(one.lock != nullptr ? one.lock : one.key);
        std::string text = thread_name(one.thread);
        if (!one.waiting) {
            text += one.asleep  ? " sleeps in the kernel, in a call outside racekit's platform"
                    : one.spins ? " repeats a loop"
                    : one.ready ? " could run"
                                : " runs without end";
            where = nullptr;
        } else if (one.lock != nullptr) {
            text += " waits for " + (object.empty() ? "a lock" : object);
            if (one.holder >= 0) {
                text += one.holder == one.thread ? ", which it holds itself"
                                                 : ", held by " + thread_name(one.holder);
            }
        } else if (one.what == until::ended) {
            text += " waits for " +
                    thread_name(static_cast<int>(reinterpret_cast<std::uintptr_t>(one.key)) - 1) +
                    " to end";
        } else {
            text += std::string(" waits for ") + (object.empty() ? "a value" : object) +
                    (one.what == until::woken ? " to be notified" : " to change");
        }
        found.consequence += (found.consequence.empty() ? "" : "; ") + text;
        place at{text, one.where.file, one.where.line, false};
        if (where != nullptr) {
            at.file = where->file;
            at.line = where->line;
        }
        at.marked = is_marked(at.file, at.line);
        if (at.line != 0) found.places.push_back(std::move(at));
    }
}

}  // namespace racekit::tsan
