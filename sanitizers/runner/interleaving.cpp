// SPDX-License-Identifier: MIT
#include "interleaving.hpp"

#include "layout.hpp"

#include <racekit/verdict.hpp>

#include <algorithm>
#include <numeric>

namespace racekit {
namespace {

constexpr std::size_t number_columns = 8;  // two spaces, the step, two spaces
constexpr std::size_t widest_action = 44;
constexpr std::size_t narrowest_action = 11;
constexpr std::size_t narrowest_value = 6;
constexpr std::size_t most_objects = 4;
constexpr std::size_t gap = 2;

std::string base_name(std::string const& file) { return file.substr(file.find_last_of('/') + 1); }

/// The objects that get a value column: those whose value changes, in order of first use.
std::vector<std::string> valued_objects(finding const& what) {
    std::vector<std::string> names;
    for (step const& row : what.steps) {
        if (row.value.empty() || row.object.empty()) continue;
        if (std::find(names.begin(), names.end(), row.object) == names.end())
            names.push_back(row.object);
    }
    // The object that the finding is about is always among them, also if no value is known.
    auto const subject = std::find(names.begin(), names.end(), what.subject);
    bool const used = std::any_of(what.steps.begin(), what.steps.end(), [&](step const& row) {
        return !what.subject.empty() && row.object == what.subject;
    });
    if (used && subject - names.begin() >= static_cast<std::ptrdiff_t>(most_objects)) {
        if (subject != names.end()) names.erase(subject);
        names.insert(names.begin() + most_objects - 1, what.subject);
    } else if (used && subject == names.end()) {
        names.push_back(what.subject);
    }
    if (names.size() > most_objects) names.resize(most_objects);
    return names;
}

/// Gives addresses short names, so that a reader sees which are the same: address#1, address#2.
class address_names {
public:
    [[nodiscard]] std::string in(std::string const& text) {
        std::string result;
        for (std::size_t at = 0; at < text.size();) {
            std::size_t const end = end_of_address(text, at);
            if (end == at) {
                result += text[at++];
                continue;
            }
            result += named(text.substr(at, end - at));
            at = end;
        }
        return result;
    }

private:
    static std::size_t end_of_address(std::string const& text, std::size_t at) {
        constexpr std::size_t fewest_digits = 6;  // fewer are a number
        if (text.compare(at, 2, "0x") != 0) return at;
        std::size_t const end =
            std::min(text.find_first_not_of("0123456789abcdef", at + 2), text.size());
        return end - at - 2 >= fewest_digits ? end : at;
    }
    std::string named(std::string const& address) {
        auto const known = std::find(seen_.begin(), seen_.end(), address);
        auto const number = known - seen_.begin() + 1;
        if (known == seen_.end()) seen_.push_back(address);
        return "address#" + std::to_string(number);
    }

    std::vector<std::string> seen_;
};

/// One step as it is printed.
struct printed_step {
    std::string number;
    int thread = -1;
    std::string action;
    std::vector<std::string> values;
    std::string where;

    bool operator==(printed_step const& other) const {  // of whatever number
        return thread == other.thread && action == other.action && values == other.values &&
               where == other.where;
    }
};

std::string where_of(step const& row) {
    std::string text;
    if (!row.file.empty()) text += base_name(row.file) + ":" + std::to_string(row.line);
    if (row.marked) text += "  <- race";
    if (!row.note.empty()) text += "  (" + row.note + ")";
    return text;
}

std::vector<printed_step> printed_steps(finding const& what,
                                        std::vector<std::string> const& objects) {
    std::vector<printed_step> all;
    address_names names;
    std::vector<std::string> values(objects.size());
    int number = 0;
    for (step const& row : what.steps) {
        for (std::size_t at = 0; at < objects.size(); ++at) {
            if (row.object == objects[at] && !row.value.empty()) values[at] = names.in(row.value);
        }
        bool const named = objects.size() > 1 && !row.object.empty() && !row.blocked;
        all.push_back({row.blocked ? "" : std::to_string(++number), row.thread,
                       (named ? row.object + " " : "") + names.in(row.action), values,
                       names.in(where_of(row))});
    }
    return all;
}

/// How wide each column is.
struct columns {
    std::size_t thread = 0;
    std::vector<std::size_t> values;
    std::size_t where = 0;  // 0: below the step, on a line of its own

