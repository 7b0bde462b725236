// Uniformly random choices from a generator of full period.
#pragma once

#include "strategy.hpp"

namespace racekit::model {

/// Every choice uniform, every execution from a state of its own: splitmix64 (Steele, Lea, Flood 2014)
/// seeded by (seed, execution). Relacy's own generator reaches 2^17 schedules of two threads at most.
class random_walk final : public strategy {
public:
    explicit random_walk(std::uint64_t seed) : seed_(seed) {}

    void begin() override {
        state_ = seed_ * 0x9e3779b97f4a7c15U + execution_ * 0xd1342543de82ef95U;
        ++execution_;
    }
    int choose_thread(situation const& now) override {
        unsigned left = static_cast<unsigned>(below(static_cast<unsigned>(__builtin_popcount(now.enabled))));
        thread_set candidates = now.enabled;
        while (left-- > 0) candidates &= candidates - 1;
        return __builtin_ctz(candidates);
    }
    unsigned choose(decision about, unsigned count, int) override {
        if (about == decision::death) return below(8) == 0 ? 1 : 0;
        return below(count);
    }
    bool end(bool) override { return true; }

private:
    unsigned below(unsigned limit) {
        std::uint64_t mixed = state_ += 0x9e3779b97f4a7c15U;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
        mixed ^= mixed >> 31;
        // Multiply-shift (Lemire 2019); its bias below 2^-32 is of no account here.
        return static_cast<unsigned>((mixed >> 32) * limit >> 32);
    }

    std::uint64_t seed_;
    std::uint64_t execution_ = 0;
    std::uint64_t state_ = 0;
};

}  // namespace racekit::model
