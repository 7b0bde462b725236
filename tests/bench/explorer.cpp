// SPDX-License-Identifier: MIT
// What the explorer's searches cost, compared with the requirements and with bare Relacy on the
// same clients (figures.relacy in the same folder): executions of small clients, executions a
// second, also of programs and scenarios that are explored as they are, a deep mistake, two workers
// compared with one, memory. Fails if a search takes more
// executions than it may; times only count when nothing else runs, so that a late one is printed,
// no more.
#include "explorer_clients.hpp"

#include "model/core/engine.hpp"
#include "model/strategies/pos.hpp"
#include "model/strategies/pct.hpp"
#include "model/search/search.hpp"

#include <racekit/verdict.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace racekit;
using namespace racekit::model;

struct cost {
    double seconds = 0;
    double processors = 0;  ///< processor seconds: distinguishes a slow search from a busy machine
};

double processor_seconds() {
    double sum = 0;
    for (int const target : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage used{};
        ::getrusage(target, &used);
        for (timeval const& part : {used.ru_utime, used.ru_stime})
            sum += static_cast<double>(part.tv_sec) + static_cast<double>(part.tv_usec) / 1e6;
    }
    return sum;
}

cost cost_of(auto const& work) {
    double const before = processor_seconds();
    auto const began = std::chrono::steady_clock::now();
    work();
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - began;
    return {took.count(), processor_seconds() - before};
}

std::string count(double number) { return grouped(static_cast<std::uint64_t>(number)); }

std::string with_digits(char const* format, double number) {
    char text[64];
    std::snprintf(text, sizeof text, format, number);
    return text;
}

/// The processors that this program may run on.
std::vector<int> processors() {
    cpu_set_t allowed;
    std::vector<int> all;
    if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return all;
    for (int each = 0; each < CPU_SETSIZE; ++each)
        if (CPU_ISSET(each, &allowed)) all.push_back(each);
    return all;
}

void stay_on(std::vector<int> const& these) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int const each : these) CPU_SET(each, &set);
    (void)::sched_setaffinity(0, sizeof set, &set);
}

// Bare Relacy -------------------------------------------------------------------------------------

struct peer_figure {
    double executions = 0;
    double a_second = 0;
    bool found = false;
};

/// Takes in what its program prints, by client: of what it did a second, the best.
void hear_bare_relacy(std::filesystem::path const& program,
                      std::map<std::string, peer_figure>& all) {
    FILE* const out = ::popen(("'" + program.string() + "'").c_str(), "r");
    if (out == nullptr) return;
    char client[64];
    peer_figure seen;
    int found = 0;
    while (std::fscanf(out, "%63s %lf %lf %d", client, &seen.executions, &seen.a_second, &found) ==
           4) {
        seen.found = found != 0;
        seen.a_second = std::max(seen.a_second, all[client].a_second);
        all[client] = seen;
    }
    ::pclose(out);
}

/// Once on each processor, for those of a virtual machine are not equally fast. Empty if it is not
/// built.
std::map<std::string, peer_figure> bare_relacy() {
    std::filesystem::path const program =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / "figures.relacy";
    std::map<std::string, peer_figure> all;
    if (!std::filesystem::exists(program)) return all;
    std::vector<int> const allowed = processors();
    for (int const each : allowed) {
        stay_on({each});
        hear_bare_relacy(program, all);
    }
    stay_on(allowed);
    return all;
}

// The table ---------------------------------------------------------------------------------------

class table {
public:
    explicit table(std::map<std::string, peer_figure> peers) : peers_(std::move(peers)) {
        line("", "bare Relacy", "required", "reached", "");
    }

    /// A row whose peer is bare Relacy's own search on the same client. Nothing may be required.
    void row(std::string const& what, char const* client, std::string const& required,
             std::string const& reached, bool met) {
        auto const peer = peers_.find(client);
        line(what, peer == peers_.end() ? "-" : text_of(peer->second), required, reached,
             required.empty() ? "" : met ? "met" : "MISSED");
        std::fflush(stdout);
    }
    [[nodiscard]] peer_figure peer(char const* client) { return peers_[client]; }

private:
    static std::string text_of(peer_figure const& seen) {
        if (seen.a_second > 0) return count(seen.a_second) + "/s";
        return seen.found ? count(seen.executions) : "none in " + count(seen.executions);
    }
    static void line(std::string const& what, std::string const& peer, std::string const& required,
                     std::string const& reached, char const* met) {
        std::printf("%-49s %17s  %21s  %31s  %s\n", what.c_str(), peer.c_str(), required.c_str(),
                    reached.c_str(), met);
    }

    std::map<std::string, peer_figure> peers_;
};

