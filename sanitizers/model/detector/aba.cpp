// SPDX-License-Identifier: MIT
#include "aba.hpp"

#include "core/budget.hpp"
#include "model/strategies/bounded.hpp"
#include "model/schedules/deviating.hpp"
#include "model/strategies/exhaustive.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace racekit::model {
namespace {

constexpr std::uint64_t most_executions = 200'000;
constexpr std::uint64_t most_of_few = 4096;  // with two preemptions, before all others
constexpr std::chrono::seconds longest{5};

bool same_line(site const& left, site const& right) {
    return left.line == right.line && std::strcmp(left.file, right.file) == 0;
}

class suspicion {
public:
    suspicion(test_body& body, exploration_config const& config, schedule const& script,
              std::string const& kind)
        : body_(body), config_(config), script_(script), kind_(kind) {}

    /// Whether no execution fails where the compare_exchanges of this line, or all, have a tag.
    [[nodiscard]] bool a_tag_corrects_it(site where) const {
        exploration_config tagged = config_;
        tagged.linked = true;
        tagged.linked_at = where;
        // A program that still fails usually fails near the old place, or with few preemptions.
        if (played(tagged).found) return false;
        engine first(body_, tagged);
        bounded few(0, 2);
        processor_budget small = budget_of(most_of_few);
        if (first.play(few, [&](std::uint64_t count) { return small.spent(count); }).found)
            return false;
        engine explorer(body_, tagged);
        exhaustive systematically;
        processor_budget all = budget_of(most_executions);
        execution_record const& last = explorer.play(
            systematically, [&](std::uint64_t count) { return all.spent(count); });
        return !last.found && !all.is_spent() && !systematically.diverged() &&
               explorer.links_held() > 0;
    }

    /// Whether an execution ends in the same although all orders are seq_cst.
    [[nodiscard]] bool orders_do_not_correct_it() const {
        exploration_config ordered = config_;
        ordered.sequential = true;
        execution_record const near = played(ordered);
        if (near.found && near.found->kind == kind_) return true;
        ordered.past_findings = true;
        bounded few(0, 2);
        exhaustive systematically;
        return meets_it(ordered, few, most_of_few) ||
               meets_it(ordered, systematically, most_executions);
    }

private:
    /// A busy machine must not change the answer: the time is the processor's.
    [[nodiscard]] static processor_budget budget_of(std::uint64_t executions) {
        return {processor_clock::now() + longest, executions};
    }
    /// The schedule as far as this program follows it.
    [[nodiscard]] execution_record played(exploration_config config) const {
        config.plain_visible = true;
        engine once(body_, config);
        deviating follow(script_.deviations);
        return once.play(follow, [](std::uint64_t) { return true; });
    }
    [[nodiscard]] bool meets_it(exploration_config const& config, strategy& how,
                                std::uint64_t most) const {
        engine explorer(body_, config);
        processor_budget enough = budget_of(most);
        (void)explorer.play(how, [&](std::uint64_t count) {
            return explorer.kinds().contains(kind_) || enough.spent(count);
        });
        return explorer.kinds().contains(kind_);
    }

    test_body& body_;
    exploration_config const& config_;
    schedule const& script_;
    std::string const& kind_;
};

/// "step 4", as the interleaving counts; rows of blocked threads have no number.
std::string step_word(trace const& rows, std::size_t row) {
    auto const end = rows.begin() + static_cast<std::ptrdiff_t>(row) + 1;
    return "step " + std::to_string(std::count_if(
                         rows.begin(), end, [](auto const& each) { return !each.blocked; }));
}

}  // namespace

std::optional<std::size_t> behind(test_body& body, exploration_config const& config,
                                  schedule const& script, execution_record const& recorded) {
    if (!recorded.found || recorded.value_reuses.empty()) return std::nullopt;
    std::string const kind = recorded.found->kind;
    if (kind == "hang" || kind == "test body error") return std::nullopt;
    suspicion const of(body, config, script, kind);
    std::vector<std::size_t> suspects;  // by line, the last one first
    for (auto row = recorded.value_reuses.rbegin(); row != recorded.value_reuses.rend(); ++row) {
        site const where = recorded.rows[*row].where;
        if (std::none_of(suspects.begin(), suspects.end(), [&](std::size_t other) {
                return same_line(recorded.rows[other].where, where);
            }))
            suspects.push_back(*row);
    }
    std::optional<std::size_t> guilty;
    for (std::size_t const suspect : suspects) {
        if (!guilty && of.a_tag_corrects_it(recorded.rows[suspect].where)) guilty = suspect;
    }
    if (!guilty && suspects.size() > 1 && of.a_tag_corrects_it({})) guilty = suspects.front();
    return guilty && of.orders_do_not_correct_it() ? guilty : std::nullopt;
}

error as_aba(error found, execution_record& recorded, std::size_t row) {
    trace& rows = recorded.rows;
    model::row& blamed = rows[row];
    auto const changes_it = [&](std::size_t at) {
        return rows[at].object == blamed.object && !rows[at].value.empty();
    };
    // The row that brought the value back, and the one before it that had taken it away.
    std::size_t back = row;
    std::size_t change = row;
    for (std::size_t at = row; at-- > 0;) {
        if (!changes_it(at)) continue;
        if (back == row) {
            back = at;
        } else if (rows[at].value == rows[back].value) {
            back = at;
        } else {
            change = at;
            break;
        }
    }
    std::string const value = rows[back].value;
    std::string text = value + " again in " + step_word(rows, back);
    if (change != row) text += ", after " + rows[change].value + " in " + step_word(rows, change);
    text += ", which the compare_exchange of " + step_word(rows, row) +
            " cannot tell from what was there before; " +
            (found.kind == "failed check" ? "" : found.kind + ", ") + found.consequence;

    auto const place_of_row = [&](std::string role, std::size_t at) {
        return place{std::move(role) + " by thread " + std::to_string(rows[at].thread),
                     rows[at].where.file, rows[at].where.line, false};
    };
    std::vector<place> places;
    places.push_back(place_of_row("compare_exchange", row));
    if (change != row) places.push_back(place_of_row("changed", change));
    places.push_back(place_of_row("changed back", back));
    for (place& where : found.places) places.push_back(std::move(where));

    blamed.note = "ABA: " + blamed.note;
    found.consequence_kind = found.kind;
    found.kind = aba;
    found.object = blamed.object;
    found.consequence = std::move(text);
    found.places = std::move(places);
    return found;
}

}  // namespace racekit::model
