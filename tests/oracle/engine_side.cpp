// SPDX-License-Identifier: MIT
#include "engine_side.hpp"

#include "model/core/engine.hpp"
#include "model/core/unsupported.hpp"
#include "model/runtime/heap.hpp"
#include "model/strategies/exhaustive.hpp"

#include <racekit/platform.hpp>

#include <array>
#include <new>
#include <optional>
#include <stdexcept>

namespace racekit::oracle {
namespace {

constexpr std::size_t most_of_a_kind = 8;

/// The objects of one execution, and what its threads have in their registers.
struct state {
    std::array<std::optional<racekit::atomic<int>>, most_of_a_kind> atomics;
    std::array<std::optional<racekit::plain<int>>, most_of_a_kind> plains;
};

class played final : public model::test_body {
public:
    played(program const& what, shown& into) : what_(what), into_(into) {
        std::size_t atomics = 0;
        std::size_t plains = 0;
        for (object const& each : what.objects)
            places_.push_back(each.is_atomic ? atomics++ : plains++);
        if (atomics > most_of_a_kind || plains > most_of_a_kind)
            throw std::invalid_argument("more than eight atomics or plain variables");
        registers_.resize(what.registers.size());
        ends_.reserve(registers_.size() + what.objects.size());
    }

    void before() override {
        on_ = ::new (memory_) state();
        std::fill(registers_.begin(), registers_.end(), 0);
        for (std::size_t each = 0; each < places_.size(); ++each) {
            int const first = what_.objects[each].initial;
            if (what_.objects[each].is_atomic) on_->atomics[places_[each]].emplace(first);
            else on_->plains[places_[each]].emplace(first);
        }
    }

    void act(int thread) override {
        auto const& code = what_.threads[static_cast<std::size_t>(thread)];
        for (std::size_t at = 0; at < code.size(); ++at) {
            if (code[at].what == verb::skip) {
                if (value(code[at].value) == 0) at += static_cast<std::size_t>(code[at].length);
            } else perform(code[at]);
        }
    }

    void after() override {
        ends_ = registers_;
        for (std::size_t each = 0; each < places_.size(); ++each) {
            ends_.push_back(what_.objects[each].is_atomic
                                ? on_->atomics[places_[each]]->load(std::memory_order_relaxed)
                                : on_->plains[places_[each]]->read());
        }
        on_->~state();
        model::heap::outside const out;
        into_.outcomes.insert(ends_);
    }

private:
    [[nodiscard]] int value(expression const& what) const { return evaluate(what, registers_); }

    void give(int target, int what) {
        if (target >= 0) registers_[static_cast<std::size_t>(target)] = what;
    }

    void perform(instruction const& next) {
        if (next.what == verb::set) return give(next.target, value(next.value));
        if (next.what == verb::fence) return racekit::atomic_thread_fence(next.order);
        std::size_t const place = places_[static_cast<std::size_t>(next.object)];
        if (next.what == verb::read) return give(next.target, on_->plains[place]->read());
        if (next.what == verb::write) return on_->plains[place]->write(value(next.value));
        racekit::atomic<int>& subject = *on_->atomics[place];
        switch (next.what) {
            case verb::load: return give(next.target, subject.load(next.order));
            case verb::store: return subject.store(value(next.value), next.order);
            case verb::modify: return give(next.target, modify(subject, next));
            default: break;
        }
        int expected = value(next.expected);
        int const desired = value(next.value);
        bool const done =
            next.what == verb::strong_cas
                ? subject.compare_exchange_strong(expected, desired, next.order, next.failure)
                : subject.compare_exchange_weak(expected, desired, next.order, next.failure);
        give(next.target, expected);
        give(next.succeeded, done ? 1 : 0);
    }

    [[nodiscard]] int modify(racekit::atomic<int>& subject, instruction const& next) const {
        int const operand = value(next.value);
        switch (next.how) {
            case change::add: return subject.fetch_add(operand, next.order);
            case change::subtract: return subject.fetch_sub(operand, next.order);
            case change::bit_or: return subject.fetch_or(operand, next.order);
            case change::bit_and: return subject.fetch_and(operand, next.order);
            case change::exclusive_or: return subject.fetch_xor(operand, next.order);
            default: return subject.exchange(operand, next.order);
        }
    }

    program const& what_;
    shown& into_;
    std::vector<std::size_t> places_;
    outcome registers_;
    outcome ends_;
    alignas(state) unsigned char memory_[sizeof(state)];
    state* on_ = nullptr;
};

}  // namespace

std::string memories() { return "exact, relacy"; }

shown explore(program const& what, std::string_view memory, std::uint64_t most, bool find_weak) {
    if (memory != "exact" && memory != "relacy")
        throw std::invalid_argument("no memory is called " + std::string(memory) +
                                    "; there is: " + memories());
    shown seen;
    played body(what, seen);
    model::exploration_config config;
    config.threads = static_cast<int>(what.threads.size());
    config.memory =
        memory == "exact" ? model::memory_kind::exact : model::memory_kind::relacy;
    config.find_weak = find_weak;
    config.spurious = 0;
    for (auto const& thread : what.threads) {
        for (instruction const& each : thread)
            config.spurious += each.what == verb::weak_cas ? 1 : 0;
    }
    model::unsupported_outcomes::forget();
    model::exhaustive systematically;
    model::engine explorer(body, config);
    model::execution_record const& last = explorer.play(systematically, [&](std::uint64_t count) {
        seen.cut = count >= most;
        return seen.cut;
    });
    if (last.found) seen.finding = last.found->kind;
    for (warning const& each : model::unsupported_outcomes::met()) seen.warnings.insert(each.kind);
    seen.executions = explorer.executions();
    return seen;
}

}  // namespace racekit::oracle
