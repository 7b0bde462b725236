// SPDX-License-Identifier: MIT
#include "shared_page.hpp"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <system_error>

namespace racekit::model {
namespace {

struct text_arena {
    static constexpr std::size_t size = 1 << 16;
    std::atomic<std::size_t> used;
    char text[size];
};

text_arena* texts = nullptr;

}  // namespace

void* shared_memory(std::size_t bytes) {
    void* const place =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (place == MAP_FAILED)
        throw std::system_error(errno, std::generic_category(), "no memory for the workers");
    return place;
}

char const* kept_text(std::string const& text) {
    std::size_t const bytes = text.size() + 1;
    share_kept_texts();
    std::size_t const at = texts->used.fetch_add(bytes, std::memory_order_relaxed);
    if (at + bytes > text_arena::size) return ::strdup(text.c_str());
    return static_cast<char const*>(std::memcpy(texts->text + at, text.c_str(), bytes));
}

void share_kept_texts() {
    if (texts == nullptr) texts = static_cast<text_arena*>(shared_memory(sizeof(text_arena)));
}

void release_shared_memory(void* place, std::size_t bytes) { ::munmap(place, bytes); }

}  // namespace racekit::model
