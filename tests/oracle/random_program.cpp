// SPDX-License-Identifier: MIT
#include "random_program.hpp"

#include "core/splitmix.hpp"

#include <algorithm>

namespace racekit::oracle {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto seq_cst = std::memory_order_seq_cst;

class generator {
public:
    generator(std::uint64_t seed, std::uint64_t number)
        : state_((seed + 1) * golden_gamma ^ (number + 1) * 0xd1b54a32d192ed03U) {}

    program write() {
        unsigned const size = below(20);
        unsigned const threads = size < 10 ? 2 : size < 17 ? 3 : 4;
        unsigned const most = threads == 2 ? 5 : threads == 3 ? 3 : 2;
        style_ = below(8);
        distinct_ = below(3) == 0;
        made_.objects = {{"x", true, 0}};
        if (below(8) != 0) made_.objects.push_back({"y", true, 0});
        if (below(3) == 0) made_.objects.push_back({"z", true, 0});
        atomics_ = static_cast<unsigned>(made_.objects.size());
        if (below(4) == 0) made_.objects.push_back({"p", false, 0});
        for (unsigned thread = 0; thread < threads; ++thread) {
            made_.threads.emplace_back();
            fill(1 + std::max(below(most), below(most)));
        }
        return std::move(made_);
    }

private:
    std::uint64_t next() { return splitmix64(state_ += golden_gamma); }
    unsigned below(unsigned count) { return static_cast<unsigned>((next() >> 32) % count); }

    /// A style is a tendency: all relaxed, all seq_cst, none seq_cst, or anything.
    bool is_relaxed() { return style_ == 0 ? below(8) != 0 : below(5) == 0; }
    bool is_seq_cst() {
        return style_ == 1 || style_ == 2 ? below(6) != 0 : style_ >= 4 && below(3) == 0;
    }
    std::memory_order load_order() {
        if (is_relaxed()) return relaxed;
        if (is_seq_cst()) return seq_cst;
        return below(2) == 0 ? relaxed : std::memory_order_acquire;
    }
    std::memory_order store_order() {
        if (is_relaxed()) return relaxed;
        if (is_seq_cst()) return seq_cst;
        return below(2) == 0 ? relaxed : std::memory_order_release;
    }
    std::memory_order any_order() {
        if (is_relaxed()) return relaxed;
        if (is_seq_cst()) return seq_cst;
        constexpr std::memory_order orders[] = {relaxed, std::memory_order_acquire,
                                                std::memory_order_release,
                                                std::memory_order_acq_rel};
        return orders[below(4)];
    }
    std::memory_order fence_order() {
        constexpr std::memory_order orders[] = {std::memory_order_acquire,
                                                std::memory_order_release,
                                                std::memory_order_acq_rel, seq_cst, seq_cst,
                                                seq_cst};
        return orders[below(6)];
    }

    int fresh_register() {
        int const made = static_cast<int>(made_.registers.size());
        made_.registers.emplace_back(1, static_cast<char>('a' + made));
        return made;
    }
    int fresh_value() { return distinct_ ? ++value_ : 1 + static_cast<int>(below(2)); }

    expression value() {
        if (last_ >= 0 && below(10) == 0) return variable(last_);
        return constant(fresh_value());
    }

    void fill(unsigned length) {
        last_ = -1;
        auto& into = made_.threads.back();
        bool const has_plain = made_.objects.size() > atomics_;
        for (unsigned left = length; left > 0; --left) {
            if (has_plain && below(3) == 0) plain(into, left);
            else atomic(into);
            if (last_ >= 0 && left > 1 && below(5) == 0) guard(into, left - 1);
        }
        close(into);
    }

