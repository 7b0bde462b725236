// SPDX-License-Identifier: MIT
// Senders and receivers of each kind of pipe are killed at random times, and another process goes
// on with the end. A message whose send() returned must arrive whole and in its order; a death may
// cost the one message that the dead process was sending or receiving.
//
//     soak.killed_pipes [--kills NUMBER] [--seed NUMBER]      the number is of each kind
#include "killing.hpp"

#include <racekit/pipe/message_pipe.hpp>
#include <racekit/pipe/pipe.hpp>
#include <racekit/pipe/ring_pipe.hpp>
#include <racekit/platform.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <unistd.h>

namespace {

using racekit::received;
using racekit::soak::number;

constexpr std::uint64_t kills_at_once = 40;  // then the pipe is new

// The kinds: each sends from one end and receives from the other, and a child keeps one of them.

struct packet_kind {
    static constexpr char const* name = "pipe";
    static constexpr bool comes_again = false;
    static constexpr bool receiver_may_die = true;
    static constexpr std::size_t long_message = 150'000;  // goes as a memory file
    racekit::pipe ends;

    void be_sender() { ends.first.close(); }
    void be_receiver() { ends.second.close(); }
    std::error_code send(std::string const& message) { return ends.second.send(message); }
    received receive(std::string& into) { return ends.first.receive(into); }
    void close() { ends.first.close(), ends.second.close(); }
};

struct ring_kind {
    static constexpr char const* name = "ring_pipe";
    static constexpr bool comes_again = true;  // what the dead one took and had not published
    static constexpr bool receiver_may_die = true;
    static constexpr std::size_t long_message = 5'000;  // goes in several frames
    racekit::ring_pipe ends{racekit::ring_options{.capacity = 8192}};

    void be_sender() { ends.first.close(); }
    void be_receiver() { ends.second.close(); }
    std::error_code send(std::string const& message) { return ends.second.send(message); }
    received receive(std::string& into) { return ends.first.receive(into); }
    void close() { ends.first.close(), ends.second.close(); }
};

struct message_kind {
    static constexpr char const* name = "message_pipe";
    static constexpr bool comes_again = false;
    static constexpr bool receiver_may_die = false;      // its successor may begin inside a chunk
    static constexpr std::size_t long_message = 50'000;  // goes in chunks
    racekit::shared_object<racekit::basic_message_pipe<long_message>> pipe;

    void be_sender() { pipe->be_sender(); }
    void be_receiver() { pipe->be_receiver(); }
    std::error_code send(std::string const& message) {
        return pipe->send(message.data(), message.size());
    }
    received receive(std::string& into) {
        into.resize(long_message);
        received const got = pipe->receive(into.data(), into.size());
        into.resize(got ? got.bytes : 0);
        return got;
    }
    void close() { pipe->close(); }
};

std::size_t size_of(std::uint64_t number, std::size_t long_message) {
    return number % 8 == 0 ? long_message : 8 + number * number % 2'000;
}

std::string message_of(std::uint64_t number, std::size_t long_message) {
    std::string made(size_of(number, long_message), static_cast<char>(number * 31));
    std::memcpy(made.data(), &number, sizeof number);
    return made;
}

/// What the processes write down of one pipe. The numbers begin at 1.
struct diary {
    std::atomic<std::uint64_t> sent{0};      // send() of it has returned
    std::atomic<std::uint64_t> received{0};  // it was received, whole
    std::atomic<std::uint64_t> messages{0};
    std::atomic<std::uint64_t> again{0};
    std::atomic<std::uint64_t> truncated{0};
    std::atomic<std::uint64_t> torn{0};
    std::atomic<std::uint64_t> lost{0};
    std::atomic<std::uint64_t> reordered{0};
    std::atomic<bool> over{false};
    // Numbers that a dead sender may have sent or not, and that a dead receiver may have taken.
    std::atomic<std::uint64_t> cut[kills_at_once + 1] = {};
    std::atomic<std::uint64_t> cuts{0};

