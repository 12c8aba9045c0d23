; Button Sum for the Game Boy: the buttons of every frame, added up. Work RAM has
;
;   $C010  4 bytes  "NPBS", the mark of a running game
;   $C014  2 bytes  frame counter, little-endian
;   $C018  1 byte   running hash over the buttons of all frames
;   $C100  256      ring of the hashes, by the low byte of the frame counter
;
; The palette is the hash. Nothing is interrupted: the program waits for blanks. The head of the
; cartridge, which says whether there is a mapper, is made by makebin.

        BUTTONS  = 0x00
        LINE     = 0x44                 ; that is being drawn
        PALETTE  = 0x47
        BLANK    = 144                  ; first line of it

        .area   _GAME (ABS)
        .org    0x100
        nop
        jp      start

        .org    0x150
start:  di
        ld      sp, #0xDFFE
        ld      hl, #0xC000
clear:  xor     a, a
        ld      (hl+), a
        ld      a, h
        cp      a, #0xDF
        jr      nz, clear
        ld      hl, #0xC010
        ld      a, #'N
        ld      (hl+), a
        ld      a, #'P
        ld      (hl+), a
        ld      a, #'B
        ld      (hl+), a
        ld      a, #'S
        ld      (hl), a
        ld      d, #0                   ; hash
turn:   ldh     a, (LINE)
        cp      a, #BLANK
        jr      z, turn
blank:  ldh     a, (LINE)
        cp      a, #BLANK
        jr      nz, blank

        ld      a, #0x20                ; the cross
        ldh     (BUTTONS), a
        ldh     a, (BUTTONS)
        ldh     a, (BUTTONS)
        and     a, #0x0F
        ld      b, a
        swap    b
        ld      a, #0x10                ; the buttons
        ldh     (BUTTONS), a
        ldh     a, (BUTTONS)
        ldh     a, (BUTTONS)
        and     a, #0x0F
        or      a, b

        rlc     d
        add     a, d
        ld      d, a
        ld      hl, #0xC018
        ld      (hl), a
        ldh     (PALETTE), a
        ld      hl, #0xC014
        inc     (hl)
        ld      e, (hl)
        jr      nz, ring
        inc     hl
        inc     (hl)
ring:   ld      h, #0xC1
        ld      l, e
        ld      (hl), d
        jr      turn
