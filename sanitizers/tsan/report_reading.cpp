// SPDX-License-Identifier: MIT
#include "report_reading.hpp"

#include "frames.hpp"

#include "core/source_line.hpp"

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
    if (!std::strcmp(report.kind, "lock-order-inversion"))
        return (number % 2 == 0 ? "takes " : "already holds ") +
               (object.empty() ? "a lock" : object);
    return "here";
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

finding read_report(report_copy const& report, scenario const& what, variant which) {
    finding found;
    found.kind = kind_of_report(report.kind);
    bool touches_mark = false;
    for (int number = 0; number < report.stacks; ++number) {
        stack_copy const& copy = report.stack[number];
        auto const stack = symbolised(copy.frames, deepest);
        frame const* const mark = marked(stack, what.file);
        touches_mark = touches_mark || mark != nullptr;
        bool const access = copy.access != ' ';
        frame const* const inner = access ? frame_to_show(stack) : frame_to_show(stack, what.file);
        if (inner == nullptr) continue;
        std::string const object = object_at(stack, inner);
        if (found.subject.empty() && access) found.subject = object;
        found.places.push_back(
            at(*inner, role(copy, static_cast<std::size_t>(number), report, object)));
        frame const* const outer = mark != nullptr ? mark : frame_to_show(stack, what.file);
        if (outer != nullptr && outer != inner) found.places.push_back(at(*outer, "  called from"));
    }
    if (which == variant::racy && !touches_mark) found.kind = "unmarked " + found.kind;
    return found;
}

finding read_reports(std::vector<report_copy> const& reports, scenario const& what, variant which) {
    finding first;
    for (report_copy const& report : reports) {
        finding one = read_report(report, what, which);
        bool const counts = one.kind.rfind("unmarked ", 0) != 0;
        if (counts) return one;
        if (first.kind.empty()) first = std::move(one);
    }
    return first;
}

}  // namespace racekit::tsan
