// SPDX-License-Identifier: MIT
// The table of litmus tests is what the engine does: every difference from C++20 is declared, and
// no declared one is missing. --markdown prints the table of sanitizers/model/README.md.
#include "litmus.hpp"

#include "unit/model/program.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace racekit::model::litmus {
namespace {

constexpr int registers = 6;  // a .. f
constexpr int atomics = 3;    // x .. z

enum class does { store, load, add, exchange, strong, weak, fence };

struct statement {
    does what{};
    int target = -1;   // register
    int object = -1;
    int value = 0;
    int from = -1;     // a register to store, instead of the value
    int expected = 0;
    std::memory_order order{};
    std::memory_order failure{};
};

[[noreturn]] void malformed(std::string const& text) {
    std::fprintf(stderr, "not a statement: %s\n", text.c_str());
    std::exit(2);
}

std::memory_order order_named(std::string const& word, std::string const& text) {
    if (word == "rlx") return std::memory_order_relaxed;
    if (word == "acq") return std::memory_order_acquire;
    if (word == "rel") return std::memory_order_release;
    if (word == "ar") return std::memory_order_acq_rel;
    if (word == "sc") return std::memory_order_seq_cst;
    malformed(text);
}

int object_named(std::string const& word) {
    return word.size() == 1 && word[0] >= 'x' && word[0] <= 'z' ? word[0] - 'x' : -1;
}
int register_named(std::string const& word) {
    return word.size() == 1 && word[0] >= 'a' && word[0] < 'a' + registers ? word[0] - 'a' : -1;
}

statement parse_statement(std::string const& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    statement made;
    auto const word = [&](std::size_t at) {
        if (at >= words.size()) malformed(text);
        return words[at];
    };
    if (word(0) == "fence") {
        made.what = does::fence;
        made.order = order_named(word(1), text);
        return made;
    }
    if (object_named(word(0)) >= 0) {
        made.object = object_named(word(0));
        made.what = does::store;
        made.from = register_named(word(2));
        if (made.from < 0) made.value = std::atoi(word(2).c_str());
        made.order = order_named(word(3), text);
        return made;
    }
    made.target = register_named(word(0));
    made.object = object_named(word(2));
    if (made.target < 0 || made.object < 0) malformed(text);
    if (words.size() == 4) {
        made.what = does::load;
        made.order = order_named(word(3), text);
        return made;
    }
    if (word(3) == "+=" || word(3) == "<-") {
        made.what = word(3) == "+=" ? does::add : does::exchange;
        made.value = std::atoi(word(4).c_str());
        made.order = order_named(word(5), text);
        return made;
    }
    if (word(3) != "cas" && word(3) != "weak") malformed(text);
    made.what = word(3) == "cas" ? does::strong : does::weak;
    made.expected = std::atoi(word(4).c_str());
    made.value = std::atoi(word(5).c_str());
    made.order = order_named(word(6), text);
    made.failure = order_named(word(7), text);
    return made;
}

using listing = std::vector<std::vector<statement>>;

listing parse(row const& of) {
    listing all;
    for (char const* thread : of.threads) {
        auto& into = all.emplace_back();
        std::istringstream in(thread);
        for (std::string text; std::getline(in, text, ';');) into.push_back(parse_statement(text));
    }
    return all;
}

using values = std::array<int, registers>;

/// One statement, on the model's atomics or on the machine's.
template <class Atomic, class Fence>
void perform(statement const& now, std::array<Atomic, atomics>& objects, values& seen,
             Fence fence) {
    if (now.what == does::fence) return fence(now.order);
    Atomic& object = objects[static_cast<std::size_t>(now.object)];
    if (now.what == does::store) {
        object.store(now.from < 0 ? now.value : seen[static_cast<std::size_t>(now.from)],
                     now.order);
        return;
    }
    int& into = seen[static_cast<std::size_t>(now.target)];
    int expected = now.expected;
    switch (now.what) {
        case does::load: into = object.load(now.order); return;
        case does::add: into = object.fetch_add(now.value, now.order); return;
        case does::exchange: into = object.exchange(now.value, now.order); return;
        case does::strong:
            (void)object.compare_exchange_strong(expected, now.value, now.order, now.failure);
            break;
        default:
            (void)object.compare_exchange_weak(expected, now.value, now.order, now.failure);
            break;
    }
    into = expected;
}

std::array<bool, registers> used_registers(listing const& all) {
    std::array<bool, registers> used{};
    for (auto const& thread : all) {
        for (statement const& each : thread) {
            if (each.target >= 0) used[static_cast<std::size_t>(each.target)] = true;
        }
    }
    return used;
}

std::string outcome_text(std::array<bool, registers> const& used, values const& seen,
                         char const* finals, std::array<int, atomics> const& last) {
    std::string text;
    for (std::size_t each = 0; each < registers; ++each) {
        if (used[each]) text += std::to_string(seen[each]);
    }
    if (*finals != '\0') text += '/';
    for (char const* at = finals; *at != '\0'; ++at)
        text += std::to_string(last[static_cast<std::size_t>(*at - 'x')]);
    return text;
}

void expand(std::string const& word, outcome_set& into) {
    std::size_t const open = word.find('{');
    if (open == std::string::npos) {
        into.insert(word);
        return;
    }
    std::size_t const close = word.find('}', open);
    std::istringstream choices(word.substr(open + 1, close - open - 1));
    for (std::string choice; std::getline(choices, choice, ',');)
        expand(word.substr(0, open) + choice + word.substr(close + 1), into);
}

/// Every register with 0 or a value stored to what it loads, every last value one that was stored.
outcome_set combinations(row const& of) {
    listing const all = parse(of);
    std::array<std::set<int>, atomics> stored;
    for (auto const& thread : all) {
        for (statement const& each : thread) {
            if (each.what == does::store)
                stored[static_cast<std::size_t>(each.object)].insert(each.value);
        }
    }
    std::string pattern;
    auto const choices = [&](std::set<int> const& some, bool zero) {
        pattern += '{';
        if (zero) pattern += "0,";
        for (int const each : some) pattern += std::to_string(each) + ",";
        pattern.back() = '}';
    };
    for (int each = 0; each < registers; ++each) {
        for (auto const& thread : all) {
            for (statement const& now : thread) {
                if (now.target == each) choices(stored[static_cast<std::size_t>(now.object)], true);
            }
        }
    }
    if (*of.finals != '\0') pattern += '/';
    for (char const* at = of.finals; *at != '\0'; ++at)
        choices(stored[static_cast<std::size_t>(*at - 'x')], false);
    outcome_set made;
    expand(pattern, made);
    return made;
}

}  // namespace

