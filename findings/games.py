"""Tiny games for the findings, put together from machine code: games.py KIND FILE

Each counts frames, reads the pads and stirs both into its memory, so that another input leads to
another state. None shows more than a colour. KIND is snes, gb (MBC1), gb32 (no mapper), vb
(Virtual Boy), ws (WonderSwan), md (Mega Drive), sms (Master System; counts presses of its pause
button as well), gba, gbasaved (saves in its second frame), nds, pce or nes."""

import struct
import sys


def code(*lines):
    """Machine code in hexadecimal, a comment behind each `;`."""
    return bytes.fromhex(" ".join(line.split(";")[0] for line in lines))


def put(rom, at, data):
    rom[at:at + len(data)] = data


def snes():
    rom = bytearray(0x8000)
    put(rom, 0, code(
        "78 18 FB C2 30 A2 FF 1F 9A E2 20; native mode, stack",
        "A9 8F 8D 00 21 A9 81 8D 00 42 A9 0F 8D 00 21 80 FE; interrupts and pads on, wait"))
    put(rom, 0x100, code(
        "C2 30 AD 10 42 E2 20 AD 12 42 29 01 D0 F9 C2 20; until the pads are read",
        "EE 10 00 AD 20 00 0A 69 35 12 4D 18 42 8D 20 00 4D 1A 42 8D 22 00; stir",
        "E2 20 A9 00 8D 21 21 AD 20 00 8D 22 21 AD 21 00 8D 22 21 C2 20 40; colour"))
    put(rom, 0x7FC0, b"FINDING              \x20\x00\x05\x00\x01\x00\x00\xFF\xFF\x00\x00")
    for vector, target in ((0x7FEA, 0x8100), (0x7FFA, 0x8100), (0x7FFC, 0x8000)):
        put(rom, vector, struct.pack("<H", target))
    total = sum(rom) & 0xFFFF
    put(rom, 0x7FDC, struct.pack("<HH", total ^ 0xFFFF, total))
    return rom


def game_boy(mapper):
    rom = bytearray(0x8000)
    put(rom, 0x40, code("C3 00 02"))
    put(rom, 0x100, code("00 C3 50 01"))
    put(rom, 0x134, b"FINDING")
    rom[0x147] = mapper
    put(rom, 0x150, code("31 FE FF AF E0 0F 3E 01 E0 FF FB; stack, interrupt of each frame",
                         "76 00 18 FC; wait"))
    put(rom, 0x200, code(
        "F5 E5 3E 20 E0 00 F0 00 F0 00 E6 0F 47; cross",
        "3E 10 E0 00 F0 00 F0 00 E6 0F CB 37 B0 47; buttons",
        "21 10 C0 34 21 20 C0 7E 07 C6 35 A8 77 E0 47 3E 30 E0 00 E1 F1 D9; stir"))
    rom[0x14D] = -(sum(rom[0x134:0x14D]) + 25) & 0xFF
    put(rom, 0x14E, struct.pack(">H", sum(rom) & 0xFFFF))
    return rom


def virtual_boy():
    rom = bytearray(0x10000)
    words = [0xBC20, 0x0500, 0xBC60, 0x0200,                    # r1 memory, r3 hardware
             0xC083, 0x0010, 0xC0A3, 0x0014,                    # the pad, low and high
             0x3844, 0x3845, 0xA442, 0x1235, 0xDC41, 0x0020,    # stir
             0xA0C0, 0x0004, 0xD0C3, 0x0028, 0xA0E0, 2000]      # reads the pad anew
    wait = len(words) * 2
    words += [0xA4E7, 0xFFFF]
    words.append(0x9400 | (wait - len(words) * 2) & 0x1FF)      # until r7 is 0
    words.append(0x8A00 | (8 - len(words) * 2) & 0x1FF)         # again
    put(rom, 0, struct.pack(f"<{len(words)}H", *words))
    put(rom, 0xFFF0, struct.pack("<3H", 0xBD00, 0x0700, 0x1808))  # begins: to the first word
    put(rom, 0xFDE0, b"FINDING")
    return rom


def wonder_swan():
    rom = bytearray(0x20000)
    program = code(
        "FA 31 C0 8E D8",
        "B0 20 E6 B5 90 90 90 90 E4 B5 24 0F 88 C3; cross",
        "B0 40 E6 B5 90 90 90 90 E4 B5 24 0F 30 C3; buttons",
        "A0 20 01 D0 C0 04 35 30 D8 A2 20 01 FF 06 10 01; stir",
        "B9 00 10 E2 FE; wait")
    put(rom, 0x10000, program + bytes([0xEB, -(len(program) - 5 + 2) & 0xFF]))
    put(rom, 0x1FFF0, code("EA 00 00 00 F0 00 00 00 00 00 00 00 04 00"))
    put(rom, 0x1FFFE, struct.pack("<H", sum(rom) & 0xFFFF))
    return rom


def mega_drive():
    rom = bytearray(0x20000)
    put(rom, 0, struct.pack(">64I", 0xFFFE00, 0x200, *[0x300] * 62))
    put(rom, 0x100, b"SEGA MEGA DRIVE ")
    put(rom, 0x150, b"FINDING")
    put(rom, 0x180, b"GM 00000000-00\0\0J ")
    put(rom, 0x1A0, struct.pack(">4I", 0, 0x1FFFF, 0xFF0000, 0xFFFFFF))
    put(rom, 0x1F0, b"JUE")
    begin = code("46FC2700 103900A10001 0200000F 6708 4E714E714E714E71",
                 "13FC004000A10009 13FC004000A1000B",
                 "33FC814400C00004; the picture is on, or it would be over for ever")
    loop = code("303900C00004 08000003 67F4; until the picture is over",
                "13FC004000A10003 4E71 123900A10003 13FC004000A10005 4E71 143900A10005; pads",
                "303900FF0020 E358 06401235 B340 B540 33C000FF0020 527900FF0010; stir",
                "323900C00004 08010003 66F4; until the next begins")
    put(rom, 0x200, begin + loop + b"\x60\x00" + struct.pack(">h", -(len(loop) + 2)))
    put(rom, 0x300, code("4E73"))
    return rom


