// SPDX-License-Identifier: MIT
#include "timed_history.hpp"

#include "runner/print.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <utility>

namespace racekit::linearity {
namespace {

constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
constexpr std::size_t calls_shown = 12;

struct configuration {
    std::unique_ptr<state> at;
    std::uint32_t done = 0;  // bit i: the pending call of thread i has taken effect
};

/// A set of configurations, in the order of insertion.
class configurations {
public:
    void add(std::unique_ptr<state> at, std::uint32_t done) {
        std::size_t const key = at->hash() * 31 + done;
        auto const [first, last] = by_hash_.equal_range(key);
        for (auto each = first; each != last; ++each) {
            configuration const& known = all_[each->second];
            if (known.done == done && known.at->equals(*at)) return;
        }
        by_hash_.emplace(key, all_.size());
        all_.push_back({std::move(at), done});
    }
    [[nodiscard]] std::size_t size() const { return all_.size(); }
    configuration& operator[](std::size_t index) { return all_[index]; }

private:
    std::vector<configuration> all_;
    std::unordered_multimap<std::size_t, std::size_t> by_hash_;
};

struct event {
    std::uint64_t stamp;
    std::size_t call;
    bool is_return;
};

std::vector<event> events_of(timed_history const& seen) {
    std::vector<event> all;
    for (std::size_t index = 0; index < seen.size(); ++index) {
        all.push_back({seen[index].invoked, index, false});
        if (seen[index].responded == no_return) continue;
        all.push_back({seen[index].responded, index, true});
    }
    std::sort(all.begin(), all.end(),
              [](event const& left, event const& right) { return left.stamp < right.stamp; });
    return all;
}

class history_judge {
public:
    history_judge(subject const& what, timed_history const& seen, std::uint64_t steps)
        : what_(what), seen_(seen), limit_(steps) {
        under_way_.fill(none);
    }

    history_verdict run() {
        now_.add(what_.start(), 0);
        for (event const& next : events_of(seen_)) {
            auto const thread = static_cast<std::size_t>(seen_[next.call].thread);
            if (thread >= under_way_.size())
                throw std::invalid_argument("a history of more than 32 threads");
            if (!next.is_return) {
                if (under_way_[thread] != none)
                    throw std::invalid_argument("calls of one thread overlap");
                under_way_[thread] = next.call;
                continue;
            }
            go_on(next.call);
            if (verdict_.how != history_verdict::decision::allowed) return std::move(verdict_);
            under_way_[thread] = none;
            verdict_.widest = std::max(verdict_.widest, now_.size());
        }
        finish();
        return std::move(verdict_);
    }

private:
    void go_on(std::size_t returning) {
        std::uint32_t const its = 1U << seen_[returning].thread;
        configurations next;
        configurations lacking;  // the returning call has not taken effect there
        for (std::size_t each = 0; each < now_.size(); ++each) {
            auto& [at, done] = now_[each];
            if ((done & its) != 0) next.add(std::move(at), done & ~its);
            else lacking.add(std::move(at), done);
        }
        for (std::size_t each = 0; each < lacking.size(); ++each) {
            for (std::size_t const call : under_way_) {
                if (call == none || seen_[call].responded == no_return) continue;
                std::uint32_t const done = lacking[each].done;
                std::uint32_t const bit = 1U << seen_[call].thread;
                if ((done & bit) != 0) continue;
                if (++verdict_.steps > limit_) {
                    verdict_.how = history_verdict::decision::undecided;
                    return;
                }
                auto after = lacking[each].at->copy();
                if (after->step(seen_[call].operation, seen_[call].result) != fit::fits) continue;
                if (call == returning) next.add(std::move(after), done);
                else lacking.add(std::move(after), done | bit);
            }
        }
        if (next.size() == 0) {
            reject(returning, lacking);
            return;
        }
        now_ = std::move(next);
    }

    /// A call that has not returned blocks for ever: in one of the final states all such calls
    /// must.
    void finish() {
        std::size_t let_through = none;
        for (std::size_t each = 0; each < now_.size(); ++each) {
            let_through = none;
            for (std::size_t const call : under_way_) {
                if (call == none) continue;
                if (now_[each].at->copy()->step(seen_[call].operation, any_result) != fit::waits)
                    let_through = call;
            }
            if (let_through == none) return;
        }
        reject(let_through, now_);
    }

    void reject(std::size_t culprit, configurations& in) {
        verdict_.how = history_verdict::decision::rejected;
        verdict_.culprit = culprit;
        std::set<std::string> given;
        for (std::size_t each = 0; each < in.size(); ++each)
            given.insert(in[each].at->gives(seen_[culprit].operation));
        for (std::string const& each : given)
            verdict_.instead += (verdict_.instead.empty() ? "" : " or ") + each;
    }

    subject const& what_;
    timed_history const& seen_;
    std::uint64_t limit_;
    configurations now_;
    std::array<std::size_t, most_threads> under_way_{};
    history_verdict verdict_;
};

}  // namespace

history in_real_time_order(timed_history const& seen) {
    history all;
    for (timed_call const& later : seen) {
        call one{later.thread, later.operation, later.result, later.responded != no_return, 0};
        for (std::size_t earlier = 0; earlier < seen.size(); ++earlier) {
            if (seen[earlier].responded < later.invoked) one.after |= 1U << earlier;
        }
        all.calls.push_back(one);
    }
    return all;
}

history_verdict judge(subject const& what, timed_history const& seen, std::uint64_t steps) {
    return history_judge(what, seen, steps).run();
}

std::string to_text(subject const& what, timed_history const& seen, history_verdict const& why) {
    timed_call const& culprit = seen.at(why.culprit);
    std::vector<timed_call const*> before;  // the calls that may affect it
    for (timed_call const& each : seen) {
        if (each.invoked < culprit.responded) before.push_back(&each);
    }
    std::sort(before.begin(), before.end(), [](timed_call const* left, timed_call const* right) {
        return std::pair(left->responded, left->invoked) <
               std::pair(right->responded, right->invoked);
    });
    std::size_t const up_to =
        static_cast<std::size_t>(std::find(before.begin(), before.end(), &culprit) -
                                 before.begin());
    // The calls that returned just before it, and the pending ones.
    std::size_t const first = up_to < calls_shown ? 0 : up_to - calls_shown + 1;
    std::string text = "  call " + grouped(up_to + 1) + " of " + grouped(seen.size()) +
                       " to return, with the calls before it, the pending calls and all stamps:\n";
    for (std::size_t index = first; index < before.size(); ++index) {
        timed_call const& each = *before[index];
        bool const returned = each.responded != no_return;
        text += (&each == &culprit ? "> " : "  ") + ("thread " + std::to_string(each.thread)) +
                "  " + what.operations[each.operation] +
                (returned ? " -> " + what.shown(each.operation, each.result) : " waits for ever") +
                "  [" + grouped(each.invoked) + ", " +
                (returned ? grouped(each.responded) : "") + "]\n";
    }
    return text + "  no order of the calls explains this: specified " + why.instead + ", got " +
           (culprit.responded == no_return ? "a wait without end"
                                       : what.shown(culprit.operation, culprit.result)) +
           "\n";
}

}  // namespace racekit::linearity
