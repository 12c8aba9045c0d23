#include "net/tls_stream.hpp"

#include "base/ensure.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string_view>

namespace netplay_relay::net {

namespace {

constexpr std::string_view identity = "netplay-relay fleet 1";
constexpr std::size_t key_least = 32;
constexpr std::size_t write_most = 64U * 1024;
constexpr std::size_t drain_step = 16U * 1024; // a record
constexpr std::size_t unread_most = 4U << 20U; // more than a link of netplay has on its way
constexpr std::array<std::uint8_t, 2> cipher_id{0x13, 0x01}; // TLS_AES_128_GCM_SHA256

using Derived = std::array<std::uint8_t, 32>;

Derived derive(std::span<const std::uint8_t> secret, std::string_view purpose)
{
    Derived derived{};
    unsigned size = derived.size();
    const auto* const done = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                                  reinterpret_cast<const unsigned char*>(purpose.data()),
                                  purpose.size(), derived.data(), &size);
    ensure(done != nullptr && size == derived.size(), "no HMAC to be had");
    return derived;
}

std::optional<std::vector<std::uint8_t>> from_hex(const std::string& text)
{
    const auto digit = [](char letter) -> unsigned {
        if (letter >= '0' && letter <= '9') return static_cast<unsigned>(letter - '0');
        return static_cast<unsigned>(std::tolower(letter) - 'a') + 10U;
    };
    const auto is_hex = [](unsigned char letter) { return std::isxdigit(letter) != 0; };
    if (text.size() % 2 != 0 || !std::ranges::all_of(text, is_hex)) return std::nullopt;
    std::vector<std::uint8_t> bytes;
    for (std::size_t at = 0; at < text.size(); at += 2)
        bytes.push_back(static_cast<std::uint8_t>(digit(text[at]) << 4U | digit(text[at + 1])));
    return bytes;
}

std::optional<std::vector<std::uint8_t>> from_base64(const std::string& text)
{
    if (text.empty() || text.size() % 4 != 0) return std::nullopt;
    std::vector<std::uint8_t> bytes(text.size() / 4 * 3);
    const int size =
        EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
                        static_cast<int>(text.size()));
    if (size < 0) return std::nullopt;
    const auto padding = static_cast<std::size_t>(std::ranges::count(text, '='));
    bytes.resize(static_cast<std::size_t>(size) - std::min<std::size_t>(padding, 2));
    return bytes;
}

int index_of_key()
{
    static const int index = SSL_CTX_get_ex_new_index(
        0, nullptr, nullptr, nullptr, [](void*, void* key, CRYPTO_EX_DATA*, int, long, void*) {
            delete static_cast<Derived*>(key);
        });
    return index;
}

// What TLS knows the key by.
SSL_SESSION* session_of(SSL* ssl)
{
    const auto* key =
        static_cast<const Derived*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), index_of_key()));
    const SSL_CIPHER* const cipher = SSL_CIPHER_find(ssl, cipher_id.data());
    SSL_SESSION* const session = SSL_SESSION_new();
    ensure(key != nullptr && cipher != nullptr && session != nullptr &&
               SSL_SESSION_set1_master_key(session, key->data(), key->size()) == 1 &&
               SSL_SESSION_set_cipher(session, cipher) == 1 &&
               SSL_SESSION_set1_id_context(session,
                                           reinterpret_cast<const unsigned char*>(identity.data()),
                                           identity.size()) == 1 &&
               SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1,
           "TLS does not take the fleet's key");
    return session;
}

int use_key(SSL* ssl, const EVP_MD* digest, const unsigned char** id, std::size_t* id_size,
            SSL_SESSION** session)
{
    *id = reinterpret_cast<const unsigned char*>(identity.data());
    *id_size = identity.size();
    *session = digest == nullptr || digest == EVP_sha256() ? session_of(ssl) : nullptr;
    return 1;
}

int find_key(SSL* ssl, const unsigned char* id, std::size_t id_size, SSL_SESSION** session)
{
    const std::string_view named(reinterpret_cast<const char*>(id), id_size);
    *session = named == identity ? session_of(ssl) : nullptr;
    return 1;
}

} // namespace

std::optional<FleetKey> parse_fleet_key(const std::string& text)
{
    std::string letters;
    for (const char letter : text)
        if (std::isspace(static_cast<unsigned char>(letter)) == 0) letters.push_back(letter);
    auto secret = from_hex(letters);
    if (!secret) secret = from_base64(letters);
    if (!secret || secret->size() < key_least) return std::nullopt;
    FleetKey key;
    key.of_links = derive(*secret, "links of a fleet");
    const Derived salt = derive(*secret, "passwords of rooms");
    std::memcpy(&key.room_salt, salt.data(), sizeof key.room_salt);
    key.room_salt |= 1U;
    OPENSSL_cleanse(secret->data(), secret->size());
    OPENSSL_cleanse(letters.data(), letters.size());
    return key;
}

