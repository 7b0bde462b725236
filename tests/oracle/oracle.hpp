// SPDX-License-Identifier: MIT
// What a small program can do by the axioms of a standard: all outcomes, and whether it races.
//
// The oracle enumerates candidate executions (reads-from, modification order, constraints on S) and
// keeps those that the axioms allow. It shares nothing with the engine.
#pragma once

#include "axioms.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace racekit::oracle {

/// What an engine that executes one event after another needs, to show an outcome: each includes
/// those before it.
enum class need : std::uint8_t {
    nothing,             ///< some execution order agrees with sb, rf, mo and S
    stale_failure,       ///< and so it does, but a failing compare_exchange reads an older store
    single_order,        ///< S differs from every execution order
    modification_order,  ///< modification order differs from every execution order
    load_buffering,      ///< a cycle in sequenced-before and reads-from
};
[[nodiscard]] char const* to_text(need what);

struct answer {
    /// Of executions without a data race, and the least that an engine needs for each.
    std::map<outcome, need> outcomes;
    /// The least that is needed for an execution with a data race.
    std::optional<need> race;
    std::uint64_t candidates = 0;  ///< complete choices of reads-from that were judged
    std::uint64_t choices = 0;     ///< and those on the way
    bool cut = false;              ///< there were more than `most` choices: the rest is not known
};

/// Enumerates. Throws std::invalid_argument if the program has more than 64 instructions and
/// objects together.
[[nodiscard]] answer ask(program const& about, rules const& by = {},
                         std::uint64_t most = ~std::uint64_t(0));

/// One execution that ends so, as text: what each read reads, modification orders and what S has to
/// keep. Empty if there is none.
[[nodiscard]] std::string witness(program const& about, rules const& by, outcome const& ends);

}  // namespace racekit::oracle
