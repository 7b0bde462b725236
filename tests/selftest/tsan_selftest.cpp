// SPDX-License-Identifier: MIT
// The tsan detector goes red when it must: each story run as a program of its own, by exit code.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/wait.h>

namespace {

struct answer {
    int code = -1;
    std::string text;
};

answer run(std::string const& command) {
    answer got;
    FILE* const out = ::popen((command + " 2>&1").c_str(), "r");
    std::array<char, 4096> part;
    while (std::fgets(part.data(), part.size(), out) != nullptr) got.text += part.data();
    int const status = ::pclose(out);
    got.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    return got;
}

answer tell(std::string const& story, std::string const& variant,
            std::string const& before = "", std::string const& program = RACEKIT_STORIES) {
    return run("env -u TSAN_OPTIONS " + before + " " + program + " --scenario " + story +
               " --variant " + variant + " --detector tsan --width 1000");
}

void expect(answer const& got, int code, std::string const& part) {
    EXPECT_EQ(got.code, code) << got.text;
    EXPECT_NE(got.text.find(part), std::string::npos) << got.text;
}

int names_like_null() {
    int found = 0;
    for (auto const& one : std::filesystem::directory_iterator("/dev"))
        found += one.path().filename().string().starts_with("null.") ? 1 : 0;
    return found;
}

constexpr int kept = 0, broken = 1, inconclusive = 3, hang = 4, internal = 70;

TEST(tsan_detector, keeps_a_kept_promise) {
    expect(tell("kept", "racy"), kept, "DATA RACE on number");
    expect(tell("kept", "fixed"), kept, "sampled 500 rounds");
}

TEST(tsan_detector, goes_red_on_a_fixed_variant_that_races) {
    expect(tell("fixed_is_broken", "fixed"), broken, "found a data race in the fixed variant");
}

TEST(tsan_detector, goes_red_on_a_racy_variant_that_was_mended) {
    expect(tell("racy_is_mended", "racy"), broken, "promised to find the mistake and did not");
}

TEST(tsan_detector, goes_red_on_a_race_that_touches_no_mark) {
    expect(tell("no_mark", "racy"), broken, "found an unmarked data race, promised a data race");
    expect(tell("no_mark_no_word", "racy"), internal, "touches no line marked");
}

TEST(tsan_detector, goes_red_when_it_sees_though_said_to_be_blind) {
    expect(tell("said_to_be_blind", "racy"), broken, "promised to be blind");
}

TEST(tsan_detector, notices_a_lost_hook) {
    expect(tell("kept", "racy", "", RACEKIT_LOST_HOOK), internal, "did not run");
    expect(tell("kept", "fixed", "", RACEKIT_LOST_HOOK), internal, "did not run");
}

TEST(tsan_detector, notices_suppressed_reports) {
    std::string const file = RACEKIT_SCRATCH "/suppressions-of-a-test.txt";
    std::ofstream(file) << "race:marked_race\n";
    std::string const options = "TSAN_OPTIONS=suppressions=" + file;
    expect(tell("kept", "racy", options), inconclusive, "keeps reports back");
    expect(tell("kept", "fixed", options), inconclusive, "keeps reports back");
    expect(tell("kept", "fixed", "TSAN_OPTIONS=report_bugs=0"), inconclusive, "keeps reports back");
    // One that the list of options does not know is caught by the race on purpose.
    expect(tell("kept", "fixed", "TSAN_OPTIONS=report_bugs=no"), internal, "did not run");
}

TEST(tsan_detector, says_why_TSan_cannot_start) {
    auto const got = run("bash -c 'ulimit -v 8000000; exec " RACEKIT_STORIES
                         " --scenario kept --variant racy --detector tsan'");
    expect(got, inconclusive, "ulimit -v unlimited");
    EXPECT_EQ(got.text.find('\n'), got.text.size() - 1) << got.text;
}

TEST(tsan_detector, tells_deadlocks_and_hangs_apart) {
    expect(tell("deadlock", "racy"), kept, "waits for gates, held by thread 1");
    expect(tell("inversion", "racy"), kept, "LOCK-ORDER INVERSION");
    expect(tell("livelock", "fixed"), hang, "a loop that waits in vain");
    expect(tell("endless", "fixed"), hang, "thread 0 runs without end");
    expect(tell("outside", "fixed"), hang, "sleeps in the kernel");
}

TEST(tsan_detector, knows_its_kinds) {
    expect(tell("throws", "racy"), kept, "std::runtime_error: thrown on purpose");
    expect(tell("claims", "racy"), kept, "expected 2, got 1");
    expect(tell("leak", "racy"), kept, "THREAD LEAK");
    expect(tell("misuse", "racy"), kept, "MUTEX MISUSE");
    expect(tell("freed", "racy"), kept, "USE AFTER FREE");
}

TEST(tsan_detector, trusts_a_lock_no_further_than_its_orders_go) {
    expect(tell("weak_lock", "racy"), kept, "DATA RACE on number");
    expect(tell("weak_lock", "fixed"), kept, "clean");
}

TEST(tsan_detector, is_blind_across_processes_and_sees_within_each) {
    expect(tell("across_processes", "racy"), kept, "blind, as promised");
    expect(tell("across_processes", "fixed"), kept, "clean");
    auto const inside = tell("inside_a_process", "racy");
    expect(inside, kept, "DATA RACE on number");
    // Processes that report at the same time do not share a symbolizer.
    EXPECT_EQ(inside.text.find("hang"), std::string::npos) << inside.text;
}

TEST(tsan_detector, leaves_no_files) {
    // Asked to print into a file, TSan makes one for each process, /dev/null.4711 among them.
    std::filesystem::path const empty = RACEKIT_SCRATCH "/empty";
    std::filesystem::remove_all(empty);
    std::filesystem::create_directories(empty);
    auto const before = names_like_null();
    for (char const* story : {"kept", "inside_a_process"})
        expect(tell(story, "racy", "--chdir=" + empty.string()), kept, "DATA RACE");
    EXPECT_TRUE(std::filesystem::is_empty(empty));
    EXPECT_EQ(names_like_null(), before);
}

}  // namespace