/// Whether `work()` is true, done in a process of its own: a waiting loop that one program has
/// shown makes all that the process explores afterwards slower, and a user's program has a process.
template <class Work>
bool alone(Work work) {
    std::fflush(stdout);
    ::pid_t const child = ::fork();
    if (child == 0) {
        bool const good = work();
        std::fflush(stdout);
        ::_exit(good ? 0 : 1);
    }
    int status = 0;
    return child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

struct bound {
    std::uint64_t executions = 0;
    std::uint64_t pruned = 0;
    double seconds = 0;  ///< 0: however long
};

/// Exhausts a client. False if that takes more executions than required.
template <class State>
bool exhaust(table& all, std::string const& what, char const* client, program<State> body,
             bound most) {
    explored seen;
    cost best;
    for (int again = 0; again < 3; ++again) {
        cost const now = cost_of([&] { seen = explore(body); });
        if (again == 0 || now.seconds < best.seconds) best = now;
    }
    bool const few = seen.executions <= most.executions && !seen.found &&
                     seen.executions + seen.abandoned <= most.executions + most.pruned;
    std::string required = grouped(most.executions) + " + " + grouped(most.pruned);
    std::string reached = grouped(seen.executions) + " + " + grouped(seen.abandoned);
    if (most.seconds > 0) {
        required += with_digits(", %.1f s", most.seconds);
        reached += with_digits(", %.3f s", best.seconds);
    }
    all.row(what, client, required, reached,
            few && (most.seconds <= 0 || best.seconds < most.seconds));
    return few;
}

/// The best of several runs, on each processor in turn, by the time that it gave: what else runs
/// only makes one slower.
template <class State>
void rate(table& all, std::string const& what, char const* client, program<State> body,
          double required) {
    double best = 0;
    double executions = 0;
    std::vector<int> const allowed = processors();
    for (std::size_t again = 0; again < 8; ++again) {
        stay_on({allowed[again % allowed.size()]});
        explored seen;
        cost const now = cost_of([&] { seen = explore(body); });
        executions = static_cast<double>(seen.executions + seen.abandoned);
        best = std::max(best, executions / now.processors);
    }
    stay_on(allowed);
    all.row(what + ": executions a second", client, required > 0 ? count(required) + "/s" : "",
            count(best) + "/s of " + count(executions), best >= required);
}

/// What is required is of 100,000 executions; the others show what a step costs that is none of the
/// cheapest.
void rates(table& all) {
    (void)alone(
        [&] { return rate(all, "fetch_add x 2, 5 threads", "rate", adding(5, 2), 1e6), true; });
    (void)alone(
        [&] { return rate(all, "fetch_add x 9, 2 threads", "rate_two", adding(2, 9), 0), true; });
    (void)alone([&] {
        return rate(all, "mutex counter, 3 x 4", "rate_lock", counting_under_a_lock(3, 4), 0), true;
    });
    (void)alone([&] { return rate(all, "ring of 3 producers", "", producing(3, 2), 0), true; });
}

// Programs of their own ---------------------------------------------------------------------------

/// How many executions a program explores in a second of the processor's time, without its start:
/// the best of several runs. 0: it is not built, or does not have that many.
double rate_of(char const* name, std::string const& words, std::uint64_t executions) {
    std::filesystem::path const program =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
    if (!std::filesystem::exists(program)) return 0;
    std::string const command =
        "'" + program.string() + "' --strategy exhaustive --seconds 60 " + words;
    auto const run = [&](std::string const& limit) {
        std::string said;
        cost const taken = cost_of([&] {
            FILE* const out = ::popen((command + limit).c_str(), "r");
            if (out == nullptr) return;
            char line[256];
            while (std::fgets(line, sizeof line, out) != nullptr) said += line;
            ::pclose(out);
        });
        return std::pair(taken.processors, said);
    };
    double best = 0;
    for (int again = 0; again < 5; ++again) {
        double const start = run(" --executions 1").first;
        auto const [taken, said] = run("");
        if (said.find("exhausted " + grouped(executions) + " executions") == said.npos) return 0;
        best = std::max(best, static_cast<double>(executions) / (taken - start));
    }
    return best;
}

/// What it costs that a program is explored as it is.
void rates_of_programs(table& all) {
    constexpr std::uint64_t executions = 113'400;  // 10! / 2^5
    std::string const scenario = "--variant fixed --detector model";
    double const hand = rate_of("figures.scenario", scenario, executions);
    double const as_it_is = rate_of("figures.scenario_as_it_is", scenario, executions);
    double const whole = rate_of("figures.program_as_it_is", "", executions);
    all.row("  a scenario of racekit::atomic", "", "", count(hand) + "/s", true);
    all.row("  a scenario as it is", "", count(hand / 2) + "/s", count(as_it_is) + "/s",
            hand > 0 && as_it_is >= hand / 2);
    all.row("  a program as it is, with its 5 threads", "", "250,000/s", count(whole) + "/s",
            whole >= 250'000);
}

void deep_mistake(table& all) {
    std::vector<std::uint64_t> executions;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        auto body = wide_window(40);
        pct prioritised(seed, 2);
        executions.push_back(explore(body, prioritised, {}, 100'000).executions);
    }
    std::sort(executions.begin(), executions.end());
    std::uint64_t const median = (executions[9] + executions[10]) / 2;
    all.row("a window of 40 steps, pct, median of 20 seeds", "window", "below 200",
            grouped(median) + ", at most " + grouped(executions[19]), median < 200);
}

/// One worker on each of two processors, and two on both, the best of each: what counts is the mean
/// speed of one.
void workers(table& all) {
    auto body = adding(2, 11);
    exploration_config config;
    config.threads = 2;
    search_options order;
    order.how = strategy_kind::exhaustive;
    order.seconds = 120;
    std::vector<int> const allowed = processors();
    if (allowed.size() < 2) return;
    std::vector<int> const both(allowed.begin(), allowed.begin() + 2);
    double best[3] = {};
    for (int again = 0; again < 5; ++again) {
        for (std::size_t which = 0; which < 3; ++which) {
            stay_on(which < 2 ? std::vector<int>{both[which]} : both);
            order.jobs = which < 2 ? 1 : 2;
            double const now = cost_of([&] { (void)search(body, config, order); }).seconds;
            if (again == 0 || now < best[which]) best[which] = now;
        }
    }
    stay_on(allowed);
    double const one = 2 / (1 / best[0] + 1 / best[1]);
    double const times = one / best[2];
    all.row("fetch_add x 11, 2 threads: two workers", "", "1.8 times one",
            with_digits("%.2f times", times) + with_digits(", %.2f s", best[2]), times >= 1.8);
    all.row("  one worker, on either of the processors", "", "",
            with_digits("%.2f s", best[0]) + with_digits(" and %.2f s", best[1]), true);
}

void resident_memory(table& all) {
    auto const resident = [] {
        std::ifstream pages("/proc/self/statm");
        std::uint64_t size = 0;
        std::uint64_t used = 0;
        pages >> size >> used;
        return used * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) / 1024;
    };
    auto body = adding(2, 1);
    random_walk walk(1);
    (void)explore(body, walk, {}, 10'000);
    std::uint64_t const before = resident();
    (void)explore(body, walk, {}, 10'000'000);
    std::uint64_t const after = resident();
    all.row("memory over 10,000,000 executions", "", "flat",
            grouped(before) + " KiB, then " + grouped(after), after <= before + 64);
}

/// No figure is required of these.
void sampling(std::uint64_t most) {
    auto const print = [most](char const* how, strategy& sampler) {
        auto body = adding(2, 3);
        explored seen;
        cost const now = cost_of([&] { seen = explore(body, sampler, {}, most); });
        std::printf("%-49s %48s/s\n", ("fetch_add x 3, 2 threads, " + std::string(how)).c_str(),
                    count(static_cast<double>(seen.executions) / now.seconds).c_str());
    };
    random_walk walk(1);
    pct prioritised(1, 3);
    partial_order_sampling sampled(1);
    print("random", walk);
    print("pct", prioritised);
    print("pos", sampled);
}

}  // namespace

int main(int words, char** arguments) {
    bool const quick = words > 1 && std::strcmp(arguments[1], "--quick") == 0;
    std::printf("exhausted: executions + those pruned\n\n");
    table all(bare_relacy());
    bool few = true;
    few &= alone([&] {
        return exhaust(all, "SPSC ring, 2 items, try operations", "ring", pushing_and_popping(),
                       {12, 13});
    });
    few &= alone([&] {
        return exhaust(all, "Treiber stack, push and pop, 2 threads", "stack",
                       pushing_and_taking(&stack::pop), {70, 21});
    });
    few &= alone([&] {
        return exhaust(all, "Treiber stack, push and pop all, 2 threads", "stack_all",
                       pushing_and_taking(&stack::pop_all), {70, 21});
    });
    few &= alone([&] {
        return exhaust(all, "IRIW, acquire and release", "iriw", independent_reads(), {16, 16});
    });
    few &= alone(
        [&] { return exhaust(all, "fetch_add x 2, 3 threads", "adding", adding(3, 2), {90, 0}); });
    few &= alone([&] {
        return exhaust(all, "mutex counter, 4 threads x 2", "", counting_under_a_lock(4, 2),
                       {2'520, 0, 0.1});
    });
    few &= alone([&] {
        return exhaust(all, "ring of 3 producers x 2, 1 consumer", "", producing(3, 2),
                       {22'464, 0, 0.1});
    });
    rates(all);
    rates_of_programs(all);
    deep_mistake(all);
    if (!quick) {
        workers(all);
        resident_memory(all);
    }
    std::printf("\n");
    sampling(quick ? 10'000 : 1'000'000);
    return few ? 0 : 1;
}
