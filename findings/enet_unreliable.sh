#!/bin/sh
# ENet 1.3.17 (Debian 12), the library that Godot's ENetMultiplayerPeer uses as well: how unreliable
# "unreliable" is.
#
# Guess: a packet without ENET_PACKET_FLAG_RELIABLE is sent once, in one datagram or several, and what
# arrives is delivered at once.
# Behaviour: not where a reliable packet of the same channel is missing: what was sent after it waits at the
# receiver until that one has come, though it has arrived itself; on another channel it does not wait. And a
# packet that does not fit into one datagram is made reliable unasked: its lost piece is sent again;
# with ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT it is not. Who sends inputs unreliably against lag needs
# a channel for them alone, and small packets.
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/root" libenet7=1.3.17+ds-2 libenet-dev=1.3.17+ds-2
cd "$work"

cat >lossy.c <<'C'
/* A client and a server of ENet in one process, and between them a line that loses what it is told. */
#include <arpa/inet.h>
#include <enet/enet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static ENetHost *client, *server;
static ENetPeer* peer;
static int line, connected, got;
static struct sockaddr_in client_address, server_address;
static const char* losing; /* datagrams of the client that hold this text */
static int losses;         /* how many of them still */
static char order[256];

static void carry(void)
{
    unsigned char bytes[4096];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t count;
    while ((count = recvfrom(line, bytes, sizeof bytes, MSG_DONTWAIT, (void*)&from, &size)) > 0) {
        const int up = from.sin_port != server_address.sin_port;
        if (up) client_address = from;
        if (up && losing && losses && memmem(bytes, count, losing, strlen(losing))) {
            --losses;
            continue;
        }
        sendto(line, bytes, count, 0, (void*)(up ? &server_address : &client_address), size);
    }
}

static void go_on(int milliseconds)
{
    ENetEvent event;
    for (const enet_uint32 end = enet_time_get() + milliseconds; enet_time_get() < end;) {
        while (enet_host_service(client, &event, 0) > 0)
            connected |= event.type == ENET_EVENT_TYPE_CONNECT;
        carry();
        while (enet_host_service(server, &event, 0) > 0) {
            if (event.type != ENET_EVENT_TYPE_RECEIVE) continue;
            ++got;
            strncat(order, (char*)event.packet->data, 1);
            enet_packet_destroy(event.packet);
        }
        poll(NULL, 0, 1);
    }
}

static void send_text(int channel, const char* text, size_t size, int flags)
{
    char* bytes = calloc(1, size);
    memcpy(bytes, text, strlen(text));
    /* At the end as well, which is in the last piece of a large one. */
    memcpy(bytes + size - 8, text, strlen(text) < 8 ? strlen(text) : 8);
    enet_peer_send(peer, channel, enet_packet_create(bytes, size, flags));
    enet_host_flush(client);
    free(bytes);
}

int main(void)
{
    ENetAddress any = {0}, way = {0};
    socklen_t size = sizeof server_address;
    struct sockaddr_in here = {.sin_family = AF_INET};
    enet_initialize();
    enet_address_set_host_ip(&any, "127.0.0.1");
    here.sin_addr.s_addr = any.host;
    server = enet_host_create(&any, 1, 2, 0, 0);
    client = enet_host_create(NULL, 1, 2, 0, 0);
    getsockname(server->socket, (void*)&server_address, &size);
    line = socket(AF_INET, SOCK_DGRAM, 0);
    bind(line, (void*)&here, sizeof here);
    getsockname(line, (void*)&here, &size);
    way.host = any.host, way.port = ntohs(here.sin_port);
    peer = enet_host_connect(client, &way, 2, 0);
    while (!connected)
        go_on(10);

    losing = "RELIABLE", losses = 1;
    send_text(0, "RELIABLE", 16, ENET_PACKET_FLAG_RELIABLE);
    carry();
    for (char name[2] = "1"; name[0] <= '5'; ++name[0]) {
        send_text(0, name, 16, 0);
        name[0] += 'a' - '1';
        send_text(1, name, 16, 0);
        name[0] -= 'a' - '1';
    }
    go_on(2000);
    printf("%s\n", order);
    for (int flag = 0; flag < 2; ++flag) {
        order[0] = 0;
        losing = "LARGE", losses = 1;
        send_text(0, "LARGE", 2000, flag ? ENET_PACKET_FLAG_UNRELIABLE_FRAGMENT : 0);
        go_on(2000);
        printf("%s\n", order[0] ? "arrives" : "is lost");
    }
    return 0;
}
C
cc -O1 -Wall -D_GNU_SOURCE -I root/usr/include -o lossy lossy.c root/usr/lib/x86_64-linux-gnu/libenet.so.7
run_in root ./lossy >seen
echo "a reliable packet is lost once; 1 to 5 follow on its channel, a to e on another"
expect "the order in which they come out" abcdeR12345 "$(sed -n 1p seen)"
expect "2000 bytes, a piece lost once" arrives "$(sed -n 2p seen)"
expect "the same with UNRELIABLE_FRAGMENT" "is lost" "$(sed -n 3p seen)"
verdict
