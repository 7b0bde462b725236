// SPDX-License-Identifier: MIT
// What functions of the C library read and write of the program's memory. The program's objects are
// linked with --wrap=memcpy and so on; clang calls functions of its own for some of these.
#include "shadow.hpp"
#include "watch.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <strings.h>

using namespace racekit::unmodified;

namespace {

void reads(void const* at, std::size_t size) {
    if (is_watched()) shadow::reads(at, size);
}
void writes(void* at, std::size_t size) {
    if (is_watched()) shadow::writes(at, size);
}
void reads_text(char const* text) {
    if (is_watched()) shadow::reads(text, std::strlen(text) + 1);
}
void reads_text_of(char const* text, std::size_t most) {
    if (is_watched()) shadow::reads(text, std::min(::strnlen(text, most) + 1, most));
}
/// From a text to a place in it, which is looked at too; null: to its end.
void reads_to(char const* text, char const* found) {
    if (found == nullptr) reads_text(text);
    else reads(text, static_cast<std::size_t>(found - text) + 1);
}

/// As far as two texts have to be compared.
void reads_both(char const* left, char const* right, std::size_t most, int (*as)(int)) {
    if (!is_watched()) return;
    std::size_t size = 0;
    while (size < most) {
        auto const one = static_cast<unsigned char>(left[size]);
        auto const other = static_cast<unsigned char>(right[size]);
        ++size;
        if (one == 0 || as(one) != as(other)) break;
    }
    shadow::reads(left, size);
    shadow::reads(right, size);
}
int as_it_is(int letter) { return letter; }
int in_small(int letter) { return letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter; }

/// A number that was read from a text, and where it ends.
template <class Number>
Number parsed(char const* text, char* end, char** into, Number value) {
    reads_to(text, end);
    if (into != nullptr) {
        writes(into, sizeof *into);
        *into = end;
    }
    return value;
}

}  // namespace