    void atomic(std::vector<instruction>& into) {
        instruction made;
        made.object = static_cast<int>(below(atomics_));
        unsigned const kind = below(24);
        if (kind < 8) {
            made.what = verb::load;
            made.order = load_order();
        } else if (kind < 15) {
            made.what = verb::store;
            made.value = value();
            made.order = store_order();
        } else if (kind < 18) {
            made.what = verb::modify;
            made.how = below(2) == 0 ? change::add : change::exchange;
            made.value = made.how == change::add && below(4) == 0 ? constant(0) : value();
            made.order = any_order();
        } else if (kind < 21) {
            made.what = below(4) == 0 ? verb::weak_cas : verb::strong_cas;
            made.expected = constant(static_cast<int>(below(3)));
            made.value = value();
            made.order = any_order();
            made.failure = load_order();
        } else {
            made.what = verb::fence;
            made.object = -1;
            made.order = fence_order();
        }
        if (made.what != verb::store && made.what != verb::fence)
            made.target = last_ = fresh_register();
        into.push_back(std::move(made));
    }

    /// Mostly as it is done: written before a store, or read where a load saw something.
    void plain(std::vector<instruction>& into, unsigned left) {
        instruction made;
        made.object = static_cast<int>(atomics_);
        bool const writes = below(2) == 0;
        if (!writes && !guarded_ && last_ >= 0 && below(4) != 0) guard(into, left);
        made.what = writes ? verb::write : verb::read;
        if (writes) made.value = constant(fresh_value());
        else made.target = fresh_register();
        into.push_back(std::move(made));
    }

    /// All that still comes depends on what was read last, up to `left` instructions of it.
    void guard(std::vector<instruction>& into, unsigned left) {
        if (guarded_) return;
        instruction made;
        made.what = verb::skip;
        made.value = variable(last_);
        made.value.push_back({term::kind::constant, static_cast<int>(below(3))});
        made.value.push_back({below(4) == 0 ? term::kind::unequal : term::kind::equal, 0});
        opened_ = into.size();
        guarded_ = true;
        until_ = into.size() + (below(4) == 0 ? 1 + below(left) : 100);
        into.push_back(std::move(made));
    }

    void close(std::vector<instruction>& into) {
        if (!guarded_) return;
        std::size_t const end = std::min(into.size() - 1, until_);
        into[opened_].length = static_cast<int>(end - opened_);
        guarded_ = false;
    }

    std::uint64_t state_;
    program made_;
    unsigned style_ = 0;
    unsigned atomics_ = 0;
    bool distinct_ = false;
    int value_ = 0;
    int last_ = -1;  // the register read last in this thread
    bool guarded_ = false;
    std::size_t opened_ = 0;
    std::size_t until_ = 0;
};

program without(program from, std::size_t thread, std::size_t place) {
    auto& code = from.threads[thread];
    for (std::size_t at = 0; at < place; ++at) {
        if (code[at].what == verb::skip && at + static_cast<std::size_t>(code[at].length) >= place)
            --code[at].length;
    }
    code.erase(code.begin() + static_cast<std::ptrdiff_t>(place));
    return from;
}

/// Each program that is one step smaller, until one is taken.
bool shrink(program& what, std::function<bool(program const&)> const& still) {
    auto const take = [&](program const& candidate) {
        if (!still(candidate)) return false;
        what = candidate;
        return true;
    };
    for (std::size_t thread = 0; thread < what.threads.size(); ++thread) {
        program smaller = what;
        smaller.threads.erase(smaller.threads.begin() + static_cast<std::ptrdiff_t>(thread));
        if (what.threads.size() > 1 && take(smaller)) return true;
    }
    for (std::size_t thread = 0; thread < what.threads.size(); ++thread) {
        for (std::size_t place = 0; place < what.threads[thread].size(); ++place) {
            if (take(without(what, thread, place))) return true;
            program weaker = what;
            instruction& one = weaker.threads[thread][place];
            if (one.order != relaxed && one.what != verb::fence) {
                one.order = relaxed;
                if (take(weaker)) return true;
            }
            if (one.failure != relaxed) {
                one.order = what.threads[thread][place].order;
                one.failure = relaxed;
                if (take(weaker)) return true;
            }
        }
    }
    return false;
}

}  // namespace

program random_program(std::uint64_t seed, std::uint64_t number) {
    return generator(seed, number).write();
}

program smallest(program from, std::function<bool(program const&)> const& still) {
    while (shrink(from, still)) {
    }
    // What nothing names any more is left out.
    program named = parse(to_text(from));
    return still(named) ? named : from;
}

}  // namespace racekit::oracle
