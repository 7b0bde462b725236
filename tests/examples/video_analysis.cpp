// SPDX-License-Identifier: MIT
// A video analysed by several processes, from end to end: where a bright object is in each frame.
//
//     shared_object    a ring of frames in memory that all processes share: no frame is copied
//     process_pool     analyses frames in worker processes; a crash of one costs its frame alone
//     semaphore        the reader waits while all places of the ring are in use
//     blocking_queue   hands the numbers of read frames from the reader to the collector
//     shared_value     frames in which nothing moved, counted by all workers
//
// A thread "reads" frames (it draws them), the pool analyses them, and the main thread collects the
// positions in the order of the frames. Each must be where the object was drawn.
// Usage: examples.video_analysis [frames] [workers]
#include <racekit/lock/semaphore.hpp>
#include <racekit/platform.hpp>
#include <racekit/process/process_pool.hpp>
#include <racekit/queue/blocking_queue.hpp>
#include <racekit/shared/shared_value.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace {

constexpr int width = 640, height = 480, object = 12;
constexpr std::size_t places = 8;  // of the ring
using frame = std::array<std::uint8_t, std::size_t(width) * height>;

struct position {
    int x = -1, y = -1;
    bool operator==(position const&) const = default;
};

struct shared_frames {
    std::array<frame, places> ring{};
    racekit::shared_value<std::uint64_t> still{0};
};

/// Every tenth frame is dark.
position drawn_at(int number) {
    if (number % 10 == 9) return {};
    return {number * 7 % (width - object), number * 5 % (height - object)};
}

/// Noise, and a bright square.
void draw(int number, frame& into) {
    std::uint32_t noise = static_cast<std::uint32_t>(number) * 2654435761U + 1;
    for (std::uint8_t& each : into) {
        noise = noise * 1664525U + 1013904223U;
        each = static_cast<std::uint8_t>(noise >> 26);
    }
    position const at = drawn_at(number);
    for (int y = at.y; at.x >= 0 && y < at.y + object; ++y) {
        for (int x = at.x; x < at.x + object; ++x) into[std::size_t(y * width + x)] = 255;
    }
}

/// The window with the most light, if it is bright enough.
position find(frame const& in) {
    position best;
    int most = object * object * 128;
    for (int top = 0; top < height - object; ++top) {
        for (int left = 0; left < width - object; ++left) {
            int light = 0;
            for (int y = top; y < top + object; ++y) {
                for (int x = left; x < left + object; ++x) light += in[std::size_t(y * width + x)];
            }
            if (light > most) most = light, best = {left, top};
        }
    }
    return best;
}

std::vector<position> by_one(int frames) {
    std::vector<position> all;
    auto one = std::make_unique<frame>();
    for (int number = 0; number < frames; ++number) {
        draw(number, *one);
        all.push_back(find(*one));
    }
    return all;
}

/// Returns the positions in order; counts dark frames in shared memory.
std::vector<position> by_processes(int frames, int workers, std::uint64_t& still) {
    racekit::shared_object<shared_frames> shared;
    shared_frames* const memory = &*shared;  // where it is in every worker too: they are forked
    racekit::process_pool pool({.workers = workers});
    racekit::semaphore free_places(places);
    racekit::blocking_queue<int> read(places);
    std::jthread const reader([&] {
        for (int number = 0; number < frames; ++number) {
            free_places.acquire();
            draw(number, memory->ring[std::size_t(number) % places]);
            if (read.put(number) != racekit::queue_state::done) return;
        }
        read.close();
    });
    auto const analyse = [memory](int number) {
        position const found = find(memory->ring[std::size_t(number) % places]);
        if (found.x < 0) memory->still.fetch_add(1);
        return found;
    };
    using later = decltype(pool.async(analyse, 0));
    std::deque<later> under_way;
    std::vector<position> all;
    auto const collect = [&] {
        all.push_back(under_way.front().get());
        under_way.pop_front();
        free_places.release();  // in order: the oldest frame's place is used next
    };
    for (int number = 0; read.get(number) == racekit::queue_state::done;) {
        under_way.push_back(pool.async(analyse, number));
        if (under_way.size() == places / 2) collect();
    }
    while (!under_way.empty()) collect();
    pool.close();
    pool.join();
    still = memory->still.get();
    return all;
}

template <class Work>
double seconds_of(Work work) {
    auto const began = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

}  // namespace

int main(int count, char** given) {
    int const frames = count > 1 ? std::atoi(given[1]) : 60;
    int const workers = count > 2 ? std::atoi(given[2]) : 2;
    if (frames < 1 || frames > 100'000 || workers < 1 || workers > 64) {
        std::fprintf(stderr, "%s: from 1 to 100000 frames, from 1 to 64 workers\n", given[0]);
        return 2;
    }
    std::vector<position> one, many;
    std::uint64_t still = 0;
    double const slow = seconds_of([&] { one = by_one(frames); });
    double const fast = seconds_of([&] { many = by_processes(frames, workers, still); });
    std::printf("%d frames of %d x %d\n", frames, width, height);
    std::printf("one process:   %7.1f frames/s\n", frames / slow);
    std::printf("%2d processes:  %7.1f frames/s, %.2f times as fast\n", workers, frames / fast,
                slow / fast);
    for (int number = 0; number < frames; ++number) {
        if (many[std::size_t(number)] == drawn_at(number)) continue;
        std::fprintf(stderr, "frame %d: the object is elsewhere\n", number);
        return 1;
    }
    bool const same = one == many && still == std::uint64_t(frames / 10);
    std::printf("%s; nothing moved in %d frames\n",
                same ? "every object was found where it was drawn" : "the results differ",
                static_cast<int>(still));
    return same ? 0 : 1;
}
