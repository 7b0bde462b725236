#include "minimise.hpp"

#include "scripted.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

namespace racekit::model {
namespace {

constexpr int most_replays = 3000;

struct deviation {
    bool is_thread = true;
    std::size_t at = 0;  // which step, or which decision
    std::uint8_t choice = 0;
};

/// Follows the default but for its deviations, and notes what deviated in the end. A deviation that
/// cannot be followed where it stands is skipped.
class deviating final : public strategy {
public:
    explicit deviating(std::vector<deviation> wanted) : wanted_(std::move(wanted)) {}

    [[nodiscard]] std::vector<deviation> const& noted() const { return noted_; }

    void begin() override { noted_.clear(); steps_ = decisions_ = 0; }
    int choose_thread(situation const& now) override {
        int const usual = now.current >= 0 && (now.enabled >> now.current & 1U) != 0
                              ? now.current
                              : __builtin_ctz(now.enabled);
        int chosen = usual;
        if (deviation const* other = find(true, steps_);
            other != nullptr && (now.enabled >> other->choice & 1U) != 0)
            chosen = other->choice;
        if (chosen != usual) noted_.push_back({true, steps_, static_cast<std::uint8_t>(chosen)});
        ++steps_;
        return chosen;
    }
    unsigned choose(decision, unsigned count, int) override {
        unsigned chosen = 0;
        if (deviation const* other = find(false, decisions_);
            other != nullptr && other->choice < count)
            chosen = other->choice;
        if (chosen != 0) noted_.push_back({false, decisions_, static_cast<std::uint8_t>(chosen)});
        ++decisions_;
        return chosen;
    }
    bool end(bool) override { return false; }

private:
    [[nodiscard]] deviation const* find(bool is_thread, std::size_t at) const {
        for (deviation const& each : wanted_) {
            if (each.is_thread == is_thread && each.at == at) return &each;
        }
        return nullptr;
    }

    std::vector<deviation> wanted_;
    std::vector<deviation> noted_;
    std::size_t steps_ = 0;
    std::size_t decisions_ = 0;
};

struct attempt {
    schedule what;
    std::vector<deviation> deviations;
};

/// Fewer changes of thread first, then fewer other deviations, then fewer steps.
bool better(attempt const& left, attempt const& right) {
    auto const cost = [](attempt const& one) {
        return std::make_tuple(switches(one.what), one.deviations.size(), one.what.threads.size());
    };
    return cost(left) < cost(right);
}

/// All choices of a schedule as deviations; those that agree with the default are dropped by
/// playing it.
std::vector<deviation> every_choice(schedule const& what) {
    std::vector<deviation> all;
    for (std::size_t at = 0; at < what.threads.size(); ++at)
        all.push_back({true, at, what.threads[at]});
    for (std::size_t at = 0; at < what.decisions.size(); ++at) {
        if (what.decisions[at] != 0) all.push_back({false, at, what.decisions[at]});
    }
    return all;
}

/// Steps that one thread makes in a row.
struct block {
    std::uint8_t thread = 0;
    std::size_t steps = 0;
};

std::vector<block> blocks_of(std::vector<std::uint8_t> const& threads) {
    std::vector<block> all;
    for (std::uint8_t const thread : threads) {
        if (all.empty() || all.back().thread != thread) all.push_back({thread, 0});
        ++all.back().steps;
    }
    return all;
}

std::vector<std::uint8_t> threads_of(std::vector<block> const& blocks) {
    std::vector<std::uint8_t> all;
    for (block const& each : blocks) all.insert(all.end(), each.steps, each.thread);
    return all;
}

/// The schedules in which one block has joined its thread's block before it, or that one has joined
/// it.
std::vector<schedule> with_a_block_moved(schedule const& from) {
    std::vector<schedule> all;
    auto const blocks = blocks_of(from.threads);
    for (std::size_t later = 2; later < blocks.size(); ++later) {
        for (std::size_t earlier = later - 1; earlier-- > 0;) {
            if (blocks[earlier].thread != blocks[later].thread) continue;
            for (bool const forwards : {false, true}) {
                auto moved = blocks;
                moved[forwards ? later : earlier].steps += moved[forwards ? earlier : later].steps;
                moved.erase(moved.begin() +
                            static_cast<std::ptrdiff_t>(forwards ? earlier : later));
                all.push_back({threads_of(moved), from.decisions, "", ""});
            }
            break;
        }
    }
    return all;
}

}  // namespace

std::size_t switches(schedule const& what) {
    std::size_t count = 0;
    for (std::size_t at = 1; at < what.threads.size(); ++at)
        count += what.threads[at] != what.threads[at - 1];
    return count;
}

schedule minimised(told_story& story, limits within, schedule const& from,
                   std::string const& kind) {
    bool needs_consequence = false;
    int replays = 0;
    engine again(story, within);
    auto const play = [&](std::vector<deviation> wanted) -> std::optional<attempt> {
        ++replays;
        deviating follow(std::move(wanted));
        execution const& told = again.play(follow, [](std::uint64_t) { return true; });
        if (!told.found || told.found->kind != kind) return std::nullopt;
        if (needs_consequence && told.found->consequence.empty()) return std::nullopt;
        return attempt{{told.threads, told.decisions, "", ""}, follow.noted()};
    };

    std::optional<attempt> best = play(every_choice(from));
    if (!best) return from;
    if (kind == "data race") {
        // A race that was seen to lead to something must go on doing so.
        needs_consequence = true;
        if (!play(best->deviations)) needs_consequence = false;
    }
    auto const leave_out = [&] {
        bool any = false;
        std::size_t chunk = std::max<std::size_t>(1, best->deviations.size() / 2);
        while (!best->deviations.empty() && replays < most_replays) {
            bool shrank = false;
            for (std::size_t begin = 0;
                 begin < best->deviations.size() && replays < most_replays;) {
                std::vector<deviation> fewer = best->deviations;
                auto const first = fewer.begin() + static_cast<std::ptrdiff_t>(begin);
                auto const left =
                    static_cast<std::ptrdiff_t>(std::min(chunk, fewer.size() - begin));
                fewer.erase(first, first + left);
                std::optional<attempt> const tried = play(std::move(fewer));
                if (tried && better(*tried, *best)) {
                    best = tried;
                    shrank = any = true;
                } else {
                    begin += chunk;
                }
            }
            if (!shrank && chunk == 1) break;
            if (!shrank) chunk = std::max<std::size_t>(1, chunk / 2);
        }
        return any;
    };
    auto const join_blocks = [&] {
        bool any = false;
        for (bool again_from_the_start = true; again_from_the_start && replays < most_replays;) {
            again_from_the_start = false;
            for (schedule const& candidate : with_a_block_moved(best->what)) {
                std::optional<attempt> const tried = play(every_choice(candidate));
                if (!tried || !better(*tried, *best)) continue;
                best = tried;
                any = again_from_the_start = true;
                break;
            }
        }
        return any;
    };
    (void)leave_out();
    while (join_blocks() && leave_out()) {
    }
    return best->what;
}

}  // namespace racekit::model
