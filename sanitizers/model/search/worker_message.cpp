// SPDX-License-Identifier: MIT
#include "worker_message.hpp"

#include "model/schedules/schedule.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace racekit::model {
namespace {

constexpr char const* kind_words[] = {"count", "done", "open", "found", "covered", "diverged"};
constexpr char no_schedule[] = "-";

}  // namespace

std::string to_line(worker_message const& message) {
    std::ostringstream line;
    line << kind_words[static_cast<std::size_t>(message.what)] << ' ' << message.place << ' '
         << message.executions << ' ' << message.pruned << ' ' << message.bound << ' '
         << (message.schedule.empty() ? no_schedule : message.schedule) << ' ' << message.text;
    return line.str();
}

worker_message parse_worker_message(std::string_view line) {
    std::istringstream words{std::string(line)};
    std::string kind;
    worker_message message;
    words >> kind >> message.place >> message.executions >> message.pruned >> message.bound >>
        message.schedule;
    auto const known = std::find(std::begin(kind_words), std::end(kind_words), kind);
    if (!words || known == std::end(kind_words))
        throw std::invalid_argument("a worker sent '" + std::string(line) +
                                    "', which is not a message of a worker");
    message.what = static_cast<worker_message::kind>(known - std::begin(kind_words));
    if (message.schedule == no_schedule) message.schedule.clear();
    std::getline(words >> std::ws, message.text);
    return message;
}

worker_message finding_message(execution_record const& last, std::uint64_t place,
                               std::uint64_t executions) {
    worker_message message;
    message.what = worker_message::kind::found;
    message.place = place;
    message.executions = executions;
    if (!last.threads.empty()) message.schedule = to_text({last.threads, last.decisions, "", ""});
    message.text = last.found->kind;
    return message;
}

search_result::found_schedule finding_of(worker_message const& message,
                                         std::uint64_t executions_before) {
    search_result::found_schedule found;
    if (!message.schedule.empty()) found.script = parse_schedule(message.schedule);
    found.kind = message.text;
    found.number = executions_before + message.executions;
    return found;
}

void worker_reports::add(std::size_t worker, worker_message const& message) {
    switch (message.what) {
        case worker_message::kind::count:
            counts_[worker] = {message.executions, message.pruned};
            bound_ = std::max(bound_, message.bound);
            break;
        case worker_message::kind::found:
            if (!found_ || message.place < found_->place) found_ = message;
            break;
        case worker_message::kind::covered: covered_[worker] = true; break;
        case worker_message::kind::diverged: diverged_ = true; break;
        case worker_message::kind::done:
        case worker_message::kind::open: break;  // of prefixes: for the checkpoint alone
    }
}

leaves worker_reports::sum() const {
    leaves whole;
    for (leaves const& each : counts_) {
        whole.executions += each.executions;
        whole.pruned += each.pruned;
    }
    return whole;
}

bool worker_reports::all_covered() const {
    return std::all_of(covered_.begin(), covered_.end(), [](bool each) { return each; });
}

bool worker_reports::any_covered() const {
    return std::any_of(covered_.begin(), covered_.end(), [](bool each) { return each; });
}

}  // namespace racekit::model
