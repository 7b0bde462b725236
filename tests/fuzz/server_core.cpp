// SPDX-License-Identifier: MIT
// The server's decoder and its state machine under libFuzzer.
//
// The first byte chooses. Decoder: what a value's bytes decode to encodes to a value that decodes
// to the same. State machine: the rest is a script of three clients: connect, disconnect, a request
// built from small numbers, a request of any bytes, time that passes, a drain; at the end all have
// gone, and nothing is held, waits, or lives without a name.
#include <racekit/server/server_core.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace racekit;

void expect(bool holds) {
    if (!holds) std::abort();
}

void decode(std::string_view bytes) {
    // A copy of just that size: AddressSanitizer sees a read behind it.
    std::string const mine(bytes);
    value_reader from(mine);
    server_value const first = from.value();
    if (from.failed()) return;
    std::string encoded;
    value_writer(encoded).value(first);
    value_reader again(encoded);
    server_value const second = again.value();
    expect(!again.failed() && again.left() == 0);
    expect(!(first < second) && !(second < first));
    expect(!first.text().empty());
}

class machine final : private reply_sink {
public:
    void run(std::string_view script) {
        (void)core_.make(object_type::value, "n", 1);
        while (!script.empty()) step(script);
        for (session_id const each : sessions_) core_.disconnect(each, now_);
        expect(core_.waiting_calls() == 0 && core_.clients() == 0);
        expect(!core_.has_obligations());
        now_ += std::chrono::hours(2);
        core_.advance(now_);
        expect(core_.next_deadline() == never);
    }

private:
    static unsigned take(std::string_view& from) {
        if (from.empty()) return 0;
        auto const byte = static_cast<unsigned char>(from.front());
        from.remove_prefix(1);
        return byte;
    }
    void step(std::string_view& script) {
        unsigned const what = take(script);
        std::size_t const who = what / 8 % 3;
        switch (what % 8) {
            case 0: sessions_[who] = core_.connect({who, 1}, now_); break;
            case 1: core_.disconnect(sessions_[who], now_); break;
            case 2:
                now_ += std::chrono::milliseconds(take(script));
                core_.advance(now_);
                break;
            case 3: {
                std::size_t const size = std::min<std::size_t>(take(script), script.size());
                (void)core_.request(sessions_[who], std::string(script.substr(0, size)), now_);
                script.remove_prefix(size);
                break;
            }
            case 4:
                if (what > 250) core_.begin_drain();
                if (what > 250) core_.end_waiting(now_);
                break;
            default: (void)core_.request(sessions_[who], built(script, what % 8 == 7), now_);
        }
    }
    /// [sequence, operation, object, arguments...] of small numbers, types and names.
    std::string built(std::string_view& script, bool repeats) {
        unsigned const what = take(script) % operations;
        unsigned const shape = take(script);
        unsigned const arguments = shape % 5;
        std::string made;
        value_writer into(made);
        bool const creates = what == unsigned(operation::create);
        into.array(3 + arguments + (creates ? 2 : 0));
        into.integer(repeats ? sequence_ : ++sequence_);
        into.integer(what);
        into.integer(shape / 5 % 8);
        if (creates) {
            into.text(to_text(static_cast<object_type>(take(script) % object_types)));
            if (shape % 2 == 0) into.nil();
            else into.text("x");
        }
        for (unsigned each = 0; each < arguments; ++each) argument(into, script);
        return made;
    }
    static void argument(value_writer& into, std::string_view& script) {
        unsigned const byte = take(script);
        switch (byte % 6) {
            case 0:
            case 1: into.integer(std::int64_t(byte / 6) - 2); break;
            case 2: into.handle({byte / 6}); break;
            case 3:
                into.array(2);
                into.integer(byte);
                into.handle({byte / 6});
                break;
            case 4: into.text(byte < 128 ? "x" : "n"); break;
            default:
                into.map(1);
                into.text("k");
                into.real(byte);
        }
    }
    void reply(session_id, std::string_view message) override {
        value_reader from(message, {40, SIZE_MAX});
        expect(from.value().as<server_value::list>() != nullptr && from.left() == 0);
    }

    basic_server_core<> core_{*this};
    deadline now_ = deadline{} + std::chrono::hours(1);
    session_id sessions_[3] = {};
    std::int64_t sequence_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 2) return 0;
    std::string_view const rest(reinterpret_cast<char const*>(data) + 1, size - 1);
    if (data[0] % 4 == 0) decode(rest);
    else machine().run(rest);
    return 0;
}
