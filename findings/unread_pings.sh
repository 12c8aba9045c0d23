#!/bin/sh
# Python's websockets 10.4 and 15.0.1, aiohttp 3.8.4 and 3.11.16 (Debian 12 and 13), as clients whose program
# does not read for a while: it computes elsewhere, or it only sends.
#
# Guess: the library answers pings by itself. websockets says so and has a task of its own for what comes;
# aiohttp has autoping, which is on.
# Behaviour: websockets answers until 32 messages of any size lie unread (10.4; 16 in 15.0.1): a ping behind
# one more gets no pong. aiohttp answers none at all before the program asks for a message. A server that
# goes by pongs alone takes such a bot or spectator for dead, as alive as it is. The program has to read
# all the time, in a task of its own; the server does well to count whatever comes as a sign of life.
. "$(dirname "$0")/lib.sh"
needed="multidict yarl frozenlist aiosignal attr idna"
# shellcheck disable=SC2046,SC2086 # words are wanted
debian bookworm "$work/3.11" python3-websockets=10.4-1 python3-aiohttp=3.8.4-1+deb12u1 \
    python3.11-minimal libpython3.11-minimal libpython3.11-stdlib libssl3 libexpat1 zlib1g \
    $(printf 'python3-%s ' $needed async-timeout charset-normalizer)
# shellcheck disable=SC2046,SC2086
debian trixie "$work/3.13" python3-websockets=15.0.1-1 python3-aiohttp=3.11.16-1+deb13u1 \
    python3.13-minimal libpython3.13-minimal libpython3.13-stdlib libssl3t64 libexpat1 zlib1g \
    $(printf 'python3-%s ' $needed aiohappyeyeballs propcache)

cat >"$work/pinged.py" <<'PYTHON'
import aiohttp, asyncio, base64, hashlib, re, sys, websockets

async def answer(reader, writer, messages, seen):
    """A server: so many messages, each in a packet of its own, and a ping behind them."""
    head = await reader.readuntil(b"\r\n\r\n")
    key = re.search(rb"(?i)sec-websocket-key: (\S+)", head)[1]
    proof = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                 b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + proof + b"\r\n\r\n")
    for _ in range(messages):
        writer.write(b"\x82\x04abcd")
        await asyncio.sleep(0.002)
    writer.write(b"\x89\x01p")
    await asyncio.wait([asked := asyncio.create_task(reader.read(100))], timeout=2)
    seen.set_result("pong" if asked.done() and asked.result()[:1] == b"\x8a" else "none")
    writer.transport.abort()

async def main(library, messages):
    seen = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(lambda *ends: answer(*ends, messages, seen), "127.0.0.1", 0)
    address = "ws://127.0.0.1:%d/" % server.sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as session:
        connect = websockets.connect if library == "websockets" else session.ws_connect
        client = await connect(address)
        print(await seen)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
PYTHON
pong() {
    before="env PYTHONHOME=$work/$1/usr PYTHONPATH=$work/$1/usr/lib/python3/dist-packages" \
        run_in "$work/$1" "$work/$1/usr/bin/python$1" "$work/pinged.py" "$2" "$3" 2>/dev/null
}
expect "websockets 10.4, a ping behind 32 unread messages" pong "$(pong 3.11 websockets 32)"
expect "behind 33" none "$(pong 3.11 websockets 33)"
expect "websockets 15.0.1, behind 16" pong "$(pong 3.13 websockets 16)"
expect "behind 17" none "$(pong 3.13 websockets 17)"
expect "aiohttp 3.8.4, behind nothing at all" none "$(pong 3.11 aiohttp 0)"
expect "aiohttp 3.11.16, the same" none "$(pong 3.13 aiohttp 0)"
verdict