std::atomic<std::size_t> TlsStream::paused_count_{0};

TlsContext::TlsContext(const FleetKey& key) : context_(SSL_CTX_new(TLS_method()))
{
    SSL_CTX* const context = context_.get();
    ensure(context != nullptr && SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
               SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") == 1 &&
               SSL_CTX_set_ex_data(context, index_of_key(), new Derived(key.of_links)) == 1,
           "no TLS 1.3 to be had");
    SSL_CTX_set_psk_use_session_callback(context, use_key);
    SSL_CTX_set_psk_find_session_callback(context, find_key);
    // Nobody has a certificate, and nobody would be believed who had one.
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    (void)SSL_CTX_set_session_id_context(
        context, reinterpret_cast<const unsigned char*>(identity.data()), identity.size());
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    // An end that TLS does not tell of is told from one that it does by its alert.
    SSL_CTX_set_options(context,
                        SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
}

TlsStream::TlsStream(const TlsContext& context, int socket, Role role)
    : socket_(socket), ssl_(SSL_new(context.context_.get())), outgoing_(BIO_new(BIO_s_mem()))
{
    BIO* const incoming = BIO_new_socket(socket, BIO_NOCLOSE);
    ensure(ssl_ != nullptr && outgoing_ != nullptr && incoming != nullptr, "no memory for TLS");
    SSL_set0_rbio(ssl_.get(), incoming);
    SSL_set0_wbio(ssl_.get(), outgoing_);
    if (role == Role::client)
        SSL_set_connect_state(ssl_.get());
    else
        SSL_set_accept_state(ssl_.get());
    watch_alerts();
}

TlsStream::TlsStream(int socket, const Paused& paused)
    : socket_(socket), place_(paused.place), paused_at_(std::chrono::steady_clock::now()),
      ends_(paused.ends), is_cut_(true)
{
    unread_ = paused.unread;
    (void)set_paused(true);
}

void TlsStream::watch_alerts()
{
    SSL_set_app_data(ssl_.get(), this);
    SSL_set_info_callback(ssl_.get(), [](const SSL* ssl, int where, int alert) {
        if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT &&
            (alert & 0xff) == SSL_AD_CLOSE_NOTIFY)
            static_cast<TlsStream*>(SSL_get_app_data(ssl))->was_told_ = true;
    });
}

IoState TlsStream::shake_hands()
{
    flush();
    if (error_ != 0) return IoState::failed;
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    const IoState state = result == 1 ? IoState::moved : state_behind(result);
    flush(); // an alert as well
    if (state == IoState::moved && SSL_session_reused(ssl_.get()) != 1) fail(EPROTO);
    if (error_ != 0) return IoState::failed;
    return state;
}

IoResult TlsStream::read(std::span<std::uint8_t> into)
{
    if (unread_.empty()) return decrypt(into);
    const std::size_t size = std::min(into.size(), unread_.size());
    const auto end = unread_.begin() + static_cast<std::ptrdiff_t>(size);
    std::copy(unread_.begin(), end, into.begin());
    unread_.erase(unread_.begin(), end);
    const IoResult more = size < into.size() ? decrypt(into.subspan(size)) : IoResult{};
    return {IoState::moved, size + (more.state == IoState::moved ? more.bytes : 0), 0};
}

// TLS gives one record at a time; less than there is room for means that no more is there.
IoResult TlsStream::decrypt(std::span<std::uint8_t> into)
{
    std::size_t got = 0;
    while (got < into.size()) {
        if (error_ != 0 || is_cut_) break;
        std::size_t some = 0;
        ERR_clear_error();
        const int result = SSL_read_ex(ssl_.get(), into.data() + got, into.size() - got, &some);
        got += some;
        if (result == 1) continue;
        const IoState state = state_behind(result);
        if (got == 0 && state != IoState::failed) return {state, 0, 0};
        break;
    }
    place_.received += got;
    if (got > 0) return {IoState::moved, got, 0};
    return {error_ != 0 ? IoState::failed : IoState::blocked, 0, error_};
}

