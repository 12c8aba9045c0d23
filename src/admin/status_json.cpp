#include "admin/status_json.hpp"

#include "admin/event_json.hpp"
#include "admin/json_writer.hpp"
#include "base/seconds.hpp"
#include "text/text.hpp"

#include <algorithm>

namespace netplay_relay::admin {

namespace {

std::optional<double> in_milliseconds(const std::optional<lobby::Duration>& duration)
{
    if (!duration) return std::nullopt;
    return rounded(in_seconds(*duration) * 1000);
}

void write_tcp(JsonWriter& out, const std::optional<net::TcpFacts>& tcp)
{
    if (!tcp) return;
    out.member("rtt_ms", rounded(tcp->rtt_us / 1000.0));
    out.member("rtt_variance_ms", rounded(tcp->rtt_variance_us / 1000.0));
    out.member("retransmits", tcp->retransmits);
    out.member("unacknowledged_segments", tcp->unacknowledged);
    out.member("silent_seconds", rounded(tcp->silent_ms / 1000.0));
}

// Of one whose bytes are for the relay itself: a member of a room, a peer of a party.
void write_connection(JsonWriter& out, const net::Engine& engine, ConnectionId connection)
{
    const auto facts = engine.facts_of(connection);
    if (!facts) return;
    out.member("bytes_in", facts->received);
    out.member("bytes_out", facts->sent);
    out.member("kept_bytes", facts->kept);
    write_tcp(out, facts->tcp);
}

void write_endpoint(JsonWriter& out, const wire::Endpoint& peer, const worker::EndpointFacts& facts)
{
    out.member("address", wire::to_text(peer));
    out.member("kept_bytes", facts.kept);
    write_tcp(out, facts.tcp);
}

// Null for none, which is 0.
template <class Number>
void write_if_any(JsonWriter& out, std::string_view word, Number number)
{
    if (number == 0)
        out.member(word, nullptr);
    else
        out.member(word, number);
}

void write_host(JsonWriter& out, const net::Engine& engine, const lobby::SessionSnapshot& session)
{
    std::optional<double> unanswered;
    if (session.unanswered) unanswered = rounded_seconds(engine.now() - *session.unanswered);
    if (session.host_gone)
        out.member("id", nullptr);
    else
        out.member("id", session.host.value);
    out.member("address", wire::to_text(session.host_peer));
    out.member("ping_ms", in_milliseconds(session.ping));
    out.member("unanswered_seconds", unanswered);
    if (!session.host_gone) write_tcp(out, engine.tcp_facts_of(session.host));
}

} // namespace

void write_session_head(JsonWriter& out, const net::Engine& engine,
                        const lobby::SessionSnapshot& session)
{
    out.member("id", wire::to_text(session.id));
    out.member("join_text", engine.join_text(session));
    out.member("state", session.host_gone ? "ending" : "open");
    write_if_any(out, "join_port", session.join_port);
    out.member("reserved", session.reserved);
    out.object("host", [&] { write_host(out, engine, session); });
    out.member("age_seconds", rounded_seconds(engine.now() - session.since));
    out.object("seats", [&] {
        out.member("taken", session.seats);
        out.member("limit", engine.lobby().policy().limits.links_per_session);
    });
    out.member("waiting_joins", session.waiting_joins);
}

void write_link(JsonWriter& out, const lobby::LinkSnapshot& link, const worker::LinkFacts& facts,
                lobby::Instant now)
{
    out.begin_object();
    out.member("id", link.guest.value);
    out.object("guest", [&] { write_endpoint(out, link.guest_peer, facts.guest); });
    out.object("host", [&] { write_endpoint(out, link.host_peer, facts.host); });
    out.member("age_seconds", rounded_seconds(now - link.since));
    out.member("idle_seconds", rounded_seconds(std::max(now - facts.last_byte, lobby::Duration{})));
    out.member("bytes_to_host", facts.guest.received);
    out.member("bytes_to_guest", facts.host.received);
    out.key("game");
    write_game(out, facts.game);
    out.end_object();
}

void write_room_head(JsonWriter& out, const net::Engine& engine,
                     const lobby::RoomSnapshot& snapshot)
{
    const room::RoomSnapshot& room = snapshot.room;
    out.member("number", room.number);
    out.member("core", text::plain(room.core));
    out.member("core_version", text::plain(room.core_version));
    out.member("content_crc", crc_text(room.content_crc));
    out.member("by_password", room.by_password);
    out.member("by_core", room.by_core);
    out.member("multitap", room.multitap);
    out.object("places", [&] {
        out.member("limit", room.places);
        out.member("taken", room.taken);
        out.member("kept", room.kept);
    });
    write_if_any(out, "join_port", snapshot.join_port);
    out.member("frame", room.frame);
    out.member("age_seconds", rounded_seconds(engine.now() - room.since));
}

void write_party_head(JsonWriter& out, const net::Engine& engine,
                      const lobby::PartySnapshot& snapshot)
{
    const party::PartySnapshot& party = snapshot.party;
    out.member("number", party.number);
    out.member("code", party::to_text(party.code));
    out.member("game", text::plain(party.game));
    out.member("mesh", party.mesh);
    out.member("refuses", party.refuses);
    out.member("shown", party.shown);
    out.member("state", party.closing ? "ending" : "open");
    out.object("seats", [&] {
        out.member("taken", snapshot.peers.size());
        out.member("limit", party.peers_max);
    });
    out.member("age_seconds", rounded_seconds(engine.now() - party.since));
}

void write_peer(JsonWriter& out, const net::Engine& engine, const lobby::PeerSnapshot& snapshot)
{
    const party::PeerSnapshot& peer = snapshot.peer;
    out.begin_object();
    if (peer.absent)
        out.member("id", nullptr);
    else
        out.member("id", peer.connection.value);
    out.member("peer_id", peer.id);
    out.member("address",
               snapshot.endpoint ? wire::to_text(*snapshot.endpoint) : wire::to_text(peer.address));
    out.member("state", peer.leaving ? "leaving" : peer.absent ? "absent" : "here");
    out.member("age_seconds", rounded_seconds(engine.now() - peer.since));
    out.member("ping_ms", in_milliseconds(peer.round_trip));
    out.member("packets_in", peer.packets_in);
    out.member("packets_out", peer.packets_out);
    out.member("messages_dropped", peer.messages_dropped);
    out.member("resumes", peer.resumes);
    out.member("unacknowledged_bytes", peer.kept_bytes);
    out.member("held_bytes", peer.held_bytes);
    out.member("untaken_bytes", peer.untaken_bytes);
    write_connection(out, engine, peer.connection);
    out.end_object();
}

void write_member(JsonWriter& out, const net::Engine& engine, const lobby::MemberSnapshot& snapshot)
{
    const room::MemberSnapshot& member = snapshot.member;
    const char* state = !member.synced ? "joining" : member.playing ? "playing" : "watching";
    out.begin_object();
    out.member("id", member.connection.value);
    out.member("number", member.number);
    out.member("nick", text::plain(member.nick));
    out.member("address", wire::to_text(snapshot.peer));
    out.member("state", state);
    out.member("owns_clock", member.owns_clock);
    out.list("ports", [&] {
        for (std::size_t port = 0; port < wire::ports_max; ++port)
            if ((member.ports >> port & 1U) != 0) out.value(port + 1);
    });
    write_if_any(out, "in_line", member.in_line);
    out.member("protocol", member.protocol);
    out.member("core_version", text::plain(member.core_version));
    out.member("age_seconds", rounded_seconds(engine.now() - member.since));
    out.member("ping_ms", in_milliseconds(member.ping));
    out.member("frames_behind", member.frames_behind);
    out.member("frames_ahead", member.frames_ahead);
    out.member("inputs", member.counts.inputs);
    out.member("inputs_late", member.counts.inputs_late);
    out.member("inputs_ignored", member.counts.inputs_ignored);
    out.member("waits", member.counts.waits);
    out.member("waited_seconds", rounded_seconds(member.counts.waited));
    out.member("waited_last_minute_seconds", rounded_seconds(member.waited_lately));
    out.member("repeats_last_minute", member.repeated_lately);
    out.member("states_asked", member.counts.states_asked);
    out.member("states_served", member.counts.states_served);
    out.member("desyncs", member.counts.desyncs);
    out.member("witness_differs", member.counts.witness_differs);
    write_connection(out, engine, member.connection);
    out.end_object();
}

} // namespace netplay_relay::admin
