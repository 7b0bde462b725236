// SPDX-License-Identifier: MIT
// What the tests of faults measure: a table of goals, printed at the end. Counts are judged always;
// times and sizes only in the long form (RACEKIT_SERVER_FULL), which runs alone: a loaded machine
// would fail them.
#pragma once

#include "serving.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace test {

using steady = std::chrono::steady_clock;

inline bool is_full() { return std::getenv("RACEKIT_SERVER_FULL") != nullptr; }
/// How often: in the short form, and in the long one.
inline int times(int in_short, int in_full) { return is_full() ? in_full : in_short; }

inline double microseconds(steady::duration span) {
    return std::chrono::duration<double, std::micro>(span).count();
}
inline double milliseconds(steady::duration span) { return microseconds(span) / 1000; }

/// The table.
class goals : public testing::Environment {
public:
    /// A time or a size.
    static void at_most(std::string const& what, double reached, double required,
                        char const* unit) {
        all().rows.push_back({what, reached, required, unit, reached <= required});
        if (is_full()) EXPECT_LE(reached, required) << what;
    }
    /// A count, which must be just that.
    static void exactly(std::string const& what, double reached, double required) {
        all().rows.push_back({what, reached, required, "", reached == required});
        EXPECT_EQ(reached, required) << what;
    }
    void TearDown() override {
        std::printf("\n  %-64s %12s %12s\n", "fault", "measured", "required");
        for (row const& each : all().rows)
            std::printf("  %-64s %9.4g %-2s %9.4g %-2s %s\n", each.what.c_str(), each.reached,
                        each.unit, each.required, each.unit, each.is_reached ? "" : "MISSED");
    }

private:
    struct row {
        std::string what;
        double reached;
        double required;
        char const* unit;
        bool is_reached;
    };
    struct table {
        std::vector<row> rows;
    };
    static table& all() {
        static table only;
        return only;
    }
};
inline testing::Environment* const goals_are_printed = testing::AddGlobalTestEnvironment(new goals);

/// Times in microseconds.
struct latencies {
    std::vector<double> all;

    template <class Work>
    void time(Work work) {
        auto const begin = steady::now();
        work();
        all.push_back(microseconds(steady::now() - begin));
    }
    [[nodiscard]] double part(double quantile) const {
        if (all.empty()) return 0;
        std::vector<double> sorted = all;
        std::sort(sorted.begin(), sorted.end());
        auto const at = static_cast<std::size_t>(quantile * static_cast<double>(sorted.size()));
        return sorted[std::min(at, sorted.size() - 1)];
    }
    [[nodiscard]] double p99() const { return part(0.99); }
    [[nodiscard]] double most() const { return part(1); }
};

inline std::size_t resident_kib(racekit::process const& of) {
    std::ifstream status("/proc/" + std::to_string(of.id().number) + "/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
    }
    return 0;
}
/// Clock ticks of processor time, a hundred a second.
inline std::uint64_t ticks(racekit::process const& of) {
    std::ifstream stat("/proc/" + std::to_string(of.id().number) + "/stat");
    std::string word;
    for (int each = 0; each < 13; ++each) stat >> word;
    std::uint64_t user = 0;
    std::uint64_t system = 0;
    stat >> user >> system;
    return user + system;
}

inline racekit::server_options with_key() {
    racekit::server_options made;
    made.key = std::string(key.data(), key.size());
    if (!is_full()) made.limits.handshake = made.limits.frame_time = 1s;
    return made;
}
inline racekit::server_client keyed(serving const& one, bool tcp = false) {
    racekit::connect_options how;
    how.key = std::string(key.data(), key.size());
    how.client.default_timeout = 30s;
    how.timeout = 30s;
    return racekit::connect_server(tcp ? one.tcp : one.unix_address(), how);
}
inline bool add_one(racekit::server_client& client) {
    return bool(client.call(racekit::operation::add, {1}, racekit::after(30s), 1));
}
/// A connection that has said nothing.
inline racekit::stream_socket stranger(serving const& one, bool tcp = false) {
    std::error_code error;
    auto made = racekit::stream_socket::connect(
        racekit::server_address::from_text(tcp ? one.tcp : one.unix_address()), racekit::after(30s),
        error);
    EXPECT_FALSE(error) << error.message();
    return made;
}
/// Whether its server has closed it: within half a minute, or now.
inline bool is_closed(racekit::stream_socket const& what, bool waits = true) {
    char bytes[512];
    for (;;) {
        if (!what.wait_for(POLLIN, waits ? racekit::after(30s) : racekit::deadline::min()))
            return false;
        std::ptrdiff_t const got = what.read(bytes, sizeof bytes);
        if (got == 0 || (got < 0 && !racekit::stream_socket::is_again(got))) return true;
    }
}

}  // namespace test