def master_system():
    rom = bytearray(0x8000)
    begin = code("F3 31 F0 DF")
    loop = code("DB DC 47 DB DD 4F 3A 20 C0 07 C6 35 A8 A9 32 20 C0 21 10 C0 34; pads, stir",
                "DB BF E6 80 28 FA; until the next frame")
    put(rom, 0, begin + loop + bytes([0x18, -(len(loop) + 2) & 0xFF]))
    put(rom, 0x66, code("E5 F5 21 11 C0 34 F1 E1 ED 45; pause"))
    put(rom, 0x7FF0, b"TMR SEGA")
    rom[0x7FFF] = 0x4C
    return rom


def game_boy_advance(saves=False):
    rom = bytearray(0x8000)
    put(rom, 0, struct.pack("<I", 0xEA00002E))
    put(rom, 0xA0, b"FINDING")
    rom[0xB2] = 0x96
    rom[0xBD] = -(sum(rom[0xA0:0xBD]) + 0x19) & 0xFF
    program = [0xE3A00404, 0xE3A01403,                          # r0 hardware, r1 memory
               0xE5D02006, 0xE35200A0, 0x1AFFFFFC,              # until line 160
               0xE2803E13, 0xE1D320B0,                          # the pad
               0xE5914020, 0xE1A04FE4, 0xE0244002, 0xE2844035, 0xE5814020,  # stir
               0xE5914010, 0xE2844001, 0xE5814010,
               0xE5D02006, 0xE35200A0, 0x0AFFFFFC,              # until another
               *((0xE5914010, 0xE3540002, 0x03A0540E, 0x05C54010) if saves else ())]
    program.append(0xEA000000 | (2 - len(program) - 2) & 0xFFFFFF)  # again
    put(rom, 0xC0, struct.pack(f"<{len(program)}I", *program))
    return rom


def nintendo_ds():
    rom = bytearray(0x8000)
    put(rom, 0, b"FINDING\0\0\0\0\0####00")
    put(rom, 0x20, struct.pack("<4I", 0x4000, 0x2000000, 0x2000000, 0x200))
    put(rom, 0x30, struct.pack("<4I", 0x5000, 0x2380000, 0x2380000, 0x200))
    put(rom, 0x80, struct.pack("<2I", 0x8000, 0x4000))
    program = [0xE3A00404, 0xE3A01402, 0xE3811603,              # r0 hardware, r1 memory
               0xE5D02006, 0xE35200C0, 0x1AFFFFFC,              # until line 192
               0xE2803E13, 0xE1D320B0,                          # the pad
               0xE5914020, 0xE1A04FE4, 0xE0244002, 0xE2844035, 0xE5814020,  # stir
               0xE5914010, 0xE2844001, 0xE5814010,
               0xE5D02006, 0xE35200C0, 0x0AFFFFFC, 0xEAFFFFEE]  # until another, again
    put(rom, 0x4000, struct.pack(f"<{len(program)}I", *program))
    put(rom, 0x5000, struct.pack("<I", 0xEAFFFFFE))             # the other processor rests
    return rom


def pc_engine():
    rom = bytearray(0x2000)
    begin = code("78 D4 D8 A9 FF 53 01 A9 F8 53 02 A2 FF 9A; pages of hardware and memory")
    loop = code("A9 01 8D 00 10 A9 03 8D 00 10 A9 01 8D 00 10 EA EA AD 00 10 85 30; cross",
                "A9 00 8D 00 10 EA EA AD 00 10 85 31; buttons",
                "A5 20 2A 69 35 45 30 45 31 85 20 E6 10; stir",
                "A0 10 A2 00 CA D0 FD 88 D0 F8; wait")
    put(rom, 0, begin + loop + b"\x4C" + struct.pack("<H", 0xE000 + len(begin)))
    put(rom, 0x1FF6, struct.pack("<5H", *[0xE000] * 5))
    return rom


def nes():
    program = bytearray(0x4000)
    put(program, 0, code("78 D8 A2 FF 9A A9 80 8D 00 20 4C 05 C0; asks for interrupts for ever"))
    put(program, 0x100, code(
        "48 8A 48 A2 01 8E 16 40 CA 8E 16 40 A2 08; both pads, eight buttons",
        "AD 16 40 4A 26 30 AD 17 40 4A 26 31 CA D0 F1",
        "E6 10 A5 20 0A 69 35 45 30 45 31 85 20 68 AA 68 40; stir"))
    put(program, 0x3FFA, struct.pack("<3H", 0xC100, 0xC000, 0xC100))
    return b"NES\x1A\x01\x01" + bytes(10) + program + bytes(0x2000)


KINDS = {"snes": snes, "gb": lambda: game_boy(1), "gb32": lambda: game_boy(0), "vb": virtual_boy,
         "ws": wonder_swan, "md": mega_drive, "sms": master_system, "gba": game_boy_advance,
         "gbasaved": lambda: game_boy_advance(saves=True), "nds": nintendo_ds, "pce": pc_engine,
         "nes": nes}

if __name__ == "__main__":
    with open(sys.argv[2], "wb") as file:
        file.write(KINDS[sys.argv[1]]())
