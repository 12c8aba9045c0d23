#include "tunnel.hpp"

#include <cstring>

namespace bench {

namespace {

std::uint32_t word_at(const unsigned char* in)
{
    std::uint32_t word = 0;
    for (int i = 0; i < 4; ++i)
        word = word << 8U | in[i];
    return word;
}

Header make_header(std::uint32_t word_12, std::uint32_t word_16, std::uint32_t token)
{
    constexpr std::uint32_t platform = 0x00040008;
    constexpr std::uint32_t compression = 1;
    Header header{};
    put_tag(header, "RANP");
    put_word(&header[4], platform);
    put_word(&header[8], compression);
    put_word(&header[12], word_12);
    put_word(&header[16], word_16);
    put_word(&header[20], token);
    return header;
}

void expect_header(const Socket& socket, const Header& expected)
{
    Header got{};
    read_all(socket, got);
    if (got != expected) throw IntegrityFailure("a netplay header arrived changed");
}

void expect_record(const Socket& socket, std::string_view tag, Record& record)
{
    for (;;) {
        read_all(socket, std::span(record).first(4));
        if (!has_tag(record, "RATP")) break;
        write_all(socket, std::span<const unsigned char>(record).first(4));
    }
    read_all(socket, std::span(record).subspan(4));
    if (!has_tag(record, tag))
        throw std::runtime_error("the target answered something else than " + std::string(tag));
}

// A new session: the control connection and its id as a ready-made join record.
std::pair<Socket, Record> open_session(const Target& target)
{
    Socket control = connect_to(target.address);
    Record record{};
    put_tag(record, "RATS");
    write_all(control, record);
    expect_record(control, "RATS", record);
    return {std::move(control), record};
}

Link open_link(const Target& target, const Socket& control, const Record& session,
               std::uint32_t token)
{
    Link link;
    link.guest = connect_to(target.address);
    std::array<unsigned char, record_size + header_size> join{};
    const Header early = guest_header(token);
    std::copy(session.begin(), session.end(), join.begin());
    std::copy(early.begin(), early.end(), join.begin() + record_size);
    write_all(link.guest, join);

    Record notice{};
    expect_record(control, "RATL", notice);
    Record query = notice;
    put_tag(query, "RATA");
    write_all(control, query);
    link.host = connect_to(target.address);
    Record answer{};
    expect_record(control, "RATA", answer);
    std::array<unsigned char, address_size> address{};
    read_all(control, address);
    if (answer != query) throw IntegrityFailure("RATA answered for another link");

    write_all(link.host, notice);
    expect_header(link.host, early);
    write_all(link.host, host_header(token));
    expect_header(link.guest, host_header(token));
    return link;
}

Link open_plain_link(const Target& target, std::uint32_t token)
{
    Link link;
    link.guest = connect_to(target.address);
    write_all(link.guest, guest_header(token));
    link.host = accept_from(target.listener);
    expect_header(link.host, guest_header(token));
    write_all(link.host, host_header(token));
    expect_header(link.guest, host_header(token));
    return link;
}

} // namespace

void put_word(unsigned char* out, std::uint32_t word)
{
    for (int i = 0; i < 4; ++i)
        out[i] = static_cast<unsigned char>(word >> static_cast<unsigned>(24 - 8 * i));
}

bool has_tag(std::span<const unsigned char> record, std::string_view tag)
{
    return record.size() >= tag.size() && std::memcmp(record.data(), tag.data(), tag.size()) == 0;
}

void put_tag(std::span<unsigned char> record, std::string_view tag)
{
    std::copy(tag.begin(), tag.end(), record.begin());
}

Header guest_header(std::uint32_t token) { return make_header(6, 5, token); }

Header host_header(std::uint32_t token) { return make_header(0, 6, ~token); }

std::optional<std::uint32_t> token_of_guest_header(std::span<const unsigned char> bytes)
{
    if (bytes.size() < header_size) return std::nullopt;
    const std::uint32_t token = word_at(&bytes[20]);
    const Header expected = guest_header(token);
    if (std::memcmp(expected.data(), bytes.data(), header_size) != 0) return std::nullopt;
    return token;
}

Links open_links(const Target& target, std::size_t sessions, std::size_t links_per_session)
{
    Links opened;
    opened.links.reserve(sessions * links_per_session);
    std::uint32_t token = static_cast<std::uint32_t>(now_ns());
    for (std::size_t i = 0; i < sessions; ++i) {
        Record session{};
        if (target.speaks_tunnel) {
            auto [control, record] = open_session(target);
            opened.controls.push_back(std::move(control));
            session = record;
        }
        for (std::size_t j = 0; j < links_per_session; ++j) {
            ++token;
            opened.links.push_back(target.speaks_tunnel
                                       ? open_link(target, opened.controls.back(), session, token)
                                       : open_plain_link(target, token));
        }
    }
    for (const Link& link : opened.links) {
        set_blocking(link.guest, false);
        set_blocking(link.host, false);
    }
    return opened;
}

} // namespace bench
