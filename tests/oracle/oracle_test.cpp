// SPDX-License-Identifier: MIT
// The oracle's verdicts against those of the literature, and C++20 against RC11.
//
// Sources, by their short names: Batty = Batty, Owens, Sarkar, Sewell, Weber, "Mathematizing C++
// concurrency", POPL 2011; Maranget = Maranget, Sarkar, Sewell, "A tutorial introduction to the ARM
// and POWER relaxed memory models", 2012; Lahav = Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing
// sequential consistency in C/C++11", PLDI 2017; Vafeiadis = Vafeiadis, Balabonski, Chakraborty,
// Morisset, Zappa Nardelli, "Common compiler optimisations are invalid in the C11 memory model",
// POPL 2015; P0668, P0982, LWG 3941 = papers and issues of WG21; standard = C++20 itself.
#include "oracle.hpp"
#include "random_program.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <stdexcept>

namespace {

using namespace racekit::oracle;

/// "a=1 x=2": whether an outcome has these values.
bool fits(program const& what, outcome const& ends, std::string const& condition) {
    std::istringstream words(condition);
    std::istringstream all(to_text(what, ends));
    std::set<std::string> values;
    for (std::string word; all >> word;) values.insert(word);
    for (std::string word; words >> word;) {
        if (!values.contains(word)) return false;
    }
    return true;
}

bool allows(char const* text, char const* condition, rules const& by = {}) {
    program const what = parse(text);
    answer const all = ask(what, by);
    for (auto const& [ends, least] : all.outcomes) {
        if (fits(what, ends, condition)) return true;
    }
    return false;
}

struct shape {
    char const* name;
    char const* text;
    char const* condition;
    bool cpp20;
    bool rc11;
    char const* source;
};

constexpr shape shapes[] = {
    {"SB rlx", "x = 1 rlx; a = y rlx || y = 1 rlx; b = x rlx", "a=0 b=0", true, true, "Batty"},
    {"SB rel acq", "x = 1 rel; a = y acq || y = 1 rel; b = x acq", "a=0 b=0", true, true, "Batty"},
    {"SB sc", "x = 1 sc; a = y sc || y = 1 sc; b = x sc", "a=0 b=0", false, false, "Batty"},
    {"SB sc fences", "x = 1 rlx; fence sc; a = y rlx || y = 1 rlx; fence sc; b = x rlx", "a=0 b=0",
     false, false, "Batty"},
    {"SB fence and sc accesses", "x = 1 rlx; fence sc; a = y rlx || y = 1 sc; b = x sc", "a=0 b=0",
     false, false, "Lahav, psc_base"},
    {"SB rfi", "x = 1 rel; c = x sc; a = y sc || y = 1 rel; d = y sc; b = x sc", "a=0 b=0", true,
     true, "LWG 3941"},
    {"SB rfi of sc stores", "x = 1 sc; c = x sc; a = y sc || y = 1 sc; d = y sc; b = x sc",
     "a=0 b=0", false, false, "standard"},
    {"SB rfi, sc fences", "x = 1 rel; c = x sc; fence sc; a = y rlx || y = 1 rel; d = y sc; "
     "fence sc; b = x rlx", "a=0 b=0", false, false, "standard"},
    {"MP rlx", "x = 1 rlx; y = 1 rlx || a = y rlx; b = x rlx", "a=1 b=0", true, true, "Batty"},
    {"MP rel acq", "x = 1 rlx; y = 1 rel || a = y acq; b = x rlx", "a=1 b=0", false, false,
     "Batty"},
    {"MP fences", "x = 1 rlx; fence rel; y = 1 rlx || a = y rlx; fence acq; b = x rlx", "a=1 b=0",
     false, false, "Batty"},
    {"LB rlx", "a = x rlx; y = 1 rlx || b = y rlx; x = 1 rlx", "a=1 b=1", true, false,
     "Batty; Lahav, no sb or rf cycle"},
    {"LB rel acq", "a = x acq; y = 1 rel || b = y acq; x = 1 rel", "a=1 b=1", false, false,
     "Batty"},
    {"LB data", "a = x rlx; y = a rlx || b = y rlx; x = b rlx", "a=1 b=1", false, false,
     "standard, out of thin air"},
    {"LB control", "a = x rlx; if a == 1 { y = 1 rlx } || b = y rlx; if b == 1 { x = 1 rlx }",
     "a=1 b=1", false, false, "standard, out of thin air"},
    {"LB one control", "a = x rlx; if a == 1 { y = 1 rlx } || b = y rlx; x = 1 rel", "a=1 b=1",
     true, false, "standard"},
    {"LB through CAS", "a = z sc; if a == 1 { b = y cas 0 1 rlx sc } || c = y += 10 rlx; "
     "d = z <- 1 rlx", "a=1 c=1", true, false, "standard"},
    {"IRIW rlx", "x = 1 rlx || y = 1 rlx || a = x rlx; b = y rlx || c = y rlx; d = x rlx",
     "a=1 b=0 c=1 d=0", true, true, "Batty"},
    {"IRIW rel acq", "x = 1 rel || y = 1 rel || a = x acq; b = y acq || c = y acq; d = x acq",
     "a=1 b=0 c=1 d=0", true, true, "Batty"},
    {"IRIW sc", "x = 1 sc || y = 1 sc || a = x sc; b = y sc || c = y sc; d = x sc",
     "a=1 b=0 c=1 d=0", false, false, "Batty"},
    {"IRIW sc fences", "x = 1 rlx || y = 1 rlx || a = x rlx; fence sc; b = y rlx || c = y rlx; "
     "fence sc; d = x rlx", "a=1 b=0 c=1 d=0", false, false, "Lahav"},
    {"IRIW acq first", "x = 1 sc || y = 1 sc || a = x acq; b = y sc || c = y acq; d = x sc",
     "a=1 b=0 c=1 d=0", true, true, "Lahav; P0668"},
    {"IRIW rlx stores, sc loads", "x = 1 rlx || y = 1 rlx || a = x sc; b = y sc || c = y sc; "
     "d = x sc", "a=1 b=0 c=1 d=0", false, true, "standard p3.4; Lahav, psc has no rf"},
    {"WRC rlx", "x = 1 rlx || a = x rlx; y = 1 rlx || b = y rlx; c = x rlx", "a=1 b=1 c=0", true,
     true, "Maranget"},
    {"WRC rel acq", "x = 1 rlx || a = x rlx; y = 1 rel || b = y acq; c = x rlx", "a=1 b=1 c=0",
     false, false, "Batty"},
    {"RWC rel acq", "x = 1 rel || a = x acq; b = y acq || y = 1 rel; c = x acq", "a=1 b=0 c=0",
     true, true, "Maranget"},
    {"RWC sc", "x = 1 sc || a = x sc; b = y sc || y = 1 sc; c = x sc", "a=1 b=0 c=0", false,
     false, "Maranget"},
    {"RWC fences", "x = 1 rlx || a = x rlx; fence sc; b = y rlx || y = 1 rlx; fence sc; "
     "c = x rlx", "a=1 b=0 c=0", false, false, "Lahav, stronger fences"},
    {"W+RWC fences", "x = 1 rlx; z = 1 rel || a = z acq; fence sc; b = y rlx || y = 1 rlx; "
     "fence sc; c = x rlx", "a=1 b=0 c=0", false, false, "Lahav"},
    {"W+RWC sc", "x = 1 rlx; z = 1 rel || a = z acq; b = y sc || y = 1 sc; c = x sc",
     "a=1 b=0 c=0", true, true, "Lahav"},
    {"Z6.U", "x = 1 sc; y = 1 rel || a = y += 1 sc; b = y rlx || y = 3 sc; c = x sc",
     "a=1 b=3 c=0", true, true, "Lahav, section 2.1; P0668"},
    {"Z6.U sc", "x = 1 sc; y = 1 sc || a = y += 1 sc; b = y rlx || y = 3 sc; c = x sc",
     "a=1 b=3 c=0", false, false, "standard"},
    {"ISA2 rel acq", "x = 1 rlx; y = 1 rel || a = y acq; z = 1 rel || b = z acq; c = x rlx",
     "a=1 b=1 c=0", false, false, "Maranget"},
    {"ISA2 rlx", "x = 1 rlx; y = 1 rlx || a = y acq; z = 1 rel || b = z acq; c = x rlx",
     "a=1 b=1 c=0", true, true, "Maranget"},
    {"2+2W rel", "x = 1 rel; y = 2 rel || y = 1 rel; x = 2 rel", "x=1 y=1", true, true, "Maranget"},
    {"2+2W sc", "x = 1 sc; y = 2 sc || y = 1 sc; x = 2 sc", "x=1 y=1", false, false, "Maranget"},
    {"2+2W fences", "x = 1 rlx; fence sc; y = 2 rlx || y = 1 rlx; fence sc; x = 2 rlx", "x=1 y=1",
     false, false, "Lahav"},
    {"S rlx", "x = 2 rlx; y = 1 rlx || a = y rlx; x = 1 rlx", "a=1 x=2", true, true, "Maranget"},
    {"S rel acq", "x = 2 rlx; y = 1 rel || a = y acq; x = 1 rlx", "a=1 x=2", false, false,
     "Maranget"},
    {"R rel acq", "x = 1 rlx; y = 1 rel || y = 2 rlx; a = x acq", "a=0 y=2", true, true,
     "Maranget"},
    {"R sc", "x = 1 sc; y = 1 sc || y = 2 sc; a = x sc", "a=0 y=2", false, false, "Maranget"},
    {"CoRR", "x = 1 rlx || a = x rlx; b = x rlx", "a=1 b=0", false, false, "Batty"},
    {"CoRR two", "x = 1 rlx || x = 2 rlx || a = x rlx; b = x rlx || c = x rlx; d = x rlx",
     "a=1 b=2 c=2 d=1", false, false, "Batty"},
    {"CoWW", "x = 1 rlx; x = 2 rlx", "x=1", false, false, "Batty"},
    {"CoWR", "x = 1 rlx; a = x rlx || x = 2 rlx", "a=2 x=1", false, false, "Batty"},
    {"CoRW", "a = x rlx; x = 1 rlx || x = 2 rlx", "a=2 x=2", false, false, "Batty"},
    {"CoRW own", "a = x rlx; x = 1 rlx", "a=1", false, false, "Batty"},
    {"release sequence, own store", "x = 1 rlx; y = 1 rel; y = 2 rlx || a = y acq; b = x rlx",
     "a=2 b=0", true, false, "P0982; Lahav has C++11's"},
    {"release sequence, RMW", "x = 1 rlx; y = 1 rel || c = y += 1 rlx || a = y acq; b = x rlx",
     "c=1 a=2 b=0", false, false, "Batty"},
    {"release sequence, two RMWs", "x = 1 rlx; y = 1 rel || c = y += 1 rlx; d = y += 1 rlx || "
     "a = y acq; b = x rlx", "c=1 d=2 a=3 b=0", false, false, "Batty"},
    {"release sequence, other's store", "x = 1 rlx; y = 1 rel || y = 2 rlx || a = y acq; "
     "b = x rlx", "a=2 b=0", true, true, "Batty"},
    {"release sequence of a fence, RMW", "x = 1 rlx; fence rel; y = 1 rlx || c = y += 1 rlx || "
     "a = y rlx; fence acq; b = x rlx", "c=1 a=2 b=0", false, false, "Batty"},
    {"RMW reads older", "y = 1 rlx; fence ar; x = 1 rlx || a = x <- 1 rlx; b = y <- 1 rlx",
     "a=1 b=0", true, true, "Vafeiadis, figure 3: allowed since the fence has no partner"},
    {"RMW chain", "a = x += 1 rlx || b = x += 1 rlx || c = x += 1 rlx", "a=0 b=0", false, false,
     "standard"},
    {"CAS two", "a = x cas 0 1 rlx rlx || b = x cas 0 2 rlx rlx", "a=0 b=0", false, false,
     "standard"},
    {"CAS weak", "a = x weak 0 1 rlx rlx", "a=0 x=0", true, true, "standard"},
    {"CAS strong", "a = x cas 0 1 rlx rlx", "a=0 x=0", false, false, "standard"},
    {"CAS failure order", "x = 1 rlx; y = 1 rel || a = y cas 5 6 ar rlx; b = x rlx", "a=1 b=0",
     true, true, "standard"},
    {"S closed by modification order", "y = 1 sc; c = x += 1 rlx || x = 2 rlx; a = y sc",
     "a=0 c=0 x=2", true, true, "standard"},
    {"S closed among sc stores", "y = 1 sc; c = x += 1 sc || x = 2 sc; a = y sc", "a=0 c=0 x=2",
     false, false, "standard"},
};

TEST(oracle, verdicts_of_the_literature) {
    for (shape const& each : shapes) {
        EXPECT_EQ(each.cpp20, allows(each.text, each.condition))
            << each.name << " by C++20 (" << each.source << ")";
        EXPECT_EQ(each.rc11, allows(each.text, each.condition, rc11()))
            << each.name << " by RC11 (" << each.source << ")";
    }
}

TEST(oracle, a_condition_that_no_outcome_can_fit_is_not_a_verdict) {
    EXPECT_FALSE(allows("a = x rlx", "a=7"));
    EXPECT_TRUE(allows("a = x rlx", "a=0"));
}

TEST(oracle, without_LWG_3941_a_load_of_an_own_store_orders) {
    char const* const text = "x = 1 rel; c = x sc; a = y sc || y = 1 rel; d = y sc; b = x sc";
    rules before;
    before.own_stores_are_free = false;
    EXPECT_FALSE(allows(text, "a=0 b=0", before));
    EXPECT_TRUE(allows(text, "a=0 b=0"));
}

TEST(oracle, executions_with_cycles_can_be_left_out) {
    rules acyclic;
    acyclic.cycles = false;
    char const* const text = "a = x rlx; y = 1 rlx || b = y rlx; x = 1 rlx";
    EXPECT_FALSE(allows(text, "a=1 b=1", acyclic));
    EXPECT_TRUE(allows(text, "a=1 b=0", acyclic));
}

need need_of(char const* text, char const* condition) {
    program const what = parse(text);
    need least = need::load_buffering;
    for (auto const& [ends, each] : ask(what).outcomes) {
        if (fits(what, ends, condition)) least = std::min(least, each);
    }
    return least;
}

TEST(oracle, says_what_an_engine_needs) {
    EXPECT_EQ(need::nothing,
              need_of("x = 1 rlx; a = y rlx || y = 1 rlx; b = x rlx", "a=0 b=0"));
    EXPECT_EQ(need::stale_failure,
              need_of("x = 1 rlx; y = 1 rlx || a = y rlx; b = x cas 5 6 rlx rlx", "a=1 b=0"));
    EXPECT_EQ(need::single_order,
              need_of("x = 1 sc; y = 1 rlx || a = y rlx; b = x sc", "a=1 b=0"));
    EXPECT_EQ(need::modification_order,
              need_of("x = 1 rlx; y = 2 rlx || y = 1 rlx; x = 2 rlx", "x=1 y=1"));
    EXPECT_EQ(need::load_buffering,
              need_of("a = x rlx; y = 1 rlx || b = y rlx; x = 1 rlx", "a=1 b=1"));
}

std::string race_of(char const* text, rules const& by = {}) {
    auto const race = ask(parse(text), by).race;
    return race ? to_text(*race) : "none";
}

TEST(oracle, data_races) {
    EXPECT_EQ("nothing", race_of("p = 1 || p = 2"));
    EXPECT_EQ("nothing", race_of("p = 1 || a = p"));
    EXPECT_EQ("none", race_of("a = p || b = p"));
    EXPECT_EQ("none", race_of("p = 1; a = p"));
    EXPECT_EQ("none", race_of("p = 1; x = 1 rel || a = x acq; if a == 1 { b = p }"));
    EXPECT_EQ("nothing", race_of("p = 1; x = 1 rlx || a = x acq; if a == 1 { b = p }"));
    EXPECT_EQ("nothing", race_of("p = 1; x = 1 rel || a = x acq; b = p"));
    EXPECT_EQ("none", race_of("p = 1; x = 1 rel || a = x += 1 rlx || b = x acq; if b == 2 { "
                              "if a == 1 { c = p } }"));
    EXPECT_EQ("nothing", race_of("p = 1; x = 1 rel; x = 2 rlx || a = x acq; if a == 2 { b = p }"))
        << "a relaxed store ends the release sequence since C++20";
    EXPECT_EQ("none",
              race_of("p = 1; x = 1 rel; x = 2 rlx || a = x acq; if a == 2 { b = p }", rc11()));
    EXPECT_EQ("load buffering", race_of("a = x rlx; if a == 1 { p = 1 }; y = 1 rlx || "
                                        "b = y rlx; x = b rlx; if b == 1 { p = 2 }"));
    EXPECT_EQ("none", race_of("a = x rlx; y = a rlx; if a == 1 { p = 1 } || "
                              "b = y rlx; x = b rlx; if b == 1 { p = 2 }"))
        << "values out of thin air race with nothing";
}

TEST(oracle, plain_reads_see_what_happened_before) {
    EXPECT_FALSE(allows("p = 1; p = 2; x = 1 rel || a = x acq; if a == 1 { b = p }", "a=1 b=1"));
    EXPECT_TRUE(allows("p = 1; p = 2; x = 1 rel || a = x acq; if a == 1 { b = p }", "a=1 b=2 p=2"));
}

TEST(oracle, guards_and_values_follow_registers) {
    EXPECT_TRUE(allows("x = 3 rlx || a = x rlx; b = a + 1; if b == 4 { y = b rlx }", "y=4"));
    EXPECT_FALSE(allows("x = 3 rlx || a = x rlx; if a == 0 { y = 1 rlx }", "a=3 y=1"));
    EXPECT_FALSE(allows("x = 3 rlx || a = x rlx; if a == 0 { y = 1 rlx; z = 1 rlx }", "y=1 z=0"));
}

TEST(oracle, what_is_no_statement_is_named) {
    for (char const* text : {"x = 1", "x = rlx", "a = ", "a = x foo", "fence x", "if a == 1 y = 1",
                             "if a == 1 { y = 1 rlx", "hello", "a = x cas 1 rlx rlx"}) {
        EXPECT_THROW((void)parse(text), std::invalid_argument) << text;
    }
}

TEST(oracle, text_reads_back_as_the_same_program) {
    for (std::uint64_t number = 0; number < 500; ++number) {
        std::string const text = to_text(random_program(3, number));
        EXPECT_EQ(text, to_text(parse(text)));
    }
}

// C++20 and RC11 ----------------------------------------------------------------------------------

std::set<outcome> outcomes(program const& what, rules const& by) {
    std::set<outcome> made;
    for (auto const& [ends, least] : ask(what, by).outcomes) made.insert(ends);
    return made;
}

/// The two differ only in what README.md says: without that they are the same.
TEST(oracle, cpp20_is_rc11_but_for_two_kinds_of_constraint) {
    rules cpp20;
    cpp20.cycles = false;
    rules cpp20_less = cpp20;
    cpp20_less.as_rc11_orders = true;
    rules published = rc11();
    published.own_stores_continue = false;
    int weaker = 0;
    for (std::uint64_t number = 0; number < 4'000; ++number) {
        program const what = random_program(11, number);
        answer const by_rc11 = ask(what, published);
        EXPECT_EQ(by_rc11.race.has_value(), ask(what, cpp20).race.has_value()) << to_text(what);
        if (by_rc11.race) continue;
        std::set<outcome> const by_cpp20 = outcomes(what, cpp20);
        EXPECT_EQ(outcomes(what, published), outcomes(what, cpp20_less)) << to_text(what);
        for (outcome const& each : by_cpp20)
            EXPECT_TRUE(by_rc11.outcomes.contains(each)) << to_text(what);
        weaker += by_rc11.outcomes.size() != by_cpp20.size() ? 1 : 0;
    }
    EXPECT_GT(weaker, 0) << "no program tells the two apart";
}

TEST(oracle, cpp20_orders_loads_through_a_weaker_store_and_rc11_does_not) {
    char const* const text = "y = 1 sc; b = x sc || x = 2 rlx || d = x sc; f = y sc";
    EXPECT_FALSE(allows(text, "b=0 d=2 f=0"));
    EXPECT_TRUE(allows(text, "b=0 d=2 f=0", rc11()));
}

TEST(oracle, cpp20_orders_from_an_operation_on_the_same_object_and_rc11_does_not) {
    char const* const text = "a = x acq; y = 2 sc || y = 1 sc; b = x sc || d = x <- 1 sc; x = 2 sc";
    EXPECT_FALSE(allows(text, "a=2 b=0 d=0 y=1"));
    EXPECT_TRUE(allows(text, "a=2 b=0 d=0 y=1", rc11()));
}

}  // namespace