outcome_set outcomes(row const& of, std::string_view text) {
    outcome_set made;
    std::istringstream words{std::string(text)};
    for (std::string word; words >> word;) {
        if (word == "all") made = combinations(of);
        else if (word[0] == '-') made.erase(word.substr(1));
        else expand(word, made);
    }
    return made;
}

outcome_set shown_by_model(row const& of) {
    struct shared {
        std::array<atomic<int>, atomics> objects;
        values seen{};
        std::array<int, atomics> last{};
        shared() : objects{atomic<int>(0), atomic<int>(0), atomic<int>(0)} {}
    };
    listing const all = parse(of);
    auto const used = used_registers(all);
    program<shared> body;
    for (auto const& thread : all) {
        body.threads.push_back([&thread](shared& on) {
            for (statement const& each : thread) {
                perform(each, on.objects, on.seen,
                        [](std::memory_order order) { racekit::atomic_thread_fence(order); });
            }
        });
    }
    body.last = [](shared& on) {
        for (std::size_t each = 0; each < atomics; ++each)
            on.last[each] = on.objects[each].load(std::memory_order_relaxed);
    };
    body.outcome = [&](shared& on) { return outcome_text(used, on.seen, of.finals, on.last); };
    explored const seen = explore(body);
    if (seen.found) return {"finding: " + seen.found->kind};
    return body.outcomes;
}

namespace {

std::string in_words(outcome_set const& some) {
    std::string text;
    for (std::string const& each : some) text += (text.empty() ? "" : " ") + each;
    return text;
}

outcome_set without(outcome_set const& from, outcome_set const& what) {
    outcome_set left = from;
    for (std::string const& each : what) left.erase(each);
    return left;
}

/// "all 4" or "all but 00" reads better than what is there when most is.
std::string briefly(row const& of, outcome_set const& some) {
    if (some.size() <= 3) return in_words(some);
    outcome_set const everything =
        std::strncmp(of.allowed, "all", 3) == 0 ? outcomes(of, "all") : outcomes(of, of.allowed);
    outcome_set const missing = without(everything, some);
    if (!without(some, everything).empty() || missing.size() > 3)
        return std::to_string(some.size()) + " outcomes";
    std::string const count = std::to_string(some.size());
    return missing.empty() ? (everything.size() == some.size() ? "all " + count : count)
                           : "all but " + in_words(missing);
}

std::string escaped(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
        text.replace(at, 1, "\\|");
    return text;
}

struct judged {
    outcome_set allowed, shown, missing, made_up;
    bool as_declared = false;
    std::string verdict;

