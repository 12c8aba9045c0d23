"""The seeds of fuzz_inspect: what the two ends of a link say, in turn."""

from netplay_corpus import (CLIENT_HEADER, FULL, HEADER_4, HOST_HEADER, INFO, INPUT, MODE, NICK,
                            NO_INPUT, OLD_INFO, PINGS, SETTINGS, SYNC, SYNC_4, UNKNOWN, command,
                            packet, savestate, text, words)


def pieces(end, said):
    return b"".join(bytes([2 * len(said[at:at + 127]) + end]) + said[at:at + 127]
                    for at in range(0, len(said), 127))


def guest(*said):
    return pieces(0, b"".join(said))


def host(*said):
    return pieces(1, b"".join(said))


def talk(*said, most=7):
    return bytes([most - 1]) + b"".join(said)


OPENING = guest(CLIENT_HEADER) + host(HOST_HEADER)
HANDSHAKE = OPENING + guest(NICK) + host(NICK, INFO) + guest(INFO) + host(SYNC, SETTINGS)
CRC = command(0x40, words(600, 0xfb4acb39))
REQUEST = command(0x41)
HEADER_5 = bytes.fromhex("52414e50000400080000000100000000000000050000") + b"\x02\x59"
SALTED = HOST_HEADER[:12] + words(0x5a17) + HOST_HEADER[16:]

SEEDS = {
    "game_6": talk(HANDSHAKE, guest(command(0x25, words(0))), host(INPUT, MODE, NO_INPUT),
                   guest(INPUT, PINGS)),
    "desync": talk(HANDSHAKE, host(NO_INPUT, CRC), guest(REQUEST),
                   host(savestate(b"state" * 9), NO_INPUT), most=1),
    "request_too_late": talk(HANDSHAKE, host(NO_INPUT, CRC, command(0x04, words(900))),
                             guest(REQUEST)),
    "game_5_old_info": talk(guest(HEADER_5), host(HEADER_5), guest(NICK), host(NICK, OLD_INFO),
                            guest(OLD_INFO), host(SYNC, INPUT)),
    "game_4": talk(guest(HEADER_4), host(HEADER_4), guest(NICK), host(NICK, OLD_INFO),
                   guest(OLD_INFO), host(SYNC_4, command(0x26, words(264, 0x30001)), NO_INPUT),
                   guest(command(0x03, words(262, 1, 1, 2, 3)))),
    "password": talk(guest(CLIENT_HEADER), host(SALTED), guest(NICK), host(NICK),
                     guest(command(0x21, b"0f" * 32)), host(INFO)),
    "empty_info": talk(OPENING, guest(NICK), host(NICK, command(0x22)), guest(INFO), host(INFO)),
    "packets": talk(HANDSHAKE, guest(packet(0x48, 0xffff, b"abc")), host(packet(0x48, 1, b"")),
                    guest(packet(0x49, 3, b"d" * 50), INPUT)),
    "unknown": talk(HANDSHAKE, host(UNKNOWN, UNKNOWN, NO_INPUT), most=3),
    "chats": talk(HANDSHAKE, guest(command(0x1000, b"hello")),
                  host(command(0x1000, text(b"bob") + b"hello"))),
    "hasty_guest": talk(guest(CLIENT_HEADER, NICK, NICK), host(HOST_HEADER), guest(INFO)),
    "hasty_both": talk(guest(HEADER_4, NICK, words(5, 5)), host(HEADER_4, words(0, 0))),
    "too_hasty_guest": talk(guest(CLIENT_HEADER, NICK, NICK, NICK), host(HOST_HEADER)),
    "full": talk(guest(CLIENT_HEADER), host(FULL)),
    "old_version": talk(guest(HEADER_4), host(HOST_HEADER[:16] + words(0, 0x469))),
    "odd_texts": talk(OPENING, guest(command(0x20, b"\xe2\x80\xae\x1b[2J\xc3\xb6\xff" + b"a" * 22)),
                      host(command(0x20, b"\xf0\x9f\x98\x80" * 8))),
    "many_players": talk(HANDSHAKE, host(*(command(0x26, words(264, 0x40000000 + n, 1) + bytes(16)
                                                   + text(b"p")) for n in range(9)))),
    "wrong_number": talk(HANDSHAKE, host(command(0x26, words(264, 0x40000020, 1) + bytes(48)))),
    "wrong_size": talk(HANDSHAKE, host(words(0x04, 5), NO_INPUT)),
    "wrong_side": talk(HANDSHAKE, guest(NO_INPUT)),
    "large_state": talk(HANDSHAKE, host(words(0x42, 0x10000000, 262, 9), NO_INPUT)),
    "http": talk(guest(b"GET / HTTP/1.1\r\n\r\n")),
}