extern "C" {

void* __wrap_memcpy(void* to, void const* from, std::size_t size) {
    reads(from, size);
    writes(to, size);
    return std::memcpy(to, from, size);
}
void* __wrap_mempcpy(void* to, void const* from, std::size_t size) {
    return static_cast<char*>(__wrap_memcpy(to, from, size)) + size;
}
void* __wrap_memmove(void* to, void const* from, std::size_t size) {
    reads(from, size);
    writes(to, size);
    return std::memmove(to, from, size);
}
void __wrap_bcopy(void const* from, void* to, std::size_t size) { __wrap_memmove(to, from, size); }
void* __wrap_memset(void* to, int value, std::size_t size) {
    writes(to, size);
    return std::memset(to, value, size);
}
void __wrap_bzero(void* to, std::size_t size) { __wrap_memset(to, 0, size); }
void __wrap_explicit_bzero(void* to, std::size_t size) { __wrap_memset(to, 0, size); }
int __wrap_memcmp(void const* left, void const* right, std::size_t size) {
    reads(left, size);
    reads(right, size);
    return std::memcmp(left, right, size);
}
int __wrap_bcmp(void const* left, void const* right, std::size_t size) {
    return __wrap_memcmp(left, right, size);
}
void const* __wrap_memchr(void const* at, int wanted, std::size_t size) {
    reads(at, size);
    return std::memchr(at, wanted, size);
}
void const* __wrap_memrchr(void const* at, int wanted, std::size_t size) {
    reads(at, size);
    return ::memrchr(at, wanted, size);
}
void const* __wrap_rawmemchr(void const* at, int wanted) {
    void const* const found = ::rawmemchr(at, wanted);
    reads_to(static_cast<char const*>(at), static_cast<char const*>(found));
    return found;
}
void* __wrap_memmem(void const* in, std::size_t size, void const* wanted, std::size_t length) {
    reads(in, size);
    reads(wanted, length);
    return ::memmem(in, size, wanted, length);
}

std::size_t __wrap_strlen(char const* text) {
    reads_text(text);
    return std::strlen(text);
}
std::size_t __wrap_strnlen(char const* text, std::size_t most) {
    reads_text_of(text, most);
    return ::strnlen(text, most);
}
char* __wrap_stpcpy(char* to, char const* from) {
    std::size_t const length = std::strlen(from);
    reads(from, length + 1);
    writes(to, length + 1);
    std::memcpy(to, from, length + 1);
    return to + length;
}
char* __wrap_strcpy(char* to, char const* from) {
    __wrap_stpcpy(to, from);
    return to;
}
char* __wrap_strncpy(char* to, char const* from, std::size_t size) {
    reads_text_of(from, size);
    writes(to, size);
    return std::strncpy(to, from, size);
}
char* __wrap_strcat(char* to, char const* from) {
    __wrap_stpcpy(to + __wrap_strlen(to), from);
    return to;
}
char* __wrap_strncat(char* to, char const* from, std::size_t most) {
    char* const end = to + __wrap_strlen(to);
    reads_text_of(from, most);
    writes(end, ::strnlen(from, most) + 1);
    return std::strncat(to, from, most);
}
int __wrap_strcmp(char const* left, char const* right) {
    reads_both(left, right, SIZE_MAX, as_it_is);
    return std::strcmp(left, right);
}
int __wrap_strncmp(char const* left, char const* right, std::size_t most) {
    reads_both(left, right, most, as_it_is);
    return std::strncmp(left, right, most);
}
int __wrap_strcasecmp(char const* left, char const* right) {
    reads_both(left, right, SIZE_MAX, in_small);
    return ::strcasecmp(left, right);
}
int __wrap_strncasecmp(char const* left, char const* right, std::size_t most) {
    reads_both(left, right, most, in_small);
    return ::strncasecmp(left, right, most);
}
char const* __wrap_strchr(char const* text, int wanted) {
    char const* const found = std::strchr(text, wanted);
    reads_to(text, found);
    return found;
}
char const* __wrap_strchrnul(char const* text, int wanted) {
    char const* const found = ::strchrnul(text, wanted);
    reads_to(text, found);
    return found;
}
char const* __wrap_strrchr(char const* text, int wanted) {
    reads_text(text);
    return std::strrchr(text, wanted);
}
char const* __wrap_strstr(char const* text, char const* wanted) {
    char const* const found = std::strstr(text, wanted);
    reads_to(text, found == nullptr ? nullptr : found + std::strlen(wanted));
    reads_text(wanted);
    return found;
}
char const* __wrap_strpbrk(char const* text, char const* wanted) {
    char const* const found = std::strpbrk(text, wanted);
    reads_to(text, found);
    reads_text(wanted);
    return found;
}
std::size_t __wrap_strspn(char const* text, char const* wanted) {
    std::size_t const length = std::strspn(text, wanted);
    reads_to(text, text + length);
    reads_text(wanted);
    return length;
}
std::size_t __wrap_strcspn(char const* text, char const* wanted) {
    std::size_t const length = std::strcspn(text, wanted);
    reads_to(text, text + length);
    reads_text(wanted);
    return length;
}

#define RACEKIT_NUMBER(type, function)                     \
    type __wrap_##function(char const* text, char** end) { \
        char* last = nullptr;                              \
        type const value = ::function(text, &last);        \
        return parsed(text, last, end, value);             \
    }
#define RACEKIT_INTEGER(type, function)                              \
    type __wrap_##function(char const* text, char** end, int base) { \
        char* last = nullptr;                                        \
        type const value = ::function(text, &last, base);            \
        return parsed(text, last, end, value);                       \
    }
RACEKIT_NUMBER(float, strtof)
RACEKIT_NUMBER(double, strtod)
RACEKIT_NUMBER(long double, strtold)
RACEKIT_INTEGER(long, strtol)
RACEKIT_INTEGER(long long, strtoll)
RACEKIT_INTEGER(unsigned long, strtoul)
RACEKIT_INTEGER(unsigned long long, strtoull)
int __wrap_atoi(char const* text) { return static_cast<int>(__wrap_strtol(text, nullptr, 10)); }
long __wrap_atol(char const* text) { return __wrap_strtol(text, nullptr, 10); }
long long __wrap_atoll(char const* text) { return __wrap_strtoll(text, nullptr, 10); }
double __wrap_atof(char const* text) { return __wrap_strtod(text, nullptr); }

/// It writes what it compares. The comparison is the program's own.
void __wrap_qsort(void* at, std::size_t count, std::size_t size,
                  int (*compare)(void const*, void const*)) {
    writes(at, count * size);
    std::qsort(at, count, size, compare);
}

}  // extern "C"