    [[nodiscard]] std::size_t sum(int threads) const {
        return number_columns + thread * static_cast<std::size_t>(threads) +
               std::accumulate(values.begin(), values.end(), std::size_t{0}) + where;
    }
};

columns natural_columns(std::vector<printed_step> const& steps,
                        std::vector<std::string> const& objects) {
    columns wide;
    wide.thread = 12;
    for (std::string const& object : objects)
        wide.values.push_back(std::max<std::size_t>(object.size(), 4) + gap);
    for (printed_step const& one : steps) {
        wide.thread = std::max(wide.thread, std::min(one.action.size() + gap, widest_action));
        for (std::size_t at = 0; at < objects.size(); ++at)
            wide.values[at] = std::max(wide.values[at], one.values[at].size() + gap);
        wide.where = std::max(wide.where, one.where.size());
    }
    return wide;
}

/// The same, narrowed until they fit: values first, then actions, then the source lines go below,
/// then value columns are left out.
columns fitting_columns(columns fit, int threads, std::size_t width) {
    auto const excess = [&] {
        std::size_t const sum = fit.sum(threads);
        return sum > width ? sum - width : 0;
    };
    for (std::size_t& value : fit.values) {
        std::size_t const spare = value > narrowest_value + gap ? value - narrowest_value - gap : 0;
        value -= std::min(spare, excess());
    }
    constexpr std::size_t least_where = 24;
    if (fit.where > least_where) fit.where -= std::min(fit.where - least_where, excess());
    auto const narrow_threads = [&] {
        while (excess() > 0 && fit.thread > narrowest_action) --fit.thread;
    };
    narrow_threads();
    if (excess() > 0) fit.where = 0;
    while (excess() > 0 && !fit.values.empty()) fit.values.pop_back();
    while (excess() > 0 && fit.thread > 6) --fit.thread;
    return fit;
}

std::string trimmed(std::string text) {
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

/// A row of cells, over as many lines as the longest cell takes.
std::string row_of(std::vector<std::string> const& cells, std::vector<std::size_t> const& widths) {
    std::vector<std::vector<std::string>> pieces;
    std::size_t lines = 1;
    for (std::size_t at = 0; at < cells.size(); ++at) {
        bool const last = at + 1 == cells.size();
        std::size_t const between = last ? 0 : std::min(widths[at] - 1, gap);
        pieces.push_back(in_lines(cells[at], widths[at] - between));
        lines = std::max(lines, pieces.back().size());
    }
    std::string text;
    for (std::size_t line = 0; line < lines; ++line) {
        std::string one;
        for (std::size_t at = 0; at < cells.size(); ++at)
            one += padded(line < pieces[at].size() ? pieces[at][line] : "", widths[at]);
        text += trimmed(one) + "\n";
    }
    return text;
}

class table {
public:
    table(finding const& what, std::vector<printed_step> const& steps,
          std::vector<std::string> const& objects)
        : threads_(what.threads),
          fit_(fitting_columns(natural_columns(steps, objects), what.threads, output_width())) {
        widths_.push_back(number_columns);
        for (int thread = 0; thread < threads_; ++thread) widths_.push_back(fit_.thread);
        widths_.insert(widths_.end(), fit_.values.begin(), fit_.values.end());
        if (fit_.where > 0) widths_.push_back(fit_.where);
    }

    [[nodiscard]] std::string head(std::vector<std::string> const& objects) const {
        std::vector<std::string> cells{"  step"};
        for (int thread = 0; thread < threads_; ++thread)
            cells.push_back("thread " + std::to_string(thread));
        for (std::size_t at = 0; at < fit_.values.size(); ++at) cells.push_back(objects[at]);
        if (fit_.where > 0) cells.push_back("");
        return row_of(cells, widths_);
    }

    [[nodiscard]] std::string row(printed_step const& one) const {
        std::string const lead(one.number.size() < 6 ? 6 - one.number.size() : 0, ' ');
        std::vector<std::string> cells{lead + one.number};
        for (int thread = 0; thread < threads_; ++thread)
            cells.push_back(thread == one.thread ? one.action : "");
        for (std::size_t at = 0; at < fit_.values.size(); ++at) cells.push_back(one.values[at]);
        if (fit_.where > 0) {
            cells.push_back(one.where);
            return row_of(cells, widths_);
        }
        std::string text = row_of(cells, widths_);
        std::string const indent(number_columns, ' ');
        if (one.where.empty()) return text;
        for (std::string const& line : in_lines(one.where, output_width() - indent.size()))
            text += indent + line + "\n";
        return text;
    }

private:
    int threads_;
    columns fit_;
    std::vector<std::size_t> widths_;
};

/// How often the `period` steps from `first` on come one after the other.
std::size_t repeats(std::vector<printed_step> const& steps, std::size_t first, std::size_t period) {
    std::size_t times = 1;
    for (std::size_t next = first + period; next + period <= steps.size(); next += period) {
        if (!std::equal(steps.begin() + static_cast<std::ptrdiff_t>(first),
                        steps.begin() + static_cast<std::ptrdiff_t>(first + period),
                        steps.begin() + static_cast<std::ptrdiff_t>(next)))
            break;
        ++times;
    }
    return times;
}

/// The part of the steps that is printed once and stands for `times` in a row.
struct loop {
    std::size_t period = 1;
    std::size_t times = 1;
};

loop loop_at(std::vector<printed_step> const& steps, std::size_t first) {
    constexpr std::size_t longest_period = 32;
    constexpr std::size_t fewest_saved = 4;  // steps
    loop best;
    for (std::size_t period = 1; period <= longest_period; ++period) {
        std::size_t const times = repeats(steps, first, period);
        bool const saves = times >= 3 && (times - 1) * period >= fewest_saved;
        if (saves && times * period > best.times * best.period) best = {period, times};
    }
    return best;
}

}  // namespace

std::string interleaving(finding const& what) {
    // Steps of a loop without end that still differ come in hundreds.
    constexpr std::size_t most = 160;
    constexpr std::size_t first_of_many = 60;
    constexpr std::size_t last_of_many = 40;

    auto const objects = valued_objects(what);
    auto const steps = printed_steps(what, objects);
    table const rows(what, steps, objects);
    std::vector<std::string> texts;
    for (std::size_t at = 0; at < steps.size();) {
        loop const here = loop_at(steps, at);
        for (std::size_t each = 0; each < here.period; ++each)
            texts.push_back(rows.row(steps[at + each]));
        if (here.times > 1) {
            texts.push_back("     :  " +
                            (here.period == 1 ? std::string("the last step")
                                              : "the last " + grouped(here.period) + " steps") +
                            " x " + grouped(here.times) + "\n");
        }
        at += here.period * here.times;
    }
    std::string text = rows.head(objects);
    std::size_t const left_out =
        texts.size() > most ? texts.size() - first_of_many - last_of_many : 0;
    for (std::size_t at = 0; at < texts.size(); ++at) {
        if (left_out > 0 && at == first_of_many) {
            text += "     :  " + grouped(left_out) + " more, all of them with --json\n";
            at += left_out;
        }
        text += texts[at];
    }
    return text;
}

}  // namespace racekit
