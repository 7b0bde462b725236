// SPDX-License-Identifier: MIT
#include "report_reading.hpp"

#include "frames.hpp"

#include "core/source_line.hpp"

#include <algorithm>
#include <cstring>
#include <unistd.h>

namespace racekit::tsan {
namespace {

std::string thread_of(stack_copy const& of, report_copy const& report) {
    if (of.thread_name[0] != '\0' && of.thread != 0) return of.thread_name;
    if (report.process != ::getpid()) return "a process of the test body";
    return of.thread == 0 ? "the main thread" : "thread T" + std::to_string(of.thread);
}

std::string role(stack_copy const& of, std::size_t number, report_copy const& report,
                 std::string const& object) {
    if (of.access != ' ') {
        std::string const access = of.access == 'w' ? "write" : "read";
        return std::string(number > 0 ? "previous " : "") + (of.atomic ? "atomic " : "") + access +
               " by " + thread_of(of, report);
    }
    if (!std::strcmp(report.kind, "lock-order-inversion")) {
        std::string const who = of.thread >= 0 ? "thread " + std::to_string(of.thread) + " " : "";
        return who + (number % 2 == 0 ? "takes " : "already holds ") +
               (object.empty() ? "a lock" : object);
    }
    return "here";
}

/// TSan's kind as this kit writes it: "data race" for "data-race".
std::string plain_word(std::string kind) {
    if (kind == "lock-order-inversion") return "lock-order inversion";
    std::replace(kind.begin(), kind.end(), '-', ' ');
    return kind;
}

/// The whole stack, but for what has no source.
call_stack stack_of(std::vector<frame> const& frames, std::string role) {
    call_stack all{std::move(role), {}};
    for (frame const& each : frames) {
        if (!each.file.empty()) all.frames.push_back({each.function, each.file, each.line});
    }
    return all;
}

place at(frame const& where, std::string const& role) {
    return {role, where.file, where.line, is_marked(where.file, where.line)};
}

}  // namespace

std::string kind_of_report(std::string const& tsan_kind) {
    if (tsan_kind.rfind("data-race", 0) == 0 || tsan_kind == "external-race") return "data race";
    if (tsan_kind.rfind("heap-use-after-free", 0) == 0) return "use after free";
    if (tsan_kind == "lock-order-inversion") return "lock-order inversion";
    if (tsan_kind == "thread-leak") return "thread leak";
    if (tsan_kind.find("mutex") != std::string::npos) return "mutex misuse";
    if (tsan_kind.find("signal") != std::string::npos) return "signal-unsafe call";
    return tsan_kind;
}

finding read_report(report_copy const& report, scenario const& what, variant which,
                    round_names const& names) {
    finding found;
    found.kind = kind_of_report(report.kind);
    if (found.kind != plain_word(report.kind)) found.reported_as = report.kind;
    bool touches_mark = false;
    for (int number = 0; number < report.stacks; ++number) {
        stack_copy const& copy = report.stack[number];
        auto const stack = symbolised(copy.frames, deepest);
        frame const* const mark = marked(stack, what.file);
        touches_mark = touches_mark || mark != nullptr;
        bool const access = copy.access != ' ';
        frame const* inner = access ? frame_to_show(stack) : frame_to_show(stack, what.file);
        if (inner == nullptr) continue;
        frame const* outer = mark != nullptr ? mark : frame_to_show(stack, what.file);
        std::string object = names.of(copy.address);
        if (object.empty()) object = object_at(stack, inner).text();
        if (object.empty() && outer != nullptr) object = object_at(stack, outer).text();
        bool const of_vptr = access && is_in_vtable(copy.content);
        if (of_vptr && outer != nullptr) {
            found.subject = "the vptr of " + object_at(stack, outer).text();
            if (found.reported_as.empty()) found.reported_as = report.kind + std::string("-vptr");
        }
        bool const named = access || found.kind == "mutex misuse";
        if (found.subject.empty() && named) found.subject = object;
        std::string const words = role(copy, static_cast<std::size_t>(number), report, object);
        found.stacks.push_back(stack_of(stack, words));
        bool const both = outer != nullptr && outer != inner;
        // What the author of the scenario wrote comes first.
        bool const inside = both && is_primitive(*inner) && !is_primitive(*outer);
        found.places.push_back(at(inside ? *outer : *inner, words));
        if (inside) found.places.push_back(at(*inner, "  inside"));
        else if (both) found.places.push_back(at(*outer, "  called from"));
    }
    // A program as it is has no marks.
    bool const has_marks = what.program[0] == '\0' && is_readable(what.file);
    if (which == variant::racy && has_marks && !touches_mark) found.kind = "unmarked " + found.kind;
    return found;
}

report_copy report_of(std::vector<lock_order> const& cycle) {
    report_copy report{};
    std::strcpy(report.kind, "lock-order-inversion");
    report.process = ::getpid();
    for (lock_order const& one : cycle) {
        for (bool const wanted : {true, false}) {
            if (report.stacks == most_stacks) break;
            stack_copy& stack = report.stack[report.stacks++];
            stack.access = ' ';
            stack.thread = one.thread;
            stack.address = const_cast<void*>(wanted ? one.wanted : one.held);
            void* const* const pcs = wanted ? one.wanted_at : one.held_at;
            std::copy(pcs, pcs + lock_order::most_frames, stack.frames);
        }
    }
    return report;
}

finding read_reports(std::vector<report_copy> const& reports, scenario const& what, variant which,
                     round_names const& names) {
    finding first;
    for (report_copy const& report : reports) {
        finding one = read_report(report, what, which, names);
        bool const counts = one.kind.rfind("unmarked ", 0) != 0;
        if (counts) return one;
        if (first.kind.empty()) first = std::move(one);
    }
    return first;
}

}  // namespace racekit::tsan
