// SPDX-License-Identifier: MIT
// Every primitive keeps the progress that it declares, no more where it may wait, and no header of
// a primitive is forgotten. `--markdown` prints the table.
#include "progress_declarations.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace racekit::declared {
namespace {

std::vector<declaration> const& all() {
    static auto const every = [] {
        std::vector<declaration> joined;
        for (auto const& part :
             {of_locks(), of_waiting(), of_queues(), of_shared_values(), of_tasks()})
            joined.insert(joined.end(), part.begin(), part.end());
        return joined;
    }();
    return every;
}

/// Other names and parts of primitives: what they promise are rows of these.
std::set<std::string> const without_rows{
    "lock/barrier_word",     // of barrier
    "lock/guard",            // as the lock that it holds
    "lock/hazard_object",    // of hazard_pointer
    "lock/intrusive_queue",  // of fifo_mutex
    "lock/lock_interface",   // of every lock
    "lock/mutex",            // another name
    "lock/shared_guard",     // as the lock that it holds
    "lock/writer_gate",      // of shared_mutex
    "queue/blocking_queue",  // another name
    "queue/capacity",        // of every bounded queue
    "queue/queue_state",     // results
    "queue/ring_bounds",     // of spsc_queue
    "queue/service_order",   // containers, each behind the lock of a queue
    "queue/tickets",         // of ticket_ring
    "shared/shared_memory",  // calls of the operating system
    // Of the one thread of a loop: what they promise is that of call_inbox and loop_core.
    "task/callback", "task/event_loop", "task/future", "task/future_state", "task/gather",
    "task/spawned_task", "task/task", "task/task_context", "task/task_errors", "task/task_report",
    "task/task_result", "task/timer_queue"};

progress_bounds bounds_of(declaration const& one) {
    return {.solo_steps = one.steps != 0 ? one.steps : 64};
}

class kept final : public testing::Test {
public:
    explicit kept(declaration const& one) : one_(one) {}

