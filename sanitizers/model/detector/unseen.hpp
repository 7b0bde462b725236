// SPDX-License-Identifier: MIT
// What a scenario's source uses that the model cannot see: classes of std that synchronise and do
// not go through the platform.
#pragma once

#include <string>
#include <vector>

namespace racekit::model {

struct unseen_name {
    std::string name;  ///< "std::atomic"
    int line = 0;
};

/// Each such name once, with its first line; comments and string literals are left out. Empty if
/// the file cannot be read.
[[nodiscard]] std::vector<unseen_name> unseen_names(std::string const& file);

/// "std::atomic (line 4) and std::mutex (line 9)".
[[nodiscard]] std::string in_words(std::vector<unseen_name> const& names);

}  // namespace racekit::model
