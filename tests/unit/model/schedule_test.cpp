// SPDX-License-Identifier: MIT
#include "model/schedules/schedule.hpp"

#include <gtest/gtest.h>

namespace {

using namespace racekit;
using namespace racekit::model;

std::string complaint_about(std::string const& text) {
    try {
        (void)parse_schedule(text);
    } catch (usage_error const& wrong) {
        return wrong.what();
    }
    return "";
}

TEST(model_schedule, text_and_back) {
    schedule const some{{0, 1, 1, 0, 0, 0, 0, 0, 2}, {0, 1, 11, 0, 0}, "5c1e", "90ab12cd"};
    EXPECT_EQ("0.1.1.5*0.2/01b~5c1e90ab12cd", to_text(some));
    schedule const again = parse_schedule(to_text(some));
    EXPECT_EQ(some.threads, again.threads);
    EXPECT_EQ((std::vector<std::uint8_t>{0, 1, 11}), again.decisions);
    EXPECT_EQ(some.owner, again.owner);
    EXPECT_EQ(some.fingerprint, again.fingerprint);
}

schedule by_deviations(std::vector<deviation> all) {
    schedule result;
    result.deviates = true;
    result.deviations = std::move(all);
    return result;
}

TEST(model_schedule, deviations_as_text_and_back) {
    constexpr int next = deviation::next_thread;
    schedule some = by_deviations({{deviation::nobody, 0, next, 1},
                                   {1, 2, next, 0},
                                   {1, 4, 1, 1},
                                   {1, 4, 3, 11},
                                   {0, 0, 0, 2},
                                   {0, 12, next, 7}});
    EXPECT_EQ(":1.1@2:0.1@4=010b.0@0=2.0@12:7", to_text(some));
    some.owner = "5c1e";
    some.fingerprint = "90ab12cd";
    some.kind = "lost wake-up";
    EXPECT_EQ(":1.1@2:0.1@4=010b.0@0=2.0@12:7~5c1e90ab12cd.lost_wake-up", to_text(some));
    schedule const again = parse_schedule(to_text(some));
    EXPECT_TRUE(again.deviates);
    EXPECT_EQ(some.deviations, again.deviations);
    EXPECT_EQ(some.owner, again.owner);
    EXPECT_EQ(some.fingerprint, again.fingerprint);
    EXPECT_EQ(some.kind, again.kind);
    EXPECT_EQ(7, highest_thread(some));
}

TEST(model_schedule, no_deviation_has_a_word_of_its_own) {
    EXPECT_EQ("default", to_text(by_deviations({})));
    EXPECT_TRUE(parse_schedule("default").deviates);
    EXPECT_TRUE(parse_schedule("default").deviations.empty());
    EXPECT_EQ("data race", parse_schedule("default~5c1e90ab12cd.data_race").kind);
}

TEST(model_schedule, the_race_comes_before_its_consequence) {
    schedule some = by_deviations({{1, 2, deviation::next_thread, 0}});
    some.race = {{0, 3, deviation::next_thread, 4}};
    EXPECT_EQ("0@3:4+1@2:0", to_text(some));
    schedule const again = parse_schedule("0@3:4+1@2:0");
    EXPECT_EQ(some.race, again.race);
    EXPECT_EQ(some.deviations, again.deviations);
    EXPECT_EQ(4, highest_thread(again));
    some.race->clear();
    some.deviations.clear();
    EXPECT_EQ("default+default", to_text(some));
    EXPECT_TRUE(parse_schedule("default+default~5c1e90ab12cd.data_race").race);
    EXPECT_FALSE(parse_schedule("default").race);
    EXPECT_NE("", complaint_about("0.1+1@2:0"));
    EXPECT_NE("", complaint_about("0@3:4+"));
    EXPECT_NE("", complaint_about("0@3:4+1@2:0+1@2:0"));
}

TEST(model_schedule, an_aba_carries_what_came_of_it) {
    schedule some = by_deviations({{0, 2, deviation::next_thread, 1}});
    some.owner = "5c1e";
    some.fingerprint = "90ab12cd";
    some.kind = "ABA";
    some.outcome = "failed check";
    EXPECT_EQ("0@2:1~5c1e90ab12cd.aba.failed_check", to_text(some));
    schedule const again = parse_schedule(to_text(some));
    EXPECT_EQ("ABA", again.kind);
    EXPECT_EQ("failed check", again.outcome);
    EXPECT_NE("", complaint_about("0@2:1~5c1e90ab12cd.deadlock.failed_check"));
    EXPECT_NE("", complaint_about("0@2:1~5c1e90ab12cd.aba."));
}

TEST(model_schedule, both_forms_are_distinguished) {
    for (char const* const steps : {"0", "0.1.1.0", "7", "3*0.1/01", "0~5c1e90ab12cd",
                                    "0.1~5c1e90ab12cd.deadlock"})
        EXPECT_FALSE(parse_schedule(steps).deviates) << steps;
    for (char const* const few : {"0@1:1", ":1", "0@0=1", "default", "1@2=01~5c1e90ab12cd"})
        EXPECT_TRUE(parse_schedule(few).deviates) << few;
}

TEST(model_schedule, one_written_by_hand_has_no_seal) {
    schedule const some = parse_schedule("0.1.0.1");
    EXPECT_EQ((std::vector<std::uint8_t>{0, 1, 0, 1}), some.threads);
    EXPECT_EQ("", some.owner);
}

TEST(model_schedule, says_where_it_is_malformed) {
    EXPECT_NE(std::string::npos, complaint_about("").find("a thread number at character 1"));
    EXPECT_NE(std::string::npos, complaint_about("0..1").find("a thread number at character 3"));
    EXPECT_NE(std::string::npos, complaint_about("0.64").find("from 0 to 63"));
    EXPECT_NE(std::string::npos, complaint_about("0.1/0!").find("a decision digit"));
    EXPECT_NE(std::string::npos, complaint_about("0.1~12").find("a seal of twelve"));
    EXPECT_NE(std::string::npos, complaint_about("0.1~12345678901z").find("a hexadecimal digit"));
    EXPECT_NE(std::string::npos, complaint_about("99999999*1").find("at character"));
    for (auto const& [text, expected] :
         {std::pair{"0@1:99", "from 0 to 63"}, {"0@:1", "a number of steps"},
          {"@1:1", "a thread number, as in"}, {"0@1", "':' and a thread"},
          {"0:1", "'@' after the thread"}, {"0@1:1.", "a thread number, as in"},
          {"0@1=", "a decision digit after"}, {"0@1:1/01", "'.', '~' or the end"},
          {"0@99999:1", "up to 16384"}, {"default.0@1:1", "at character 1;"},
          {"0@1:1~5c1e90ab12cd.", "the kind of the finding"},
          {"0@1:1~5c1e90ab12cd.Deadlock", "in small letters at character 20"},
          {"0@1:1~5c1e90ab12c.deadlock", "a seal of twelve"}}) {
        EXPECT_NE(std::string::npos, complaint_about(text).find(expected))
            << text << ": " << complaint_about(text);
    }
    EXPECT_NE(std::string::npos, complaint_about("hello").find("at character 1"));
}

TEST(model_schedule, belongs_to_one_scenario_and_variant) {
    EXPECT_NE(owner_of("lock/a", variant::racy), owner_of("lock/a", variant::fixed));
    EXPECT_NE(owner_of("lock/a", variant::racy), owner_of("lock/b", variant::racy));
}

}  // namespace
