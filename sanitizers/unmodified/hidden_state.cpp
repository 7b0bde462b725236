// SPDX-License-Identifier: MIT
// What the C library keeps between its calls: the environment, the rest of a text that strtok()
// splits, the options that getopt() has seen, the standard input. Each execution finds it as the
// program did. Where POSIX lets a function be unsafe among threads, a call is a write to memory
// that no other such call may overlap.
#include "hidden_state.hpp"

#include "program.hpp"
#include "shadow.hpp"
#include "unseen.hpp"
#include "watch.hpp"

#include "model/core/execution.hpp"
#include "model/runtime/heap.hpp"

#include <algorithm>
#include <clocale>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <iostream>
#include <netdb.h>
#include <poll.h>
#include <pwd.h>
#include <stdio_ext.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace racekit;
using namespace racekit::unmodified;

namespace racekit::unmodified {
namespace {

/// What the functions keep, each at an address where no memory is.
enum class hidden : unsigned {
    environment,
    split_text,
    options,
    dates,
    numbers,
    locale,
    databases
};
constexpr char const* names[] = {"the environment",
                                 "the text of strtok()",
                                 "the options of getopt()",
                                 "the result of localtime() and its kind",
                                 "the state of drand48() and its kind",
                                 "the locale",
                                 "the result of a look into a database of the system"};
constexpr std::uintptr_t hidden_memory = std::uintptr_t(1) << 61;

void* address_of(hidden what) {
    return reinterpret_cast<void*>(hidden_memory + static_cast<unsigned>(what) * 64);
}
void reads(hidden what) {
    if (is_watched()) shadow::reads(address_of(what), 1);
}
/// A loop that asks again does not come back to an earlier state.
void writes(hidden what) {
    if (!is_watched()) return;
    shadow::writes(address_of(what), 1);
    model::active().loops.has_effect(model::memory::current);
}

std::vector<char*> environment;
bool is_environment_changed = false;
bool has_options = true;  ///< the kit reads its own with it
bool has_numbers = false;
bool has_locale = false;
char* rest_of_text = nullptr;  ///< of strtok()

void writes_environment() {
    writes(hidden::environment);
    is_environment_changed = is_environment_changed || in_program();
}
void writes_numbers() {
    writes(hidden::numbers);
    has_numbers = has_numbers || in_program();
}
void writes_options() {
    writes(hidden::options);
    has_options = has_options || in_program();
}

/// The next word of a text, and what was looked at to find it.
char* split(char* text, char const* between, char** rest) {
    char* const begin = text != nullptr ? text : *rest;
    char* const word = ::strtok_r(text, between, rest);
    if (is_watched() && begin != nullptr && *rest != nullptr) {
        shadow::reads(between, std::strlen(between) + 1);
        shadow::reads(begin, static_cast<std::size_t>(*rest - begin) + 1);
        if (word != nullptr) shadow::writes(word + std::strlen(word), 1);
    }
    return word;
}

/// Whether the program can read its standard input, by the functions that it calls.
bool can_read_input() {
    if (is_variable(&std::cin) || is_variable(&stdin)) return true;  // a copy, which it names
    constexpr std::string_view readers[] = {
        "read",         "readv",        "fread",   "fgets",          "fgetc",           "getc",
        "__wrap_fread", "__wrap_fgets", "getchar", "__wrap_getline", "__wrap_getdelim", "stdin"};
    for (module const& each : modules()) {
        for (std::string const& name : each.needed) {
            if (name.ends_with("scanf") || name == "_ZSt3cin" ||
                std::find(std::begin(readers), std::end(readers), name) != std::end(readers))
                return true;
        }
    }
    return false;
}

bool is_pipe_open = false;  ///< it did not end in time: what came is what the program reads

/// Each execution is to read the same: what comes by a pipe becomes a file, if it ends.
void keep_pipe() {
    int const copy = ::memfd_create("standard input", MFD_CLOEXEC);
    if (copy < 0) return;
    constexpr int longest_wait = 1000;  // milliseconds
    constexpr std::size_t most = std::size_t(1) << 26;
    static char some[1 << 16];
    std::size_t kept = 0;
    for (;;) {
        pollfd waits{STDIN_FILENO, POLLIN, 0};
        if (kept >= most || ::poll(&waits, 1, longest_wait) <= 0) {
            is_pipe_open = true;
            break;
        }
        ssize_t const size = ::read(STDIN_FILENO, some, sizeof some);
        if (size <= 0) break;
        if (::write(copy, some, static_cast<std::size_t>(size)) != size) break;
        kept += static_cast<std::size_t>(size);
    }
    (void)::lseek(copy, 0, SEEK_SET);
    (void)::dup2(copy, STDIN_FILENO);
    ::close(copy);
}

/// A file can be read again; what comes from a terminal cannot.
bool is_file() {
    static bool const known = [] {
        struct stat about{};
        if (::fstat(STDIN_FILENO, &about) != 0) return false;
        bool const is_pipe = S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode);
        if (is_pipe && can_read_input()) keep_pipe();
        return ::fstat(STDIN_FILENO, &about) == 0 && S_ISREG(about.st_mode);
    }();
    return known;
}

/// Workers would move on in the file that they share.
void open_own_input() {
    static pid_t owner = 0;
    if (owner == ::getpid()) return;
    owner = ::getpid();
    int const own = ::open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC);
    if (own < 0) return;
    ::dup2(own, STDIN_FILENO);
    ::close(own);
}

}  // namespace

