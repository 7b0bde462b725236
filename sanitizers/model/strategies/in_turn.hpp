// SPDX-License-Identifier: MIT
// Several strategies that take turns.
#pragma once

#include "forwarding.hpp"

#include <memory>
#include <utility>
#include <vector>

namespace racekit::model {

/// A turn is a number of executions, not a time: the same seed gives the same executions.
class in_turn final : public forwarding {
public:
    explicit in_turn(std::vector<std::unique_ptr<strategy>> all, std::uint64_t turn = 1024,
                     std::size_t first = 0)
        : forwarding(*all.at(first % all.size())),
          all_(std::move(all)),
          turn_(turn),
          first_(first) {}

    void begin() override {
        forward_to(*all_[(first_ + executions_++ / turn_) % all_.size()]);
        forwarding::begin();
    }

private:
    std::vector<std::unique_ptr<strategy>> all_;
    std::uint64_t turn_;
    std::size_t first_;
    std::uint64_t executions_ = 0;
};

}  // namespace racekit::model
