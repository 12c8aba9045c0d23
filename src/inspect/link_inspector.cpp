#include "inspect/link_inspector.hpp"

#include "wire/magic.hpp"

#include <algorithm>
#include <variant>

namespace netplay_relay::inspect {

namespace {

std::size_t opening_size(std::span<const std::uint8_t> bytes)
{
    if (bytes.size() < wire::magic_size) return wire::magic_size;
    const bool is_4 = wire::read_u32(bytes) != wire::magic_netplay;
    return is_4 ? wire::netplay_header_4_size : wire::netplay_header_size;
}

} // namespace

[[gnu::hot]] void LinkInspector::take(End from, std::span<const std::uint8_t> bytes)
{
    read(from, bytes);
}

[[gnu::hot]] void LinkInspector::read(End from, Bytes bytes)
{
    Direction& direction = this->direction(from);
    while (!over_) {
        const std::size_t skipped = std::min<std::size_t>(direction.skip, bytes.size());
        direction.skip -= static_cast<std::uint32_t>(skipped);
        bytes = bytes.subspan(skipped);
        if (bytes.empty()) return;
        bytes = direction.held == 0 ? read_in_place(from, bytes) : read_held(from, bytes);
    }
}

// Nearly every read of a socket holds whole commands: they are looked at where they are.
[[gnu::hot]] LinkInspector::Bytes LinkInspector::read_in_place(End from, Bytes bytes)
{
    const Step step = look(from, bytes);
    switch (step.kind) {
    case Step::Kind::taken: direction(from).skip = step.skip; return bytes.subspan(step.size);
    case Step::Kind::incomplete:
        direction(from).needed = static_cast<std::uint8_t>(step.size);
        hold(from, bytes);
        return {};
    case Step::Kind::unexpected: give_up(); return {};
    }
    return {};
}

// Adds to what is held no more than it needs, so that all of it is used up at once.
LinkInspector::Bytes LinkInspector::read_held(End from, Bytes bytes)
{
    Direction& direction = this->direction(from);
    const std::size_t more = std::min<std::size_t>(direction.needed - direction.held, bytes.size());
    hold(from, bytes.first(more));
    if (over_ || direction.held < direction.needed) return {};
    const Step step = look(from, room(from).first(direction.held));
    switch (step.kind) {
    case Step::Kind::taken:
        direction.held = 0;
        direction.skip = step.skip;
        release();
        break;
    case Step::Kind::incomplete: direction.needed = static_cast<std::uint8_t>(step.size); break;
    case Step::Kind::unexpected: give_up(); break;
    }
    return bytes.subspan(more);
}

void LinkInspector::hold(End from, Bytes bytes)
{
    Direction& direction = this->direction(from);
    const std::size_t size = from == End::guest ? guest_room : host_room;
    if (bytes.size() > size - direction.held) return give_up();
    if (bytes.empty()) return;
    const auto free = room(from).subspan(direction.held);
    std::ranges::copy(bytes, free.begin());
    direction.held = static_cast<std::uint8_t>(direction.held + bytes.size());
}

// Before anything that the host says behind its header.
void LinkInspector::read_what_waited()
{
    guest_waits_ = false;
    const auto waited = held_.value().guest;
    const std::size_t size = direction(End::guest).held;
    direction(End::guest).held = 0;
    read(End::guest, Bytes(waited).first(size));
}

// In a game a command that is cut is followed by others soon: its memory is kept until then.
void LinkInspector::release()
{
    if (directions_[0].held == 0 && directions_[1].held == 0 && notes_.stage != Stage::game)
        held_.reset();
}

void LinkInspector::give_up()
{
    gave_up_ = true;
    over_ = true;
    held_.reset();
}

std::span<std::uint8_t> LinkInspector::room(End from)
{
    Held& held = held_.change();
    if (from == End::guest) return held.guest;
    return held.host;
}

[[gnu::hot]] LinkInspector::Step LinkInspector::look(End from, Bytes bytes)
{
    if (!direction(from).opened) return look_at_opening(from, bytes);
    if (notes_.protocol != 0) return look_at_command(from, bytes);
    // Only the host's header tells how to read on: until then more never fits.
    guest_waits_ = true;
    return {Step::Kind::incomplete, guest_room + 1};
}

LinkInspector::Step LinkInspector::look_at_opening(End from, Bytes bytes)
{
    const auto decoded = wire::decode_opening(bytes);
    if (std::holds_alternative<wire::NeedMore>(decoded))
        return {Step::Kind::incomplete, opening_size(bytes)};
    const auto* taken = std::get_if<wire::Taken<wire::Opening>>(&decoded);
    if (taken == nullptr || !open(from, taken->message)) return {};
    direction(from).opened = true;
    if (guest_waits_ && !over_) read_what_waited(); // the host's header is there
    return {Step::Kind::taken, taken->used};
}

bool LinkInspector::open(End from, const wire::Opening& opening)
{
    if (from == End::host) return direction(End::guest).opened && answer(opening);
    if (const auto* header = std::get_if<wire::NetplayHeader>(&opening)) {
        guest_implementation_ = header->implementation;
        return true;
    }
    if (const auto* header_4 = std::get_if<wire::NetplayHeader4>(&opening)) {
        guest_implementation_ = header_4->implementation;
        guest_speaks_4_ = true;
        return true;
    }
    return false;
}

// The host's first bytes. A refusal is the end of what can be learned, but nothing unexpected.
bool LinkInspector::answer(const wire::Opening& opening)
{
    std::uint32_t salt = 0;
    std::uint32_t protocol = 0;
    if (const auto* header = std::get_if<wire::NetplayHeader>(&opening)) {
        salt = header->salt_or_highest;
        protocol = header->protocol;
        if (protocol == 0) notes_.stage = Stage::old_version;
        const bool is_known = protocol > 4 && protocol <= wire::protocol_newest;
        if (protocol != 0 && (guest_speaks_4_ || !is_known)) return false;
    } else if (const auto* header_4 = std::get_if<wire::NetplayHeader4>(&opening)) {
        if (!guest_speaks_4_) return false;
        salt = header_4->salt;
        protocol = 4;
    } else if (std::holds_alternative<wire::HostFull>(opening)) {
        notes_.stage = Stage::host_full;
    } else if (std::holds_alternative<wire::HostDenies>(opening)) {
        notes_.stage = Stage::host_denied;
    } else {
        return false;
    }
    over_ = protocol == 0;
    if (over_) return true;
    notes_.stage = Stage::handshake;
    notes_.protocol = static_cast<std::uint8_t>(protocol);
    notes_.password_asked = salt != 0;
    notes_.info_layout = wire::info_layout_of(protocol, guest_implementation_);
    return true;
}

[[gnu::hot]] LinkInspector::Step LinkInspector::look_at_command(End from, Bytes bytes)
{
    const wire::Dialect dialect{notes_.protocol, notes_.info_layout,
                                from == End::guest ? wire::Side::client : wire::Side::server,
                                savestate_believed};
    const auto decoded = wire::decode_command_head(bytes, dialect);
    if (std::holds_alternative<wire::NeedMore>(decoded))
        return {Step::Kind::incomplete, wire::command_head_size};
    const auto* head = std::get_if<wire::CommandHead>(&decoded);
    if (head == nullptr) return {};
    // Up to protocol 5 RetroArch ends a connection on which it meets a command it does not know.
    if (!head->known && (notes_.protocol < 6 || head->size > unknown_command_believed)) return {};
    const auto payload = static_cast<std::size_t>(
        std::min<std::uint64_t>(notes_.payload_needed(head->id), head->size));
    const std::size_t size = wire::command_head_size + payload;
    if (bytes.size() < size) return {Step::Kind::incomplete, size};
    if (!notes_.note(from, head->id, bytes.subspan(wire::command_head_size, payload))) return {};
    return {Step::Kind::taken, size, static_cast<std::uint32_t>(head->size - payload)};
}

bool LinkInspector::makes_sense() const
{
    const auto fits = [](const Direction& direction, std::size_t room) {
        return direction.held <= room &&
               (direction.held == 0 || direction.held <= direction.needed);
    };
    return fits(directions_[0], guest_room) && fits(directions_[1], host_room) &&
           notes_.makes_sense();
}

} // namespace netplay_relay::inspect
