// SPDX-License-Identifier: MIT
// What the C library reads and writes of the program's memory when it formats text, and when it
// moves bytes to and from streams. The program's objects are linked with --wrap=printf and so on.
#include "shadow.hpp"
#include "unseen.hpp"
#include "watch.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace racekit::unmodified;

namespace {

void reads_text(char const* text, std::size_t most = SIZE_MAX) {
    if (text == nullptr) return;
    std::size_t const length = ::strnlen(text, most);
    shadow::reads(text, length < most ? length + 1 : most);
}

/// The arguments of a format, one after the other.
class format_arguments {
public:
    explicit format_arguments(va_list from) { va_copy(rest_, from); }
    ~format_arguments() { va_end(rest_); }
    format_arguments(format_arguments const&) = delete;
    format_arguments& operator=(format_arguments const&) = delete;

    /// Reads the texts, and writes the counts.
    void see(char const* format) {
        reads_text(format);
        while ((format = std::strchr(format, '%')) != nullptr) {
            ++format;
            format += std::strspn(format, "-+ #0'I");
            (void)number(format);  // the width
            int precision = -1;
            if (*format == '.') precision = number(++format);
            std::size_t const length = std::strspn(format, "hlLqjzt");
            bool const is_long_double = format[0] == 'L', is_wide = format[0] == 'l';
            format += length;
            if (*format == '$') {
                note_unseen("formats with numbered arguments");
                return;
            }
            if (*format == '\0') return;
            take(*format++, is_long_double, is_wide, precision);
        }
    }

private:
    /// A number in the format, or of the next argument.
    int number(char const*& format) {
        if (*format == '*') {
            ++format;
            return va_arg(rest_, int);
        }
        int value = 0;
        for (; *format >= '0' && *format <= '9'; ++format) value = value * 10 + (*format - '0');
        return value;
    }

    void take(char conversion, bool is_long_double, bool is_wide, int precision) {
        switch (conversion) {
            case '%':
            case 'm': return;
            case 's': {
                auto const* const text = va_arg(rest_, char const*);
                if (!is_wide)
                    reads_text(text,
                               precision < 0 ? SIZE_MAX : static_cast<std::size_t>(precision));
                return;
            }
            case 'n': {
                auto* const count = va_arg(rest_, int*);
                shadow::writes(count, is_wide ? sizeof(long) : sizeof(int));
                return;
            }
            case 'a':
            case 'A':
            case 'e':
            case 'E':
            case 'f':
            case 'F':
            case 'g':
            case 'G':
                if (is_long_double) (void)va_arg(rest_, long double);
                else (void)va_arg(rest_, double);
                return;
            default: (void)va_arg(rest_, long); return;  // an int takes as much room
        }
    }

    va_list rest_;
};

void sees(char const* format, va_list arguments) {
    if (is_watched()) format_arguments(arguments).see(format);
}

/// What it has written, by what it returned.
void has_written(char* to, std::size_t room, int length) {
    if (is_watched() && length >= 0 && room > 0)
        shadow::writes(to, std::min(room, static_cast<std::size_t>(length) + 1));
}

}  // namespace

extern "C" {

int __wrap_vfprintf(std::FILE* to, char const* format, va_list arguments) {
    sees(format, arguments);
    return std::vfprintf(to, format, arguments);
}
int __wrap_vprintf(char const* format, va_list arguments) {
    return __wrap_vfprintf(stdout, format, arguments);
}
int __wrap_vdprintf(int to, char const* format, va_list arguments) {
    sees(format, arguments);
    return ::vdprintf(to, format, arguments);
}
int __wrap_vsnprintf(char* to, std::size_t room, char const* format, va_list arguments) {
    sees(format, arguments);
    int const length = std::vsnprintf(to, room, format, arguments);
    has_written(to, room, length);
    return length;
}
int __wrap_vsprintf(char* to, char const* format, va_list arguments) {
    sees(format, arguments);
    int const length = std::vsprintf(to, format, arguments);
    has_written(to, SIZE_MAX, length);
    return length;
}
int __wrap_vasprintf(char** to, char const* format, va_list arguments) {
    sees(format, arguments);
    if (is_watched()) shadow::writes(to, sizeof *to);
    return ::vasprintf(to, format, arguments);
}

#define RACEKIT_FORMATTED(call)       \
    va_list arguments;                \
    va_start(arguments, format);      \
    int const length = __wrap_##call; \
    va_end(arguments);                \
    return length
int __wrap_printf(char const* format, ...) {
    RACEKIT_FORMATTED(vfprintf(stdout, format, arguments));
}
int __wrap_fprintf(std::FILE* to, char const* format, ...) {
    RACEKIT_FORMATTED(vfprintf(to, format, arguments));
}
int __wrap_dprintf(int to, char const* format, ...) {
    RACEKIT_FORMATTED(vdprintf(to, format, arguments));
}
int __wrap_snprintf(char* to, std::size_t room, char const* format, ...) {
    RACEKIT_FORMATTED(vsnprintf(to, room, format, arguments));
}
int __wrap_sprintf(char* to, char const* format, ...) {
    RACEKIT_FORMATTED(vsprintf(to, format, arguments));
}
int __wrap_asprintf(char** to, char const* format, ...) {
    RACEKIT_FORMATTED(vasprintf(to, format, arguments));
}

int __wrap_puts(char const* text) {
    if (is_watched()) reads_text(text);
    return std::puts(text);
}
int __wrap_fputs(char const* text, std::FILE* to) {
    if (is_watched()) reads_text(text);
    return std::fputs(text, to);
}
std::size_t __wrap_fwrite(void const* what, std::size_t size, std::size_t count, std::FILE* to) {
    if (is_watched()) shadow::reads(what, size * count);
    return std::fwrite(what, size, count, to);
}
std::size_t __wrap_fread(void* into, std::size_t size, std::size_t count, std::FILE* from) {
    std::size_t const done = std::fread(into, size, count, from);
    if (is_watched()) shadow::writes(into, size * done);
    return done;
}
char* __wrap_fgets(char* into, int room, std::FILE* from) {
    char* const line = std::fgets(into, room, from);
    if (is_watched() && line != nullptr) shadow::writes(line, std::strlen(line) + 1);
    return line;
}

}  // extern "C"
