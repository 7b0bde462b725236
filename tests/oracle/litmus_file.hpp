// SPDX-License-Identifier: MIT
// Reads `.litmus` files of the C11 dialect, as herd and the suites of RC11 have them.
#pragma once

#include "program.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace racekit::oracle {

/// A condition on what an execution ends with, in postfix form.
struct condition_term {
    enum class kind : std::uint8_t { always, never, equals, negate, both, either };
    kind what = kind::always;
    int place = -1;  ///< in an outcome
    int value = 0;
};
using condition = std::vector<condition_term>;
[[nodiscard]] bool holds(condition const& what, outcome const& ends);

enum class quantifier : std::uint8_t { exists, not_exists, forall };

struct litmus_file {
    program what;
    quantifier how = quantifier::exists;
    condition about;
    std::string about_text;
};

/// Reads a file's text; `name` stands in messages. Throws std::invalid_argument with
/// "name:line: what was not understood".
[[nodiscard]] litmus_file read_litmus(std::string_view text, std::string const& name);

/// What herd says: "Yes"; or "Ok" and "No" as the quantifier has it.
struct litmus_verdict {
    std::size_t positive = 0;  ///< outcomes for which the condition holds
    std::size_t negative = 0;
    /// Of the quantified sentence.
    [[nodiscard]] bool is_true(quantifier how) const;
};
[[nodiscard]] litmus_verdict judge_litmus(litmus_file const& file, std::set<outcome> const& all);

/// An outcome by the names that the file has, without registers of the reader's own.
[[nodiscard]] std::string to_text(litmus_file const& file, outcome const& ends);

}  // namespace racekit::oracle