    void TestBody() override {
        look const seen = one_.measure(bounds_of(one_));
        progress_verdict const& verdict = seen.verdict;
        // No less, and no more: to declare a wait-free operation as blocking is wrong, too.
        EXPECT_STREQ(name(one_.promised), name(seen.guarantee)) << verdict.text;
        if (one_.promised == progress_guarantee::deadlock_free) {
            EXPECT_NE(std::string::npos, verdict.text.find("waits for another one"))
                << verdict.text;
            return;
        }
        EXPECT_TRUE(verdict.exhausted);
        EXPECT_LE(verdict.longest, one_.steps);
        if (one_.promised == progress_guarantee::wait_free) {
            EXPECT_LE(verdict.most, one_.steps) << "steps among others";
        }
    }

private:
    declaration const& one_;
};

/// The text of a header after `Progress:`, or nothing.
std::string sentence_of(std::filesystem::path const& header) {
    std::ifstream in(header);
    std::string said;
    bool config = false;
    for (std::string line; std::getline(in, line) && line.starts_with("//");) {
        if (line.starts_with("// Progress:")) config = true;
        else if (!line.starts_with("//           ")) config = false;
        if (config) said += line.substr(2) + ' ';
    }
    return said;
}

/// By their names, "lock/latch".
std::map<std::string, std::string> const& sentences() {
    static auto const found = [] {
        std::map<std::string, std::string> headers;
        for (std::string const family : {"lock", "queue", "shared", "task"}) {
            for (auto const& each : std::filesystem::directory_iterator(
                     std::filesystem::path(RACEKIT_PRIMITIVES) / family)) {
                if (each.path().extension() == ".hpp")
                    headers[family + "/" + each.path().stem().string()] =
                        sentence_of(each.path());
            }
        }
        return headers;
    }();
    return found;
}

using guarantees = std::set<progress_guarantee>;

guarantees said_in(std::string const& sentence) {
    guarantees said;
    if (sentence.find("wait-free") != std::string::npos) said.insert(progress_guarantee::wait_free);
    if (sentence.find("lock-free") != std::string::npos) said.insert(progress_guarantee::lock_free);
    if (sentence.find("block") != std::string::npos)
        said.insert(progress_guarantee::deadlock_free);
    return said;
}

/// With those of the headers that a sentence refers to: "as semaphore".
guarantees said_by(std::string const& header) {
    std::string const& sentence = sentences().at(header);
    guarantees said = said_in(sentence);
    static std::regex const reference(R"(\bas (\w+))");
    std::sregex_iterator const none;
    for (std::sregex_iterator at(sentence.begin(), sentence.end(), reference); at != none; ++at) {
        for (auto const& [other, text] : sentences()) {
            if (other != header && other.substr(other.find('/') + 1) == (*at)[1])
                said.merge(said_by(other));
        }
    }
    return said;
}

std::string words(guarantees const& which) {
    std::string text;
    for (auto const each : which) text += (text.empty() ? "" : ", ") + std::string(name(each));
    return text;
}

TEST(progress_declarations, every_header_says_what_its_progress_is) {
    EXPECT_LT(30U, sentences().size());
    for (auto const& [header, sentence] : sentences()) EXPECT_NE("", sentence) << header;
}

TEST(progress_declarations, no_header_is_forgotten) {
    std::set<std::string> declared = without_rows;
    for (std::string const& each : without_rows) EXPECT_EQ(1U, sentences().count(each)) << each;
    for (declaration const& each : all()) {
        EXPECT_EQ(1U, sentences().count(each.header)) << each.header;
        EXPECT_EQ(0U, without_rows.count(each.header)) << each.header;
        declared.insert(each.header);
    }
    for (auto const& [header, sentence] : sentences())
        EXPECT_EQ(1U, declared.count(header)) << header << " has no row";
}

/// Whether the text of a header covers a row: it may promise less than wait-free.
bool covers(guarantees const& said, progress_guarantee promised) {
    return said.contains(promised) || (promised == progress_guarantee::wait_free &&
                                       said.contains(progress_guarantee::lock_free));
}

TEST(progress_declarations, headers_and_rows_use_the_same_words) {
    std::map<std::string, guarantees> rows;
    for (declaration const& each : all()) rows[each.header].insert(each.promised);
    for (auto const& [header, promised] : rows) {
        guarantees const said = said_by(header);
        for (auto const each : promised)
            EXPECT_TRUE(covers(said, each))
                << header << " says '" << words(said) << "', a row of it " << name(each);
        for (auto const each : said_in(sentences().at(header)))
            EXPECT_TRUE(std::ranges::any_of(
                promised, [each](auto row) { return covers({each}, row); }))
                << header << " says " << name(each) << ", and no row of it shows that";
    }
}

void print_markdown() {
    std::cout << "| primitive | operation | progress | steps alone, at most | executions |\n"
                 "|---|---|---|---|---|\n";
    for (declaration const& each : all()) {
        look const seen = each.measure(bounds_of(each));
        bool const waits = each.promised == progress_guarantee::deadlock_free;
        std::cout << "| `" << each.header << "` | " << each.operation << " | "
                  << name(seen.guarantee) << " | "
                  << (waits ? "waits" : std::to_string(seen.verdict.longest)) << " | "
                  << seen.verdict.executions << " |\n";
    }
}

}  // namespace
}  // namespace racekit::declared

int main(int count, char** words) {
    using namespace racekit::declared;
    if (count == 2 && std::string(words[1]) == "--markdown") return print_markdown(), 0;
    testing::InitGoogleTest(&count, words);
    for (declaration const& each : all()) {
        std::string what = each.header + ": " + each.operation;
        testing::RegisterTest("progress_of", what.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                              [&each]() -> testing::Test* { return new kept(each); });
    }
    return RUN_ALL_TESTS();
}
