// SPDX-License-Identifier: MIT
// Reading `.litmus` files: those of the folder with their verdicts, and errors with their lines.
#include "litmus_file.hpp"
#include "oracle.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

namespace {

using namespace racekit::oracle;

struct expected {
    bool cpp20;  ///< whether the sentence at the end of the file is true
    bool rc11;
    bool race = false;
};

std::map<std::string, expected> const files = {
    {"SB", {true, true}},
    {"SB-seq_cst", {true, true}},
    {"SB-rfi", {true, true}},
    {"MP-guarded", {true, true}},
    {"MP-racy", {true, true, true}},
    {"MP-fences", {false, false}},
    {"MP-release-sequence", {true, true}},
    {"LB", {true, false}},
    {"LB-data", {false, false}},
    {"IRIW-acq-sc", {true, true}},
    {"IRIW-sc-loads", {false, true}},
    {"2+2W", {true, true}},
    {"CAS-once", {true, true}},
    {"CAS-expected-object", {true, true}},
    {"exchange-older", {true, true}},
};

std::set<outcome> outcomes_of(answer const& from) {
    std::set<outcome> made;
    for (auto const& [ends, least] : from.outcomes) made.insert(ends);
    return made;
}

std::string content_of(std::filesystem::path const& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

TEST(litmus_file, verdicts_of_the_folder) {
    std::size_t met = 0;
    for (auto const& entry : std::filesystem::directory_iterator(RACEKIT_LITMUS_FILES)) {
        std::string const name = entry.path().stem().string();
        ASSERT_TRUE(files.contains(name)) << name << " has no verdict here";
        ++met;
        litmus_file const file = read_litmus(content_of(entry.path()), name);
        EXPECT_EQ(name, file.what.name);
        answer const by_cpp20 = ask(file.what);
        answer const by_rc11 = ask(file.what, rc11());
        expected const& wanted = files.at(name);
        EXPECT_EQ(wanted.race, by_cpp20.race.has_value()) << name;
        if (wanted.race) continue;
        EXPECT_EQ(wanted.cpp20, judge_litmus(file, outcomes_of(by_cpp20)).is_true(file.how))
            << name;
        EXPECT_EQ(wanted.rc11, judge_litmus(file, outcomes_of(by_rc11)).is_true(file.how)) << name;
    }
    EXPECT_EQ(files.size(), met);
}

std::string error_of(std::string const& text) {
    try {
        (void)read_litmus(text, "t");
    } catch (std::invalid_argument const& what) {
        return what.what();
    }
    return "none";
}

/// A file of one thread on the atomics x and y and the plain p.
std::string thread(std::string const& body) {
    return "C t\n{ }\nP0 (atomic_int* x, atomic_int* y, int* p) {\n" + body + "\n}\nexists (x=0)\n";
}

TEST(litmus_file, a_file_without_errors) {
    EXPECT_EQ("none", error_of(thread("int r0 = atomic_load(x);\n*p = r0 * 2 + 1;")));
}

TEST(litmus_file, without_a_condition_all_outcomes_fit) {
    litmus_file const file = read_litmus("C t\n{ x = 2; }\nP0 (atomic_int* x) { *x = 1; }\n", "t");
    EXPECT_EQ(1U, judge_litmus(file, outcomes_of(ask(file.what))).positive);
}

TEST(litmus_file, a_star_in_parentheses_begins_no_comment_in_code) {
    std::string const text = "C t (* a *)\n{ }\n(* b *)\nP0 (int* p) { if ((*p) == 0) *p = 1; }\n"
                             "exists (p != 1)\n";
    litmus_file const file = read_litmus(text, "t");
    EXPECT_EQ(0U, judge_litmus(file, outcomes_of(ask(file.what))).positive);
}

TEST(litmus_file, errors_say_the_line_and_what) {
    struct wrong {
        std::string text;
        char const* message;
    };
    wrong const all[] = {
        {"X86 t\n", "t:1: a litmus file of the C dialect begins with \"C\" and a name"},
        {"C t\n", "t:1: expected \"{\", found the end"},
        {"C t\n{ x 1 }\n", "t:2: expected \"=\", found \"1\""},
        {"C t\n{ 0:r0=1; }\n",
         "t:2: initial registers are not understood: begin the thread with them"},
        {"C t\n{ }\nexists (x=0)\n", "t:3: expected a thread: P0 (...) { ... }, found \"exists\""},
        {"C t\n{ }\nP1 () { }\nexists (true)\n",
         "t:3: threads are numbered from P0 on, one after another"},
        {"C t\n(* never\n{ }\n", "t:2: this comment or string has no end"},
        {"C t\n{ }\nP0 (atomic_int* x) { }\nP1 (int* x) { }\nexists (x=0)\n",
         "t:4: \"x\" is atomic in one thread and not in another: C++ has no such object"},
        {thread("\nwhile (1) { }"),
         "t:5: loops are not understood: unroll it, or ask for the round that ends it"},
        {thread("atomic_foo(x);"), "t:4: \"atomic_foo\" is not understood"},
        {thread("atomic_store(p, 1);"),
         "t:4: \"p\" is not atomic: its parameter is no atomic_int*"},
        {thread("atomic_store_explicit(x, 1, memory_order_acquire);"),
         "t:4: an operation that does not load cannot be acq"},
        {thread("\n\nint r = atomic_load_explicit(x, memory_order_release);"),
         "t:6: an operation that does not store cannot be rel"},
        {thread("int r = atomic_load_explicit(x, memory_order_consume);"),
         "t:4: memory_order_consume is not understood: C++26 has it no more"},
        {thread("int r = atomic_load_explicit(x, foo);"),
         "t:4: expected a memory order, found \"foo\""},
        {thread("int r = q;"), "t:4: \"q\" is neither a parameter nor a local variable"},
        {thread("int r = x;"), "t:4: \"x\" is a pointer: write *x"},
        {thread("x = 1;"), "t:4: \"x\" is a pointer: write *x"},
        {thread("int r = atomic_load(z);"), "t:4: \"z\" is no parameter of this thread"},
        {thread("int a = 1; int r = a == 1 && atomic_load(x);"),
         "t:4: an operation on memory right of && or ||: write a second if"},
        {thread("int r = 1 int s = 2;"), "t:4: expected \";\", found \"int\""},
        {thread("int* r = 0;"), "t:4: local pointers are not understood"},
        {"C t\n{ }\nP0 (atomic_int* x) { }\nexists (y=0)\n", "t:4: no thread has an object y"},
        {"C t\n{ }\nP0 (atomic_int* x) { }\nexists (0:r9=0)\n",
         "t:4: no thread has a register 0:r9"},
        {"C t\n{ }\nP0 (atomic_int* x) { }\nalways (x=0)\n",
         "t:4: expected \"exists\", \"~exists\" or \"forall\", found \"always\""},
        {"C t\n{ }\nP0 (atomic_int* x) { }\nfilter (x=1)\nexists (x=0)\n",
         "t:4: \"filter\" is not understood: put it into the condition"},
        {"C t\n{ }\nP0 (atomic_int* x) { }\nexists (x=0) x\n",
         "t:4: expected the end of the file, found \"x\""},
    };
    for (wrong const& each : all) EXPECT_EQ(each.message, error_of(each.text)) << each.text;
}

}  // namespace
