#!/bin/sh
# OpenSSL 3.0 and 3.5 (Debian 12 and 13): TLS 1.3 between two programs that have one secret key and no
# certificates.
#
# Guess: the callbacks made for TLS 1.3 (psk_use_session and psk_find_session) agree with the suites that are
# on unless switched off, all the more where those of TLS 1.2 (psk_client and psk_server) do.
# Behaviour: it is the other way round. A key of TLS 1.3 belongs to one digest, SHA-256 for most. With the old
# callbacks the server looks for a suite of SHA-256; with the new ones it takes the client's first, which is of
# SHA-384, finds that the key does not fit, and fails as it has no certificate: "handshake failure" at the
# client, nothing about keys. One side has to name the suite; either one is enough.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/3.0" libssl-dev=3.0.20-1~deb12u2 libssl3=3.0.20-1~deb12u2
debian trixie "$work/3.5" libssl-dev=3.5.9-1~deb13u1 libssl3t64=3.5.9-1~deb13u1 libzstd1 zlib1g
cd "$work"

cat >agree.c <<'C'
#include <openssl/ssl.h>
#include <string.h>

static unsigned char key[32] = "a secret that both of them have";

static SSL_SESSION* session_of(SSL* ssl)
{
    const unsigned char aes_128_sha256[] = {0x13, 0x01};
    SSL_SESSION* session = SSL_SESSION_new();
    SSL_SESSION_set1_master_key(session, key, sizeof key);
    SSL_SESSION_set_cipher(session, SSL_CIPHER_find(ssl, aes_128_sha256));
    SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION);
    return session;
}

static int use(SSL* ssl, const EVP_MD* digest, const unsigned char** id, size_t* size,
               SSL_SESSION** session)
{
    *id = (const unsigned char*)"game";
    *size = 4;
    *session = digest == NULL || digest == EVP_sha256() ? session_of(ssl) : NULL;
    return 1;
}

static int find(SSL* ssl, const unsigned char* id, size_t size, SSL_SESSION** session)
{
    *session = session_of(ssl);
    return 1;
}

static unsigned old_client(SSL* ssl, const char* hint, char* id, unsigned id_size,
                           unsigned char* to, unsigned size)
{
    strcpy(id, "game");
    memcpy(to, key, sizeof key);
    return sizeof key;
}

static unsigned old_server(SSL* ssl, const char* id, unsigned char* to, unsigned size)
{
    memcpy(to, key, sizeof key);
    return sizeof key;
}

/* new or old callbacks; which side names a suite: neither, client or server */
int main(int count, char** words)
{
    SSL* ends[2];
    BIO* pipes[2];
    BIO_new_bio_pair(&pipes[0], 1 << 16, &pipes[1], 1 << 16);
    for (int is_server = 0; is_server < 2; ++is_server) {
        SSL_CTX* context = SSL_CTX_new(TLS_method());
        SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
        if (words[2][0] == (is_server ? 's' : 'c'))
            SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
        if (words[1][0] == 'n') {
            SSL_CTX_set_psk_use_session_callback(context, use);
            SSL_CTX_set_psk_find_session_callback(context, find);
        } else {
            SSL_CTX_set_psk_client_callback(context, old_client);
            SSL_CTX_set_psk_server_callback(context, old_server);
        }
        ends[is_server] = SSL_new(context);
        SSL_set_bio(ends[is_server], pipes[is_server], pipes[is_server]);
        is_server ? SSL_set_accept_state(ends[1]) : SSL_set_connect_state(ends[0]);
    }
    for (int trip = 0; trip < 10; ++trip)
        for (int end = 0; end < 2; ++end) SSL_do_handshake(ends[end]);
    const int is_done = SSL_is_init_finished(ends[0]) && SSL_is_init_finished(ends[1]);
    puts(is_done ? "agreed" : "failed");
}
C
for version in 3.0 3.5; do
    folder=$work/$version
    cc -I"$folder/usr/include" -I"$folder/usr/include/x86_64-linux-gnu" -o agree agree.c \
        -L"$folder/usr/lib/x86_64-linux-gnu" -lssl -lcrypto -Wl,--allow-shlib-undefined
    echo "OpenSSL $version"
    for way in old new; do
        [ $way = old ] && wanted=agreed || wanted=failed
        expect "$way callbacks, no suite named" "$wanted" "$(run_in "$folder" ./agree $way neither)"
        expect "  by the client" agreed "$(run_in "$folder" ./agree $way client)"
        expect "  by the server" agreed "$(run_in "$folder" ./agree $way server)"
    done
done
verdict