    [[nodiscard]] bool exact() const { return as_declared && missing.empty() && made_up.empty(); }
};

judged judge(row const& of) {
    judged result;
    result.allowed = outcomes(of, of.allowed);
    result.shown = shown_by_model(of);
    result.missing = without(result.allowed, result.shown);
    result.made_up = without(result.shown, result.allowed);
    bool const gap_fits = result.missing == outcomes(of, of.unsupported_outcome);
    bool const alarm_fits = result.made_up == outcomes(of, of.false_alarm);
    result.as_declared = gap_fits && alarm_fits;
    if (!result.as_declared) result.verdict = "NOT AS DECLARED";
    else if (!result.missing.empty())
        result.verdict = "declared gap: never " + in_words(result.missing);
    else if (!result.made_up.empty())
        result.verdict = "declared false alarm: " + in_words(result.made_up);
    else result.verdict = "exact";
    return result;
}

/// "SB rlx": the family is what stands before the first blank.
std::string family_of(row const& of) {
    std::string const name = of.name;
    return name.substr(0, name.find(' '));
}

std::string variant_of(row const& of) {
    std::string const name = of.name;
    std::size_t const blank = name.find(' ');
    return blank == std::string::npos ? "" : name.substr(blank + 1);
}

void record_row(row const& of, judged const& result) {
    std::printf(
        "%s: %s\n  allowed  %s\n  shown    %s\n  missing  %s, declared %s\n"
        "  made up  %s, declared %s\n",
        of.name, result.verdict.c_str(), in_words(result.allowed).c_str(),
        in_words(result.shown).c_str(), in_words(result.missing).c_str(), of.unsupported_outcome,
        in_words(result.made_up).c_str(), of.false_alarm);
}

void print_markdown(std::vector<judged> const& results, std::string const& score) {
    std::printf("%s.\n\n| family | variant | threads | C++20 allows | because | the engine shows | "
                "verdict |\n|---|---|---|---|---|---|---|\n",
                score.c_str());
    std::string last;
    for (std::size_t at = 0; at < results.size(); ++at) {
        row const& each = rows()[at];
        judged const& result = results[at];
        std::string threads;
        for (char const* thread : each.threads)
            threads += std::string(threads.empty() ? "" : " \\|\\| ") + "`" + thread + "`";
        std::string const family = family_of(each);
        std::printf("| %s | %s | %s | %s | %s | %s | %s%s%s |\n",
                    family == last ? "" : family.c_str(), variant_of(each).c_str(),
                    threads.c_str(), briefly(each, result.allowed).c_str(),
                    escaped(each.reason).c_str(), briefly(each, result.shown).c_str(),
                    result.verdict.c_str(), *each.because != '\0' ? ": " : "", each.because);
        last = family;
    }
}

}  // namespace
}  // namespace racekit::model::litmus

int main(int count, char** arguments) {
    using namespace racekit::model::litmus;
    bool const markdown = count > 1 && std::strcmp(arguments[1], "--markdown") == 0;
    if (count > 2 || (count == 2 && !markdown)) {
        std::fprintf(stderr, "usage: litmus [--markdown]\n");
        return 2;
    }
    std::vector<judged> results;
    std::size_t wrong = 0;
    std::size_t exact = 0;
    for (row const& each : rows()) {
        results.push_back(judge(each));
        exact += results.back().exact() ? 1 : 0;
        wrong += results.back().as_declared ? 0 : 1;
    }
    std::string const score = std::to_string(results.size()) + " litmus tests: " +
                              std::to_string(exact) + " exact, " +
                              std::to_string(results.size() - exact - wrong) +
                              " with a declared difference, " + std::to_string(wrong) +
                              " not as declared";
    if (markdown) {
        print_markdown(results, score);
    } else {
        for (std::size_t at = 0; at < results.size(); ++at) {
            if (!results[at].as_declared) record_row(rows()[at], results[at]);
        }
        std::printf("%s\n", score.c_str());
    }
    return wrong == 0 ? 0 : 1;
}
