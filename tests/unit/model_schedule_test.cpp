#include "model/schedule.hpp"

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

TEST(model_schedule, one_written_by_hand_has_no_seal) {
    schedule const some = parse_schedule("0.1.0.1");
    EXPECT_EQ((std::vector<std::uint8_t>{0, 1, 0, 1}), some.threads);
    EXPECT_EQ("", some.owner);
}

TEST(model_schedule, says_where_it_is_malformed) {
    EXPECT_NE(std::string::npos, complaint_about("").find("a thread number at character 1"));
    EXPECT_NE(std::string::npos, complaint_about("0..1").find("a thread number at character 3"));
    EXPECT_NE(std::string::npos, complaint_about("0.9").find("from 0 to 7"));
    EXPECT_NE(std::string::npos, complaint_about("0.1/0!").find("a decision digit"));
    EXPECT_NE(std::string::npos, complaint_about("0.1~12").find("a seal of twelve"));
    EXPECT_NE(std::string::npos, complaint_about("0.1~12345678901z").find("a hexadecimal digit"));
    EXPECT_NE(std::string::npos, complaint_about("99999999*1").find("at character"));
    EXPECT_NE(std::string::npos, complaint_about("hello").find("at character 1"));
}

TEST(model_schedule, belongs_to_one_scenario_and_variant) {
    EXPECT_NE(owner_of("lock/a", variant::racy), owner_of("lock/a", variant::fixed));
    EXPECT_NE(owner_of("lock/a", variant::racy), owner_of("lock/b", variant::racy));
}

}  // namespace