    void may_miss(std::uint64_t number) {
        cut[cuts.load()].store(number);
        cuts.fetch_add(1);
    }
    [[nodiscard]] bool is_cut(std::uint64_t number) const {
        auto const* const end = cut + cuts.load();
        return std::any_of(cut, end, [=](auto const& each) { return each.load() == number; });
    }
    /// The first number after it that was surely sent, or will be.
    [[nodiscard]] std::uint64_t next_after(std::uint64_t number) const {
        do ++number;
        while (is_cut(number));
        return number;
    }
    /// The numbers between two that came one after the other, and whose loss nothing explains.
    [[nodiscard]] std::uint64_t missing(std::uint64_t after, std::uint64_t before) const {
        std::uint64_t count = 0;
        for (std::uint64_t number = after + 1; number < before; ++number)
            count += is_cut(number) ? 0 : 1;
        return count;
    }
    [[nodiscard]] bool is_clean() const { return torn + lost + reordered == 0; }
};

template <class Kind>
int send_all(Kind& through, diary& notes, std::uint64_t from) {
    through.be_sender();
    for (std::uint64_t number = from; !notes.over; ++number) {
        if (through.send(message_of(number, Kind::long_message))) return 1;
        notes.sent.store(number);
    }
    return 0;
}

template <class Kind>
int receive_all(Kind& through, diary& notes) {
    through.be_receiver();
    std::string got;
    std::uint64_t last = notes.received.load();
    bool first = true;  // of the whole ones: a message that was cut short may come again before it
    for (;;) {
        received const came = through.receive(got);
        if (came.ended()) return 0;
        if (came.error == racekit::pipe_error::truncated) {
            ++notes.truncated;
            continue;
        }
        if (came.error) return 1;
        std::uint64_t number = 0;
        if (got.size() >= sizeof number) std::memcpy(&number, got.data(), sizeof number);
        if (got != message_of(number, Kind::long_message)) ++notes.torn;
        bool const again = number <= last;
        if (again && first && Kind::comes_again) ++notes.again;
        else if (again) ++notes.reordered;
        else notes.lost += notes.missing(last, number);
        first = false;
        last = number;
        if (number > notes.received) notes.received = number;
        ++notes.messages;
    }
}

struct totals {
    std::uint64_t kills = 0, messages = 0, again = 0, truncated = 0;
    std::uint64_t torn = 0, lost = 0, reordered = 0;
    bool hangs = false;
    [[nodiscard]] bool is_clean() const { return torn + lost + reordered == 0 && !hangs; }
};

template <class Kind>
class killer {
public:
    explicit killer(std::uint64_t seed) : random_(seed) {
        start_sender(1);
        start_receiver();
    }

    /// False: nothing moved for too long.
    bool kill_one() {
        if (!has_progress()) return false;
        ::usleep(static_cast<useconds_t>(random_() % 1'000));
        if (random_() % 2 == 0 || !Kind::receiver_may_die) {
            sender_->kill();
            (void)sender_->join();
            // It may have died before it wrote down the first one that it sent.
            std::uint64_t const unsure = std::max(notes_->sent + 1, first_sent_);
            notes_->may_miss(unsure);
            start_sender(unsure + 1);
        } else {
            receiver_->kill();
            (void)receiver_->join();
            notes_->may_miss(notes_->next_after(notes_->received));
            start_receiver();
        }
        return has_progress();
    }
    /// Lets the sender end, and the receiver take what is left.
    bool finish() {
        notes_->over = true;
        racekit::exit_status how;
        auto const limit = racekit::after(racekit::soak::longest_stall);
        bool ended = sender_->join_until(limit, how) && how.clean();
        pipe_.close();
        ended = receiver_->join_until(limit, how) && how.clean() && ended;
        sender_->kill();
        receiver_->kill();
        if (ended) notes_->lost += notes_->missing(notes_->received, notes_->sent + 1);
        return ended;
    }
    [[nodiscard]] diary const& notes() const { return *notes_; }

private:
    void start_sender(std::uint64_t from) {
        first_sent_ = from;
        sender_ = std::make_unique<racekit::process>(
            [this, from] { return send_all(pipe_, *notes_, from); });
    }
    void start_receiver() {
        receiver_ =
            std::make_unique<racekit::process>([this] { return receive_all(pipe_, *notes_); });
    }
    bool has_progress() {
        std::uint64_t const before = notes_->messages;
        return racekit::soak::await_progress([&] { return notes_->messages >= before + 3; });
    }

    std::mt19937_64 random_;
    std::uint64_t first_sent_ = 1;  // by the sender of now
    racekit::shared_object<diary> notes_;
    Kind pipe_;
    std::unique_ptr<racekit::process> sender_;
    std::unique_ptr<racekit::process> receiver_;
};

template <class Kind>
bool soak(racekit::soak::asked const& asked) {
    totals sum;
    for (std::uint64_t batch = 0; sum.kills < asked.kills && sum.is_clean(); ++batch) {
        killer<Kind> chaos(asked.seed + batch * 1000003);
        std::uint64_t const count = std::min(asked.kills - sum.kills, kills_at_once);
        for (std::uint64_t done = 0; done < count && !sum.hangs; ++done) {
            sum.hangs = !chaos.kill_one();
            ++sum.kills;
        }
        sum.hangs = !chaos.finish() || sum.hangs;
        diary const& seen = chaos.notes();
        sum.messages += seen.messages;
        sum.again += seen.again;
        sum.truncated += seen.truncated;
        sum.torn += seen.torn;
        sum.lost += seen.lost;
        sum.reordered += seen.reordered;
    }
    std::printf(
        "%-13s %llu random kills (seed %llu), %llu messages: lost %llu, torn %llu, "
        "reordered %llu, %s; %llu cut short, %llu times the next receiver began "
        "with messages that the dead one had taken\n",
        Kind::name, number(sum.kills), number(asked.seed), number(sum.messages), number(sum.lost),
        number(sum.torn), number(sum.reordered), sum.hangs ? "HANGS" : "no hang",
        number(sum.truncated), number(sum.again));
    std::fflush(stdout);
    return sum.is_clean() && sum.kills == asked.kills;
}

}  // namespace

int main(int count, char** given) {
    racekit::soak::asked const asked = racekit::soak::read_command_line(count, given);
    bool const packets = soak<packet_kind>(asked);
    bool const rings = soak<ring_kind>(asked);
    bool const messages = soak<message_kind>(asked);
    return packets && rings && messages ? 0 : 1;
}
