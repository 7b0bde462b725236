// SPDX-License-Identifier: MIT
// The axioms of C++20 and of RC11 over candidate executions.
#pragma once

#include "candidate.hpp"

namespace racekit::oracle {

enum class standard : std::uint8_t {
    cpp20,  ///< [intro.races] and [atomics.order] of C++20, hence P0668 and P0982
    rc11,   ///< Lahav, Vafeiadis, Kang, Hur, Dreyer, PLDI 2017
};

struct rules {
    standard which = standard::cpp20;
    /// Executions with a cycle in sequenced-before and reads-from count too, never in RC11.
    /// Values and control that depend on themselves stay out: [atomics.order] p8.
    bool cycles = true;
    /// LWG 3941: a load that reads a store of its own thread follows nothing in S because of it.
    bool own_stores_are_free = true;
    /// Leaves out of C++20 the two kinds of constraint on S that RC11 lacks, so that the rest can
    /// be compared: README.md
    bool as_rc11_orders = false;
    /// A later store of the same thread continues a release sequence: C++11, and RC11 as published.
    bool own_stores_continue = false;
};

/// The rules of RC11 as published.
[[nodiscard]] constexpr rules rc11() { return {standard::rc11, false, false, false, true}; }

/// What follows from reads-from alone, complete or not: each further choice only adds to it.
struct derived {
    relation happens_before;
    relation modification;  ///< what coherence forces of modification order, transitive

    /// False when no choice of the rest makes it an execution.
    [[nodiscard]] bool derive(candidate const& of, rules const& by);
};

/// Whether a candidate with all its reads-from and modification order is an execution.
class judge {
public:
    judge(candidate const& of, derived const& from, rules const& by);

    /// Constraints on the order S of seq_cst events; or RC11's psc. Not transitive.
    [[nodiscard]] relation sequential_order(relation const& modification) const;

private:
    [[nodiscard]] relation coherence_ordered(relation const& modification) const;
    [[nodiscard]] relation reads_before(relation const& modification) const;
    [[nodiscard]] relation cpp20(relation const& modification) const;
    [[nodiscard]] relation rc11(relation const& modification) const;
    void constrain(relation& order, int before, event_set after, bool itself) const;
    void constrain_fences(relation& order, relation const& coherence) const;
    void derive_strongly();
    [[nodiscard]] event_set same_place(int event) const;

    candidate const& of_;
    derived const& from_;
    rules const& by_;
    relation earlier_;   // happens-before, reversed
    relation strongly_;  // happens-before, for S
    relation synchronous_;
};

/// Release and acquire: what synchronizes with what, by reads-from.
[[nodiscard]] relation synchronizes(candidate const& of, rules const& by);
/// Data races: a plain access of which nothing happens before the other, one of them a write.
[[nodiscard]] bool has_race(candidate const& of, relation const& happens_before);

}  // namespace racekit::oracle
