// SPDX-License-Identifier: MIT
#include "symbolizer.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <map>
#include <memory>
#include <spawn.h>
#include <unistd.h>
#include <sys/wait.h>

namespace racekit::unmodified {
namespace {

/// A program that reads a line and answers with some, up to an empty one.
class coprocess {
public:
    explicit coprocess(std::vector<std::string> const& words) {
        int to[2], from[2];
        if (::pipe2(to, O_CLOEXEC) != 0) return;
        if (::pipe2(from, O_CLOEXEC) != 0) {
            ::close(to[0]);
            ::close(to[1]);
            return;
        }
        start(words, to[0], from[1]);
        ::close(to[0]);
        ::close(from[1]);
        questions_ = ::fdopen(to[1], "w");
        answers_ = ::fdopen(from[0], "r");
    }
    ~coprocess() {
        if (questions_ != nullptr) std::fclose(questions_);
        if (answers_ != nullptr) std::fclose(answers_);
        if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
    }
    coprocess(coprocess const&) = delete;
    coprocess& operator=(coprocess const&) = delete;

    /// The lines of the answer; none: the program does not answer.
    std::vector<std::string> ask(std::string const& question) {
        std::vector<std::string> lines;
        if (questions_ == nullptr || answers_ == nullptr) return lines;
        if (std::fprintf(questions_, "%s\n", question.c_str()) < 0 || std::fflush(questions_) != 0)
            return lines;
        char line[4096];
        while (std::fgets(line, sizeof line, answers_) != nullptr) {
            std::string text(line);
            while (!text.empty() && text.back() == '\n') text.pop_back();
            if (text.empty()) break;
            lines.push_back(std::move(text));
        }
        return lines;
    }

private:
    void start(std::vector<std::string> const& words, int in, int out) {
        std::vector<char*> arguments;
        for (std::string const& each : words) arguments.push_back(const_cast<char*>(each.c_str()));
        arguments.push_back(nullptr);
        posix_spawn_file_actions_t ends;
        ::posix_spawn_file_actions_init(&ends);
        ::posix_spawn_file_actions_adddup2(&ends, in, 0);
        ::posix_spawn_file_actions_adddup2(&ends, out, 1);
        if (::posix_spawnp(&pid_, arguments[0], &ends, nullptr, arguments.data(), environ) != 0)
            pid_ = -1;
        ::posix_spawn_file_actions_destroy(&ends);
    }

    pid_t pid_ = -1;
    std::FILE* questions_ = nullptr;
    std::FILE* answers_ = nullptr;
};

/// One for each process: what a parent has started, a forked worker must not talk to.
coprocess& symbolizer() {
    static pid_t owner = 0;
    static std::unique_ptr<coprocess> running;
    if (owner != ::getpid()) {
        (void)running.release();
        owner = ::getpid();
        running = std::make_unique<coprocess>(
            std::vector<std::string>{"llvm-symbolizer-19", "--output-style=LLVM", "--inlines",
                                     "--functions=linkage", "--demangle", "--no-untag-addresses"});
    }
    return *running;
}

int number_behind_last_colon(std::string& text) {
    std::size_t const colon = text.rfind(':');
    if (colon == std::string::npos) return 0;
    int const number = std::atoi(text.c_str() + colon + 1);
    text.erase(colon);
    return number;
}

std::string hexadecimal(std::uintptr_t number) {
    char text[32];
    std::snprintf(text, sizeof text, "0x%zx", static_cast<std::size_t>(number));
    return text;
}

/// binutils' program: one question, one process. It names no columns.
std::vector<source_frame> by_addr2line(std::string const& file, std::uintptr_t offset) {
    std::vector<source_frame> frames;
    std::string const command =
        "addr2line -C -f -i -e '" + file + "' " + hexadecimal(offset) + " 2>/dev/null";
    std::FILE* const lines = ::popen(command.c_str(), "r");
    if (lines == nullptr) return frames;
    char function[4096], place[4096];
    while (std::fgets(function, sizeof function, lines) != nullptr &&
           std::fgets(place, sizeof place, lines) != nullptr) {
        source_frame each;
        each.function = function;
        while (!each.function.empty() && each.function.back() == '\n') each.function.pop_back();
        each.file = place;
        each.line = number_behind_last_colon(each.file);
        if (each.line > 0) frames.push_back(std::move(each));
    }
    ::pclose(lines);
    return frames;
}

}  // namespace

std::vector<source_frame> frames_of(std::string const& file, std::uintptr_t offset) {
    std::vector<std::string> const lines =
        symbolizer().ask("CODE \"" + file + "\" " + hexadecimal(offset));
    if (lines.empty()) return by_addr2line(file, offset);
    std::vector<source_frame> frames;
    for (std::size_t at = 0; at + 1 < lines.size(); at += 2) {
        source_frame each;
        each.function = lines[at];
        each.file = lines[at + 1];
        each.column = number_behind_last_colon(each.file);
        each.line = number_behind_last_colon(each.file);
        if (each.line > 0) frames.push_back(std::move(each));
    }
    return frames;
}

std::string variable_of(std::string const& file, std::uintptr_t offset) {
    std::vector<std::string> const lines =
        symbolizer().ask("DATA \"" + file + "\" " + hexadecimal(offset));
    if (lines.empty() || lines[0] == "??") return "";
    return lines[0];
}

}  // namespace racekit::unmodified
