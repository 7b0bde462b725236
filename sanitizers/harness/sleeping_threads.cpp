// SPDX-License-Identifier: MIT
#include "sleeping_threads.hpp"

#include <algorithm>
#include <cstdlib>
#include <dirent.h>
#include <fstream>
#include <string>
#include <sys/syscall.h>

namespace racekit {
namespace {

/// Whether the thread sleeps in a futex wait that has no deadline.
bool sleeps_on_futex(std::string const& task) {
    std::ifstream file(task + "/syscall");
    long number = -1;
    std::string argument[4];
    if (!(file >> number)) return false;  // it runs, or the kernel does not show it
    for (std::string& each : argument) file >> each;
    return file && number == SYS_futex && std::strtoull(argument[3].c_str(), nullptr, 16) == 0;
}

bool has_child(std::string const& task) {
    std::ifstream file(task + "/children");
    int child = 0;
    return static_cast<bool>(file >> child);
}

/// How often the thread has stopped running; nothing while it does not sleep.
std::optional<std::uint64_t> switches_of_sleeper(std::string const& task) {
    std::ifstream status(task + "/status");
    std::uint64_t switches = 0;
    bool sleeps = false;
    for (std::string line; std::getline(status, line);) {
        auto const value = line.find_first_not_of(" \t", line.find(':') + 1);
        if (value == std::string::npos) continue;
        if (line.starts_with("State:")) sleeps = line[value] == 'S';
        if (line.find("ctxt_switches:") != std::string::npos)
            switches += std::strtoull(line.c_str() + value, nullptr, 10);
    }
    if (!sleeps) return std::nullopt;
    return switches;
}

/// The instruction at which the thread sleeps for a time; 0: it does not.
std::uint64_t place_of_pause(std::string const& task) {
    std::ifstream file(task + "/syscall");
    constexpr int words_between = 7;  // six arguments and the stack
    long number = -1;
    std::string word;
    if (!(file >> number) || (number != SYS_nanosleep && number != SYS_clock_nanosleep)) return 0;
    for (int at = 0; at < words_between; ++at) file >> word;
    file >> word;
    return file ? std::strtoull(word.c_str(), nullptr, 16) : 0;
}

std::string task_of(int process, int thread) {
    return "/proc/" + std::to_string(process) + "/task/" + std::to_string(thread);
}

bool is_in(std::span<int const> all, int one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

}  // namespace

void add_their_like(int process, std::vector<int>& helpers) {
    std::vector<std::uint64_t> places;
    for (int const helper : helpers) {
        if (auto const place = place_of_pause(task_of(process, helper)); place != 0)
            places.push_back(place);
    }
    if (places.empty()) return;
    for (int const thread : threads_of(process)) {
        if (is_in(helpers, thread)) continue;
        auto const place = place_of_pause(task_of(process, thread));
        if (std::find(places.begin(), places.end(), place) != places.end())
            helpers.push_back(thread);
    }
}

std::vector<int> threads_of(int process) {
    std::vector<int> all;
    DIR* const folder = ::opendir(("/proc/" + std::to_string(process) + "/task").c_str());
    if (folder == nullptr) return all;
    while (dirent const* const entry = ::readdir(folder)) {
        if (entry->d_name[0] != '.') all.push_back(std::atoi(entry->d_name));
    }
    ::closedir(folder);
    std::sort(all.begin(), all.end());
    return all;
}

std::optional<std::uint64_t> all_sleep_without_end(int process, std::span<int const> but) {
    std::uint64_t sum = 0;
    for (int const thread : threads_of(process)) {
        if (is_in(but, thread)) continue;
        std::string const task = task_of(process, thread);
        auto const switches = switches_of_sleeper(task);
        if (!switches || !sleeps_on_futex(task) || has_child(task)) return std::nullopt;
        sum += *switches + 1;  // a thread that ends changes the sum too
    }
    return sum;
}

}  // namespace racekit
