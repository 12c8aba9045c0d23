#!/bin/sh
# Python 3.11.2 and 3.13.5 (Debian 12 and 13), ssl over TLS 1.3: to have said everything and go on reading, as
# TCP and TLS 1.3 have it, and as a test of a relay or a bot wants it.
#
# Guess: SSLSocket.shutdown(SHUT_WR) ends this direction as it does for a socket, and recv() goes on; or unwrap(),
# which tells the other side of the end, does it.
# Behaviour: neither. Behind shutdown() the object is a socket without TLS: recv() gives the records of TLS as they
# come, encrypted, with no error, and the other side gets the end of TCP alone. unwrap() tells of the end, takes
# the answer for a fault (application data after close notify), and loses it. An SSLObject over MemoryBIO can:
# unwrap() once, which asks to be called again, and read().
. "$(dirname "$0")/lib.sh"
debian bookworm "$work/3.11" python3.11-minimal=3.11.2-6+deb12u8 libssl3=3.0.20-1~deb12u2 \
    libpython3.11-minimal=3.11.2-6+deb12u8 libpython3.11-stdlib=3.11.2-6+deb12u8 \
    openssl=3.0.20-1~deb12u2 libexpat1 libffi8 zlib1g
debian trixie "$work/3.13" python3.13-minimal=3.13.5-2+deb13u5 libssl3t64=3.5.9-1~deb13u1 \
    libpython3.13-minimal=3.13.5-2+deb13u5 libpython3.13-stdlib=3.13.5-2+deb13u5 libzstd1 libexpat1 \
    libffi8 zlib1g
cd "$work"
printf '[req]\ndistinguished_name=name\n[name]\n' >request.cnf
run_in 3.11 3.11/usr/bin/openssl req -x509 -newkey rsa:2048 -nodes -config request.cnf -subj /CN=here \
    -keyout key.pem -out certificate.pem 2>log

cat >half.py <<'PYTHON'
import socket, ssl, sys, threading

server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_side.load_cert_chain("certificate.pem", "key.pem")
client_side = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
client_side.check_hostname, client_side.verify_mode = False, ssl.CERT_NONE
may_answer, is_done = threading.Event(), threading.Event()

def answer(server):
    with server_side.wrap_socket(server.accept()[0], server_side=True) as line:
        line.recv(8)
        may_answer.wait()
        line.sendall(b"answer")
        is_done.wait()

def by_socket(way):
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=answer, args=(server,), daemon=True).start()
    with client_side.wrap_socket(socket.create_connection(server.getsockname())) as line:
        line.sendall(b"question")
        if way == "shutdown":
            line.shutdown(socket.SHUT_WR)
        may_answer.set()
        try:
            rest = line.unwrap() if way == "unwrap" else line
            got = rest.recv(5)
            return "a record of TLS" if got[:3] == b"\x17\x03\x03" else got
        except ssl.SSLError as error:
            return error.reason
        finally:
            is_done.set()

def in_memory():
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_side.wrap_bio(down, up)
    server = server_side.wrap_bio(up, down, server_side=True)
    for end in (client, server) * 4:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            pass
    try:
        client.unwrap()
    except ssl.SSLWantReadError:
        pass
    server.write(b"answer")
    return server.read(10), client.read(10)

print(in_memory() if sys.argv[1] == "memory" else by_socket(sys.argv[1]))
PYTHON
for version in 3.11 3.13; do
    half() { before="env PYTHONHOME=$work/$version/usr" \
        run_in "$work/$version" "$work/$version/usr/bin/python$version" half.py "$1"; }
    echo "Python $version"
    expect "shutdown(SHUT_WR): recv() gives" "a record of TLS" "$(half shutdown)"
    expect "unwrap()" APPLICATION_DATA_AFTER_CLOSE_NOTIFY "$(half unwrap)"
    expect "MemoryBIO: what server and client read behind unwrap()" "(b'', b'answer')" "$(half memory)"
done
verdict
