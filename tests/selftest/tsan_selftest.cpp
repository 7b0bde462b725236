// SPDX-License-Identifier: MIT
// The tsan detector fails when it must: each test body runs as a program, judged by its exit code.
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

answer run_body(std::string const& body, std::string const& variant, std::string const& before = "",
                std::string const& program = RACEKIT_TEST_BODIES) {
    return run("env -u TSAN_OPTIONS " + before + " " + program + " --scenario " + body +
               " --variant " + variant + " --detector tsan --width 1000 --seconds 60");
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
    expect(run_body("kept", "racy"), kept, "DATA RACE on number");
    expect(run_body("kept", "fixed"), kept, "sampled 500 rounds");
}

TEST(tsan_detector, goes_red_on_a_fixed_variant_that_races) {
    expect(run_body("fixed_is_broken", "fixed"), broken, "found a data race in the fixed variant");
}

TEST(tsan_detector, goes_red_on_a_racy_variant_that_was_corrected) {
    expect(run_body("racy_is_corrected", "racy"), broken,
           "did not find the mistake, though promised");
}

TEST(tsan_detector, goes_red_on_a_race_that_touches_no_mark) {
    expect(run_body("no_mark", "racy"), broken,
           "found an unmarked data race, promised a data race");
    expect(run_body("no_mark_no_word", "racy"), internal, "touches no line marked");
}

TEST(tsan_detector, goes_red_when_it_sees_though_promised_blind) {
    expect(run_body("promised_blind", "racy"), broken, "though promised to be blind");
}

TEST(tsan_detector, notices_a_lost_hook) {
    expect(run_body("kept", "racy", "", RACEKIT_LOST_HOOK), internal, "did not run");
    expect(run_body("kept", "fixed", "", RACEKIT_LOST_HOOK), internal, "did not run");
}

TEST(tsan_detector, notices_suppressed_reports) {
    std::string const file = RACEKIT_SCRATCH "/suppressions-of-a-test.txt";
    std::ofstream(file) << "race:marked_race\n";
    std::string const options = "TSAN_OPTIONS=suppressions=" + file;
    expect(run_body("kept", "racy", options), inconclusive, "suppresses reports");
    expect(run_body("kept", "fixed", options), inconclusive, "suppresses reports");
    expect(run_body("kept", "fixed", "TSAN_OPTIONS=report_bugs=0"), inconclusive,
           "suppresses reports");
    // One that the list of options does not know is caught by the race on purpose.
    expect(run_body("kept", "fixed", "TSAN_OPTIONS=report_bugs=no"), internal, "did not run");
}

TEST(tsan_detector, says_why_TSan_cannot_start) {
    auto const got = run("bash -c 'ulimit -v 8000000; exec " RACEKIT_TEST_BODIES
                         " --scenario kept --variant racy --detector tsan'");
    expect(got, inconclusive, "ulimit -v unlimited");
    EXPECT_EQ(got.text.find('\n'), got.text.size() - 1) << got.text;
}

TEST(tsan_detector, tells_deadlocks_and_hangs_apart) {
    expect(run_body("deadlock", "racy"), kept, "waits for gates[1], held by thread 1");
    expect(run_body("inversion", "racy"), kept, "LOCK-ORDER INVERSION");
    expect(run_body("livelock", "fixed"), hang, "a spin loop for a change that no thread makes");
    expect(run_body("endless", "fixed"), hang, "thread 0 runs without end");
    expect(run_body("outside", "fixed"), hang, "sleeps in the kernel");
}

TEST(tsan_detector, knows_its_kinds) {
    expect(run_body("throws", "racy"), kept, "std::runtime_error: thrown on purpose");
    expect(run_body("check_fails", "racy"), kept, "expected 2, got 1");
    expect(run_body("leak", "racy"), kept, "THREAD LEAK");
    expect(run_body("misuse", "racy"), kept, "MUTEX MISUSE");
    expect(run_body("freed", "racy"), kept, "USE AFTER FREE");
}

TEST(tsan_detector, knows_that_an_outer_lock_makes_two_orders_safe) {
    expect(run_body("outer_lock", "racy"), kept, "LOCK-ORDER INVERSION");
    expect(run_body("outer_lock", "fixed"), kept, "clean");
    expect(run_body("alone", "fixed"), kept, "clean");
}

TEST(tsan_detector, reaches_the_destructors_of_thread_locals) {
    expect(run_body("thread_local_end", "racy"), kept, "DATA RACE on sum");
    expect(run_body("thread_local_end", "fixed"), kept, "sampled 500 rounds");
    expect(run_body("started_thread_local_end", "racy"), kept, "DATA RACE on sum");
    expect(run_body("started_thread_local_end", "fixed"), kept, "sampled 500 rounds");
}

TEST(tsan_detector, lets_deadlines_pass) {
    expect(run_body("times_out", "racy"), kept, "DATA RACE on item");
    expect(run_body("times_out", "fixed"), kept, "sampled 500 rounds");
    expect(run_body("clock_agrees", "fixed"), kept, "sampled 500 rounds");
}

TEST(tsan_detector, collects_a_child_process_that_starts_threads) {
    expect(run_body("child_with_threads", "fixed"), kept, "clean");
}

TEST(tsan_detector, says_that_a_thread_sleeps_only_of_one_that_does) {
    auto const got = run_body("vain_exchange", "fixed");
    expect(got, hang, "thread 1 repeats a loop");
    EXPECT_EQ(got.text.find("sleeps"), std::string::npos) << got.text;
}

TEST(tsan_detector, trusts_a_lock_no_further_than_its_orders_go) {
    expect(run_body("weak_lock", "racy"), kept, "DATA RACE on number");
    expect(run_body("weak_lock", "fixed"), kept, "clean");
}

TEST(tsan_detector, is_blind_across_processes_and_sees_within_each) {
    expect(run_body("across_processes", "racy"), kept, "blind, as promised");
    expect(run_body("across_processes", "fixed"), kept, "clean");
    auto const inside = run_body("inside_a_process", "racy");
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
    for (char const* body : {"kept", "inside_a_process"})
        expect(run_body(body, "racy", "--chdir=" + empty.string()), kept, "DATA RACE");
    EXPECT_TRUE(std::filesystem::is_empty(empty));
    EXPECT_EQ(names_like_null(), before);
}

}  // namespace