IoResult TlsStream::write(std::span<const std::uint8_t> bytes)
{
    flush();
    if (error_ != 0) return {IoState::failed, 0, error_};
    if (ends_) return {IoState::failed, 0, EPIPE};
    if (is_corked_ || is_paused_ || has_unsent() || bytes.empty()) return {IoState::blocked, 0, 0};
    std::size_t taken = 0;
    while (taken < std::min(bytes.size(), write_most)) {
        std::size_t some = 0;
        ERR_clear_error();
        const std::size_t most = std::min(bytes.size(), write_most) - taken;
        const int result = SSL_write_ex(ssl_.get(), bytes.data() + taken, most, &some);
        if (result != 1) {
            if (state_behind(result) != IoState::failed) break;
            return {IoState::failed, 0, error_};
        }
        taken += some;
    }
    place_.sent += taken;
    flush();
    if (taken == 0) return {IoState::blocked, 0, 0};
    return {IoState::moved, taken, 0};
}

void TlsStream::finish_writing()
{
    if (std::exchange(ends_, true) || error_ != 0 || is_paused_) return;
    ERR_clear_error();
    (void)SSL_shutdown(ssl_.get());
    flush();
}

bool TlsStream::has_unsent() const
{
    return outgoing_ != nullptr && BIO_ctrl_pending(outgoing_) > 0;
}

bool TlsStream::set_paused(bool paused)
{
    if (paused && !is_paused_) paused_count_.fetch_add(1, std::memory_order_relaxed);
    if (!paused && is_paused_) paused_count_.fetch_sub(1, std::memory_order_relaxed);
    return std::exchange(is_paused_, paused);
}

void TlsStream::pause()
{
    if (set_paused(true)) return;
    paused_at_ = std::chrono::steady_clock::now();
    flush();
}

void TlsStream::drain()
{
    while (!is_cut_ && !was_told_ && error_ == 0 && ssl_ != nullptr &&
           unread_.size() < unread_most) {
        const std::size_t before = unread_.size();
        unread_.resize(before + drain_step);
        const IoResult got = decrypt(std::span(unread_).subspan(before));
        unread_.resize(before + (got.state == IoState::moved ? got.bytes : 0));
        if (got.state != IoState::moved) return;
    }
}

TlsStream::Paused TlsStream::paused() const { return {place_, ends_, unread_}; }

void TlsStream::go_on_from(const Paused& before)
{
    place_ = before.place;
    unread_ = before.unread;
    if (before.ends) finish_writing();
}

std::chrono::steady_clock::duration TlsStream::pause_time() const
{
    return is_paused_ ? std::chrono::steady_clock::now() - paused_at_
                      : std::chrono::steady_clock::duration{};
}

void TlsStream::go_on_as(TlsStream& link)
{
    ssl_ = std::move(link.ssl_);
    outgoing_ = std::exchange(link.outgoing_, nullptr);
    (void)BIO_set_fd(SSL_get_rbio(ssl_.get()), socket_, BIO_NOCLOSE);
    watch_alerts();
    (void)set_paused(false);
    was_told_ = is_cut_ = false;
    error_ = 0;
    if (std::exchange(ends_, false)) finish_writing();
}

void TlsStream::flush()
{
    while (error_ == 0 && has_unsent()) {
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(outgoing_, &bytes);
        const IoResult written = write_now(socket_, {reinterpret_cast<const std::uint8_t*>(bytes),
                                                     static_cast<std::size_t>(size)});
        if (written.state == IoState::failed) return fail(written.error);
        if (written.state != IoState::moved) return;
        if (written.bytes == static_cast<std::size_t>(size)) {
            (void)BIO_reset(outgoing_);
            break;
        }
        std::array<char, 4096> sent; // the only way to take it out
        for (std::size_t left = written.bytes; left > 0;)
            left -= static_cast<std::size_t>(
                BIO_read(outgoing_, sent.data(), static_cast<int>(std::min(left, sent.size()))));
    }
    // The kernel's end of stream follows the one that TLS tells of.
    if ((ends_ || is_paused_) && outgoing_ != nullptr && !has_unsent() && error_ == 0)
        net::finish_writing(socket_);
}

IoState TlsStream::state_behind(int result)
{
    const int error = errno;
    switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        flush(); // an answer of TLS's own
        return IoState::blocked;
    case SSL_ERROR_ZERO_RETURN: return end_of_stream();
    case SSL_ERROR_SYSCALL: fail(error != 0 ? error : ECONNRESET); break;
    default:
        flush(); // why, for the other side
        fail(EPROTO);
    }
    ERR_clear_error();
    return IoState::failed;
}

IoState TlsStream::end_of_stream()
{
    if (was_told_) return IoState::finished;
    if (place_.key == 0) {
        fail(ECONNRESET);
        return IoState::failed;
    }
    is_cut_ = true;
    pause();
    return IoState::blocked;
}

void TlsStream::fail(int error)
{
    if (error_ == 0) error_ = error;
}

} // namespace netplay_relay::net