char const* hidden_name(std::uintptr_t address) {
    std::uintptr_t const number = (address - hidden_memory) / 64;
    return address >= hidden_memory && number < std::size(names) ? names[number] : nullptr;
}

void keep_hidden_state() {
    for (char** each = environ; *each != nullptr; ++each) environment.push_back(*each);
    environment.push_back(nullptr);
    (void)is_file();
}

void look_at_input() {
    if (!is_pipe_open) return;
    struct stat about{};
    if (::fstat(STDIN_FILENO, &about) != 0) return;
    if (::lseek(STDIN_FILENO, 0, SEEK_CUR) < about.st_size) return;
    note_unseen(
        "reads of a standard input that comes by a pipe and did not end within 1 s: it ends "
        "after " +
        std::to_string(about.st_size) + " bytes here");
}

void restore_hidden_state() {
    rest_of_text = nullptr;
    if (is_environment_changed) {
        static std::vector<char*> given;
        given = environment;
        environ = given.data();
        is_environment_changed = false;
    }
    if (has_options) {
        char none[] = "";
        char* words[] = {none, nullptr};
        optind = 0;  // that makes the C library begin anew
        (void)::getopt(1, words, "");
        optind = opterr = 1;
        optarg = nullptr;
        has_options = false;
    }
    if (has_numbers) {
        unsigned short zero[3] = {};
        (void)::seed48(zero);
        has_numbers = false;
    }
    if (has_locale) {
        (void)std::setlocale(LC_ALL, "C");
        has_locale = false;
    }
    if (is_file()) {
        open_own_input();
        (void)::lseek(STDIN_FILENO, 0, SEEK_SET);
        ::__fpurge(stdin);
        std::clearerr(stdin);
        std::cin.clear();
    }
}

}  // namespace racekit::unmodified

extern "C" {

char* __wrap_getenv(char const* name) {
    reads(hidden::environment);
    return std::getenv(name);
}
char* __wrap_secure_getenv(char const* name) {
    reads(hidden::environment);
    return ::secure_getenv(name);
}
int __wrap_setenv(char const* name, char const* value, int over) {
    writes_environment();
    return ::setenv(name, value, over);
}
int __wrap_putenv(char* text) {
    writes_environment();
    return ::putenv(text);
}
int __wrap_unsetenv(char const* name) {
    writes_environment();
    return ::unsetenv(name);
}
int __wrap_clearenv() {
    writes_environment();
    return ::clearenv();
}

char* __wrap_strtok_r(char* text, char const* between, char** rest) {
    if (is_watched()) shadow::writes(rest, sizeof *rest);
    return split(text, between, rest);
}
char* __wrap_strtok(char* text, char const* between) {
    writes(hidden::split_text);
    return split(text, between, &rest_of_text);
}

int __wrap_getopt(int count, char* const* words, char const* options) {
    writes_options();
    return ::getopt(count, words, options);
}
int __wrap_getopt_long(int count, char* const* words, char const* options, option const* long_names,
                       int* which) {
    writes_options();
    return ::getopt_long(count, words, options, long_names, which);
}
int __wrap_getopt_long_only(int count, char* const* words, char const* options,
                            option const* long_names, int* which) {
    writes_options();
    return ::getopt_long_only(count, words, options, long_names, which);
}

double __wrap_drand48() {
    writes_numbers();
    return ::drand48();
}
long __wrap_lrand48() {
    writes_numbers();
    return ::lrand48();
}
long __wrap_mrand48() {
    writes_numbers();
    return ::mrand48();
}
void __wrap_srand48(long seed) {
    writes_numbers();
    ::srand48(seed);
}

tm* __wrap_localtime(time_t const* time) {
    writes(hidden::dates);
    return std::localtime(time);
}
tm* __wrap_gmtime(time_t const* time) {
    writes(hidden::dates);
    return std::gmtime(time);
}
char* __wrap_ctime(time_t const* time) {
    writes(hidden::dates);
    return std::ctime(time);
}
char* __wrap_asctime(tm const* date) {
    writes(hidden::dates);
    return std::asctime(date);
}
tm* __wrap_localtime_r(time_t const* time, tm* into) {
    if (is_watched()) shadow::writes(into, sizeof *into);
    return ::localtime_r(time, into);
}
tm* __wrap_gmtime_r(time_t const* time, tm* into) {
    if (is_watched()) shadow::writes(into, sizeof *into);
    return ::gmtime_r(time, into);
}

char* __wrap_setlocale(int part, char const* name) {
    if (name == nullptr) {
        reads(hidden::locale);
    } else {
        writes(hidden::locale);
        has_locale = has_locale || in_program();
    }
    return std::setlocale(part, name);
}

passwd* __wrap_getpwnam(char const* name) {
    writes(hidden::databases);
    return ::getpwnam(name);
}
passwd* __wrap_getpwuid(uid_t number) {
    writes(hidden::databases);
    return ::getpwuid(number);
}
group* __wrap_getgrnam(char const* name) {
    writes(hidden::databases);
    return ::getgrnam(name);
}
group* __wrap_getgrgid(gid_t number) {
    writes(hidden::databases);
    return ::getgrgid(number);
}
hostent* __wrap_gethostbyname(char const* name) {
    writes(hidden::databases);
    return ::gethostbyname(name);
}
dirent* __wrap_readdir(DIR* folder) {
    if (is_watched()) shadow::writes(folder, 1);
    return ::readdir(folder);
}

}  // extern "C"
